from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestBilling(RecurringBillingCommon):
    """From contracts to posted invoices."""

    def test_month_in_advance(self):
        contract = self._create_contract(items=[{"quantity": 2, "price_unit": 90}])
        invoice = self._bill(date(2026, 1, 1))
        self.assertRecordValues(
            invoice,
            [
                {
                    "state": "posted",
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": date(2026, 1, 1),
                    "invoice_date_due": date(2026, 1, 1),
                    "amount_untaxed": 180.0,
                    "amount_total": 216.0,
                    "invoice_origin": contract.name,
                }
            ],
        )
        line = invoice.invoice_line_ids
        self.assertRecordValues(
            line,
            [
                {
                    "quantity": 2.0,
                    "price_unit": 90.0,
                    "name": "Hosting\n1 Jan to 31 Jan 2026",
                    "recurring_date_start": date(2026, 1, 1),
                    "recurring_date_end": date(2026, 1, 31),
                    "recurring_contract_id": contract.id,
                }
            ],
        )
        self.assertEqual(line.recurring_charge_ids.state, "posted")
        self.assertEqual(contract.next_billing_date, date(2026, 2, 1))

    def test_running_twice_changes_nothing(self):
        self._create_contract()
        self.assertEqual(len(self._bill(date(2026, 3, 15))), 1)
        count = self.env["recurring.charge"].search_count([])
        run = self._run(date(2026, 3, 15))
        self.assertFalse(run.move_ids)
        self.assertEqual(run.state, "done")
        self.assertEqual(self.env["recurring.charge"].search_count([]), count)

    def test_create_run_returns_the_existing_one(self):
        Run = self.env["recurring.bill.run"]
        run = Run._create_run(self.company, date(2026, 1, 1))
        self.assertEqual(Run._create_run(self.company, date(2026, 1, 1)), run)
        self.assertNotEqual(Run._create_run(self.company, date(2026, 1, 1), new=True), run)
        run.action_start()
        self.assertEqual(run._work(), 0)
        run.action_start()
        self.assertEqual(run.state, "done")

    def test_partial_period_is_one_times_its_amount(self):
        plan = self._create_plan(alignment="billing_day", billing_day=5)
        contract = self._create_contract(date(2026, 3, 28), [{"price_unit": 90, "quantity": 1}], plan_id=plan.id)
        line = self._bill(date(2026, 3, 28)).invoice_line_ids
        self.assertRecordValues(line, [{"quantity": 1.0, "price_unit": 23.23, "discount": 0.0}])
        self.assertEqual(line.name, "Hosting\n1 × 90.00, 8 of 31 days (28 Mar to 4 Apr)")
        self.assertEqual(contract.charge_ids.explanation, "1 × 90.00, 8 of 31 days (28 Mar to 4 Apr)")

    def test_explanation_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self._create_contract(date(2026, 2, 10), plan_id=self._create_plan(
            alignment="billing_day", billing_day=1).id)  # fmt: skip
        line = self._bill(date(2026, 2, 10)).invoice_line_ids
        self.assertIn("1 × 100,00", line.name)
        self.assertIn("10 févr.", line.name)

    def test_arrears(self):
        plan = self._create_plan(billing_timing="arrears")
        contract = self._create_contract(plan_id=plan.id)
        self.assertFalse(self._bill(date(2026, 1, 31)))
        self.assertEqual(contract.next_billing_date, date(2026, 2, 1))
        invoice = self._bill(date(2026, 2, 1))
        self.assertEqual(invoice.invoice_line_ids.recurring_date_end, date(2026, 1, 31))

    def test_one_time_with_the_first_invoice_only(self):
        contract = self._create_contract(items=[{}, {"product_id": self.setup_fee.id, "price_unit": 500.0}])
        first = self._bill(date(2026, 1, 1))
        self.assertEqual(first.amount_untaxed, 600.0)
        second = self._bill(date(2026, 2, 1))
        self.assertEqual(second.amount_untaxed, 100.0)
        item = contract.item_ids.filtered(lambda i: i.charge_type == "one_time")
        self.assertEqual(item.charge_ids.kind, "one_time")
        self.assertEqual(item.next_billing_date.year, 9999)

    def test_usage_is_not_charged_by_days(self):
        calls = self._create_service("Calls", recurring_charge_type="usage")
        contract = self._create_contract(items=[{}, {"product_id": calls.id, "price_unit": 0.25}])
        self.assertEqual(self._bill(date(2026, 1, 1)).amount_untaxed, 100.0)
        self.assertEqual(contract.next_billing_date, date(2026, 2, 1))
        self.assertCharges(contract, [("2026-01-01", "2026-01-31", 100.0)])

    def test_deposit_and_perpetual_licence_once(self):
        deposit = self._create_service("Deposit", recurring_charge_type="one_time", recurring_is_deposit=True)
        licence = self._create_service("Licence", recurring_charge_type="one_time", recurring_perpetual=True)
        self._create_contract(
            items=[
                {},
                {"product_id": deposit.id, "price_unit": 200.0},
                {"product_id": licence.id, "price_unit": 900.0},
            ]
        )
        self.assertEqual(self._bill(date(2026, 1, 1)).amount_untaxed, 1200.0)
        self.assertEqual(self._bill(date(2026, 2, 1)).amount_untaxed, 100.0)

    def test_future_run_is_posted(self):
        self._create_contract(date(2026, 1, 1))
        day = date(2035, 1, 1)
        invoice = self._bill(day)
        self.assertEqual((invoice.state, invoice.date), ("posted", day))
        self.assertEqual(len(invoice.invoice_line_ids), 109)

    def test_discount_is_shown_where_it_gives_the_amount(self):
        self._create_contract(items=[{"price_unit": 24.99, "discount": 20}])
        line = self._bill(date(2026, 1, 1)).invoice_line_ids
        self.assertRecordValues(line, [{"price_unit": 24.99, "discount": 20.0, "price_subtotal": 19.99}])

    def test_price_included_tax(self):
        self.tax.price_include_override = "tax_included"
        contract = self._create_contract(items=[{"price_unit": 120.0}])
        invoice = self._bill(date(2026, 1, 1))
        self.assertEqual((invoice.amount_untaxed, invoice.amount_total), (100.0, 120.0))
        ten = self.tax.copy({"amount": 10.0, "name": "10%"})
        self._amend(contract.item_ids, "tax", date(2026, 1, 1), tax_ids=[Command.set(ten.ids)])
        second = self._bill(date(2026, 1, 15))
        credit, charge = second.invoice_line_ids
        self.assertEqual((credit.price_subtotal, credit.price_total), (-100.0, -120.0))
        self.assertEqual((charge.price_subtotal, charge.price_total), (109.09, 120.0))

    def test_half_credit_returns_half_of_the_tax(self):
        self.tax.price_include_override = "tax_included"
        contract = self._create_contract(date(2026, 6, 1), [{"price_unit": 120.0}])
        self._bill(date(2026, 6, 1))
        ten = self.tax.copy({"amount": 10.0, "name": "10%"})
        day = date(2026, 6, 16)
        self._amend(contract.item_ids, "tax", day, tax_ids=[Command.set(ten.ids)])
        credit, _charge = self._bill(day).invoice_line_ids
        self.assertEqual((credit.price_total, credit.price_subtotal), (-60.0, -50.0))

    def test_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create({"name": "EUR", "currency_id": currency.id})
        contract = self._create_contract(pricelist_id=pricelist.id, currency_id=currency.id, items=[{"price_unit": 50}])
        invoice = self._bill(date(2026, 1, 1))
        self.assertEqual(invoice.currency_id, currency)
        self.assertRecordValues(invoice.invoice_line_ids, [{"amount_currency": -50.0, "balance": -25.0}])
        self.env["res.currency.rate"].create(
            {"name": "2026-01-10", "rate": 4.0, "currency_id": currency.id,
             "company_id": self.company.id}
        )  # fmt: skip
        contract._end(date(2026, 1, 15))
        refund = self._bill(date(2026, 1, 16))
        self.assertEqual(refund.move_type, "out_refund")
        self.assertRecordValues(refund.invoice_line_ids, [{"amount_currency": 25.81, "balance": 12.91}])

    def test_locked_period_is_refused(self):
        self._create_contract()
        self.company.fiscalyear_lock_date = date(2026, 1, 31)
        with self.assertRaisesRegex(UserError, "locked period"):
            self._run(date(2026, 1, 1))
        run = self._run(date(2026, 1, 1), invoice_date=date(2026, 2, 1))
        self.assertEqual(run.move_ids.date, date(2026, 2, 1))

    def test_bill_now(self):
        contract = self._create_contract(date(2020, 1, 1), [{"price_unit": 10}])
        other = self._create_contract(date(2020, 1, 1))
        action = contract.action_bill_now()
        invoice = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(invoice.invoice_line_ids.recurring_contract_id, contract)
        self.assertFalse(other.charge_ids)
        with self.assertRaisesRegex(UserError, "Nothing is due today"):
            contract.action_bill_now()

    def test_free_items_ride_along(self):
        contract = self._create_contract(items=[{"price_unit": 0}])
        self.assertFalse(self._bill(date(2026, 1, 1)))
        self.assertEqual(contract.charge_ids.state, "to_invoice")
        contract = self._create_contract(items=[{"price_unit": 0}, {"price_unit": 5}])
        invoice = self._bill(date(2026, 1, 1))
        self.assertEqual(len(invoice.invoice_line_ids.recurring_charge_ids), 3)

    def test_tacit_renewal_belongs_to_the_run(self):
        plan = self._create_plan(term_count=1, renewal_policy="tacit")
        contract = self._create_contract(plan_id=plan.id)
        invoice = self._bill(date(2026, 4, 1))
        self.assertEqual(len(invoice.invoice_line_ids), 4)
        self.assertEqual(contract.date_end, date(2026, 4, 30))
