from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import RecurringBillingCommon

JUNE = date(2026, 6, 1)
DAY_11 = date(2026, 6, 11)


@tagged("post_install", "-at_install")
class TestCorrections(RecurringBillingCommon):
    """Back-dated changes, and what clerks do to invoices by hand."""

    def test_price_change_before_and_after_billing(self):
        with self.subTest("before"):
            contract = self._create_contract(JUNE, [{"price_unit": 10}])
            self._amend(contract.item_ids, "price", DAY_11, price_unit=20)
            self._bill(JUNE)
            self.assertCharges(
                contract,
                [("2026-06-01", "2026-06-10", 3.33), ("2026-06-11", "2026-06-30", 13.33)],
            )
        with self.subTest("after"):
            contract = self._create_contract(JUNE, [{"price_unit": 10}])
            first = self._bill(JUNE)
            self._amend(contract.item_ids, "price", DAY_11, price_unit=20)
            self.assertFalse(self._bill(date(2026, 6, 10)))
            second = self._bill(DAY_11)
            self.assertEqual(second.amount_untaxed, 6.66)
            credit, charge = second.invoice_line_ids
            self.assertEqual((credit.price_subtotal, charge.price_subtotal), (-6.67, 13.33))
            self.assertEqual(
                credit.name,
                f"Hosting\nCredit for {first.name}: 1 × 10.00, 20 of 30 days (11 Jun to 30 Jun)",
            )
            self.assertEqual(credit.recurring_charge_ids.corrected_charge_id.move_id, first)

    def test_end_makes_a_credit_note_for_the_invoice(self):
        contract = self._create_contract(JUNE, [{"price_unit": 30}])
        invoice = self._bill(JUNE)
        contract._end(date(2026, 6, 10))
        refund = self._bill(DAY_11)
        self.assertRecordValues(
            refund,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_untaxed": 20.0,
                    "amount_total": 24.0,
                    "reversed_entry_id": invoice.id,
                }
            ],
        )
        self.assertEqual(refund.invoice_line_ids.account_id, invoice.invoice_line_ids.account_id)
        self.assertEqual(invoice.amount_residual, 12.0)
        self.assertEqual(contract.item_ids.next_billing_date.year, 9999)

    def test_quantity_then_earlier_price_entered_later(self):
        contract = self._create_contract(JUNE, [{"quantity": 2}])
        item = contract.item_ids
        self._bill(JUNE)
        self._amend(item, "quantity", DAY_11, quantity=1)
        self._bill(date(2026, 6, 15))
        self._amend(item, "price", date(2026, 6, 6), price_unit=120)
        self._bill(date(2026, 6, 20))
        self.assertAlmostEqual(sum(contract.charge_ids.mapped("amount")), 313.33)
        self.assertAlmostEqual(sum(contract.charge_ids.move_id.mapped("amount_untaxed")), 313.33)

    def _draft_of(self, contract, day):
        invoice = self._bill(day)
        invoice.button_draft()
        return invoice

    def test_reset_to_draft_stays_carried(self):
        contract = self._create_contract(JUNE)
        invoice = self._draft_of(contract, JUNE)
        self.assertEqual(contract.charge_ids.state, "draft")
        self.assertFalse(self._bill(JUNE))
        invoice.action_post()
        self.assertEqual(contract.charge_ids.state, "posted")

    def test_deleted_draft_is_owed_again(self):
        contract = self._create_contract(JUNE)
        self._draft_of(contract, JUNE).unlink()
        charge = contract.charge_ids
        self.assertEqual(charge.state, "to_invoice")
        again = self._bill(JUNE)
        self.assertEqual(again.invoice_line_ids.recurring_charge_ids, charge)

    def test_deleted_line_is_owed_again_at_today_s_terms(self):
        contract = self._create_contract(JUNE, [{}, {"price_unit": 7}])
        invoice = self._draft_of(contract, JUNE)
        line = invoice.invoice_line_ids.filtered(lambda line: line.price_unit == 7)
        charge = line.recurring_charge_ids
        invoice.invoice_line_ids = [Command.delete(line.id)]
        self.assertEqual(charge.state, "to_invoice")
        self._amend(charge.item_id, "price", JUNE, price_unit=8)
        again = self._bill(JUNE)
        self.assertEqual(again.amount_untaxed, 8.0)
        self.assertEqual(charge.state, "void")

    def test_cancelled_invoice_is_owed_again_and_stays_cancelled(self):
        contract = self._create_contract(JUNE)
        invoice = self._draft_of(contract, JUNE)
        invoice.button_cancel()
        self.assertEqual(contract.charge_ids.state, "to_invoice")
        invoice.button_draft()
        self.assertEqual(contract.charge_ids.state, "draft")
        invoice.button_cancel()
        again = self._bill(JUNE)
        self.assertEqual(contract.charge_ids.move_id, again)
        with self.assertRaisesRegex(UserError, "billed on another invoice"):
            invoice.button_draft()

    def test_void_charge_keeps_its_cancelled_invoice_cancelled(self):
        contract = self._create_contract(JUNE)
        invoice = self._draft_of(contract, JUNE)
        invoice.button_cancel()
        self._amend(contract.item_ids, "price", JUNE, price_unit=110)
        self._bill(JUNE)
        with self.assertRaisesRegex(UserError, "billed on another invoice"):
            invoice.button_draft()

    def test_reversal_is_goodwill(self):
        contract = self._create_contract(JUNE)
        invoice = self._bill(JUNE)
        reversal = invoice._reverse_moves([{"date": JUNE}], cancel=True)
        self.assertFalse(reversal.invoice_line_ids.recurring_charge_ids)
        self.assertEqual(reversal.invoice_line_ids.recurring_date_start, JUNE)
        self.assertEqual(contract.charge_ids.state, "posted")
        self.assertFalse(self._bill(date(2026, 6, 30)))

    def test_charged_lines_are_protected_in_drafts(self):
        contract = self._create_contract(JUNE)
        invoice = self._draft_of(contract, JUNE)
        line = invoice.invoice_line_ids
        for values in (
            {"price_unit": 90.0},
            {"quantity": 2.0},
            {"discount": 10.0},
            {"tax_ids": [Command.clear()]},
            {"recurring_date_end": DAY_11},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "follow from the contract"):
                line.write(values)
        with self.assertRaisesRegex(UserError, "follow from them"):
            invoice.partner_id = self.partner_b
        line.write({"name": "Other words", "price_unit": 100.0})
        with Form(invoice) as form, form.invoice_line_ids.new() as extra:
            extra.name = "Goodwill gift"
            extra.price_unit = 5.0
        invoice.action_post()
        self.assertEqual(invoice.amount_untaxed, 105.0)

    def test_service_dates_on_ordinary_invoices(self):
        invoice = self.init_invoice("out_invoice", products=self.product_a)
        line = invoice.invoice_line_ids
        line.write({"recurring_date_start": JUNE, "recurring_date_end": DAY_11})
        line.quantity = 3
        self.assertFalse(line.recurring_is_charged)

    def test_charges_are_not_deleted(self):
        contract = self._create_contract(JUNE)
        self._bill(JUNE)
        with self.assertRaises(UserError):
            contract.charge_ids.unlink()

    def test_opening(self):
        contract = self._create_contract(
            date(2024, 3, 15),
            [{"price_unit": 31, "opening_billed_through": date(2026, 1, 14)},
             {"product_id": self.setup_fee.id, "opening_billed_through": date(2026, 1, 14)}],
        )  # fmt: skip
        recurring = contract.charge_ids.filtered(lambda c: c.price_unit == 31)
        self.assertEqual(set(contract.charge_ids.mapped("state")), {"opening"})
        self.assertEqual(recurring.item_id.billing_floor, date(2025, 12, 15))
        invoice = self._bill(date(2026, 1, 31))
        self.assertEqual(invoice.invoice_line_ids.recurring_date_start, date(2026, 1, 15))
        self.assertEqual(invoice.amount_untaxed, 31.0)
        contract._end(date(2026, 1, 4))
        refund = self._bill(date(2026, 1, 31))
        self.assertEqual((refund.move_type, refund.amount_untaxed), ("out_refund", 41.0))
        with self.assertRaisesRegex(UserError, "billed already"):
            contract.action_cancel()
