from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.recurring_contracts.domain import replay

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-05-10")
class TestAlignedBilling(RecurringBillingCommon):
    """Co-termination from the wizard to the invoices: the aligned stretch is one charge."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.half_yearly = cls._create_plan(name="Half a year", billing_count=6, term_count=6, renewal_policy="order")
        cls.company.write({"recurring_uplift_mode": "percent", "recurring_uplift_percent": 10.0})

    def _contract(self, price=6000.0, **values):
        values = {"plan_id": self.half_yearly.id, **values}
        return self._create_contract(items=[{"price_unit": price}], **values)

    def _align(self, contracts, date_end, **values):
        """Return the confirmed order that gives contracts a common end."""
        wizard = self.env["recurring.contract.align"].create(
            {"contract_ids": contracts.ids, "date_end": date_end, "document": "confirmed", **values}
        )
        return self.env["sale.order"].browse(wizard.action_confirm()["res_id"])

    def test_f19_one_charge_of_exactly_the_aligned_price(self):
        old = self._contract()
        contract = self._align(old, date(2027, 5, 2)).recurring_contract_id
        self._bill(date(2026, 1, 1))
        invoice = self._bill(date(2026, 7, 1))
        self.assertEqual(invoice.amount_untaxed, 11158.01)
        self.assertCharges(contract, [("2026-07-01", "2027-05-02", 11158.01)])
        self.assertFalse(self._bill(date(2027, 5, 2)))

    def test_f19_in_arrears(self):
        self.half_yearly.billing_timing = "arrears"
        contract = self._align(self._contract(), date(2027, 5, 2)).recurring_contract_id
        self._bill(date(2026, 7, 1))
        self.assertFalse(self._bill(date(2027, 5, 2)))
        self.assertEqual(self._bill(date(2027, 5, 3)).amount_untaxed, 11158.01)
        self.assertEqual(len(contract.charge_ids), 1)

    def test_f19_then_normal_periods_at_the_normal_price(self):
        aligned = self._align(self._contract(), date(2027, 5, 2)).recurring_contract_id
        renewal = aligned._create_renewal_orders([[aligned]])
        renewal.action_confirm()
        self._bill(date(2027, 5, 2))
        self.assertEqual(self._bill(date(2027, 5, 3)).amount_untaxed, 7260.0)
        self.assertCharges(renewal.recurring_contract_id, [("2027-05-03", "2027-11-02", 7260.0)])

    def test_f19_several_with_different_periods_on_one_invoice(self):
        first = self._contract()
        second = self._create_contract(
            start=date(2026, 1, 1), items=[{"price_unit": 50.0, "quantity": 3}], date_end=date(2026, 6, 30)
        )
        contract = self._align(first | second, date(2026, 12, 31), plan_id=self.half_yearly.id).recurring_contract_id
        self._bill(date(2026, 6, 30))
        invoice = self._bill(date(2026, 7, 1))
        amounts = [round(6000 / 181 * 184 * 1.1, 2), round(900 / 181 * 184 * 1.1, 2)]
        self.assertEqual(sorted(invoice.invoice_line_ids.mapped("price_subtotal"), reverse=True), amounts)
        self.assertEqual(contract.item_ids.mapped("renewal_price_unit"), [6600.0, 330.0])
        self.assertEqual((first | second).renewed_into_id, contract)

    def test_f19_joined_to_the_contract_that_ends_last(self):
        host = self._contract(1200.0, date_end=date(2026, 12, 31))
        old = self._contract()
        self._align(host | old, date(2026, 12, 31))
        self._bill(date(2026, 6, 30))
        invoice = self._bill(date(2026, 7, 1))
        self.assertEqual(invoice.invoice_line_ids.recurring_contract_id, host)
        self.assertEqual(invoice.amount_untaxed, 1200.0 + round(6000 / 181 * 184 * 1.1, 2))
        self.assertFalse(self._bill(date(2026, 12, 31)))

    def test_f19_an_end_within_the_stretch_is_credited_by_days(self):
        contract = self._align(self._contract(), date(2027, 5, 2)).recurring_contract_id
        self._bill(date(2026, 7, 1))
        contract._end(date(2026, 12, 31))
        refund = self._bill(date(2027, 1, 1))
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.amount_untaxed, round(11158.01 - round(11158.01 * 184 / 306, 2), 2))

    def test_f19_billed_beyond_its_end(self):
        """What was billed past an earlier end is credited on the invoice that carries the stretch."""
        contract = self._create_contract(items=[{"price_unit": 300.0}], date_end=date(2026, 12, 31))
        self._bill(date(2026, 5, 1))
        contract._end(date(2026, 5, 10))
        aligned = self._align(contract, date(2026, 7, 31)).recurring_contract_id
        invoice = self._bill(date(2026, 5, 11))
        stretch = aligned.item_ids
        self.assertEqual((stretch.date_start, stretch.billing_count), (date(2026, 5, 11), 82))
        old_term = 4 * 300.0 + round(300 * 10 / 31, 2)
        price = round(old_term / 130 * 82 * 1.1, 2)
        self.assertCharges(aligned, [("2026-05-11", "2026-07-31", price)])
        self.assertEqual(invoice.amount_untaxed, round(price - (300.0 - round(300 * 10 / 31, 2)), 2))

    def test_f19_a_change_within_the_stretch_is_prorated(self):
        contract = self._align(self._contract(), date(2027, 5, 2)).recurring_contract_id
        item = contract.item_ids
        self._bill(date(2026, 7, 1))
        self._amend(item, replay.QUANTITY, date(2026, 10, 1), quantity=1)
        invoice = self._bill(date(2026, 10, 1))
        more = round(22316.02 - round(22316.02 * 92 / 306, 2) - (11158.01 - round(11158.01 * 92 / 306, 2)), 2)
        self.assertEqual(invoice.amount_untaxed, more)
        mrr = [float(item._get_mrr(item._get_terms_on(day))) for day in (date(2026, 8, 1), date(2026, 12, 1))]
        self.assertEqual(mrr, [round(amount / 306 * 365 / 12, 2) for amount in (11158.01, 22316.02)])

    def test_f19_a_tacit_renewal_is_billed_by_normal_periods(self):
        self.half_yearly.write({"renewal_policy": "tacit"})
        contract = self._align(self._contract(), date(2026, 12, 31)).recurring_contract_id
        self._bill(date(2026, 7, 1))
        self.env["recurring.contract"].sudo()._renew_tacitly(date(2027, 1, 1), self.company)
        self.assertEqual(self._bill(date(2027, 1, 1)).amount_untaxed, 6600.0)
        self.assertEqual(contract.date_end, date(2027, 6, 30))

    def test_f19_no_proration_charges_the_stretch_once(self):
        self.half_yearly.proration = "none"
        self._align(self._contract(), date(2027, 5, 2))
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._bill(date(2027, 5, 2)).amount_untaxed, 11158.01)
