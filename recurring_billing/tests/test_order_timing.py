from datetime import date

from odoo import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestOrderTiming(RecurringBillingCommon):
    """F50: after each intervention, after the whole order, at the end of the month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "timing_clerk", "account.group_account_invoice", company_id=cls.company.id)
        cls.visit = cls.env["product.product"].create(
            {"name": "Visit", "type": "service", "invoice_policy": "delivery", "taxes_id": [Command.clear()]}
        )

    @freeze_time("2026-08-03")
    def _order(self, when, visits=(2, 1), **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "recurring_invoice_when": when,
                "order_line": [
                    Command.create({"product_id": self.visit.id, "product_uom_qty": quantity, "price_unit": 80})
                    for quantity in visits
                ],
                **values,
            }
        )
        order.action_confirm()
        return order

    def _bill_as_clerk(self, day):
        run = self.env["recurring.bill.run"].with_user(self.clerk)
        run = run.create({"company_id": self.company.id, "date_through": day})
        run.action_start()
        self.assertEqual(run.state, "done", run.customer_ids.mapped("message"))
        return run.move_ids

    def test_f50_after_each_intervention(self):
        order = self._order("ready")
        self.assertFalse(self._bill_as_clerk(date(2026, 8, 3)))
        order.order_line[0].qty_delivered = 1
        self.assertEqual(self._bill_as_clerk(date(2026, 8, 4)).amount_untaxed, 80)
        self.assertFalse(self._bill_as_clerk(date(2026, 8, 5)))
        order.order_line[0].qty_delivered = 2
        self.assertEqual(self._bill_as_clerk(date(2026, 8, 6)).amount_untaxed, 80)
        self.assertEqual(order.invoice_count, 2)

    def test_f50_after_all_interventions(self):
        order = self._order("complete")
        order.order_line[0].qty_delivered = 2
        self.assertFalse(self._bill_as_clerk(date(2026, 8, 31)))
        order.order_line[1].qty_delivered = 1
        self.assertEqual(self._bill_as_clerk(date(2026, 9, 1)).amount_untaxed, 240)

    def test_f50_at_month_end_with_the_contract(self):
        plan = self._create_plan(billing_timing="arrears", alignment="first_of_month")
        contract = self._create_contract(date(2026, 8, 1), plan_id=plan.id)
        order = self._order("month_end")
        order.order_line.qty_delivered = 1
        self.assertFalse(self._bill_as_clerk(date(2026, 8, 30)))
        invoice = self._bill_as_clerk(date(2026, 9, 1))
        self.assertEqual((len(invoice), invoice.amount_untaxed), (1, 260))
        self.assertEqual(contract.charge_ids.move_id, invoice)
        order.order_line[0].qty_delivered = 2
        self.assertFalse(self._bill_as_clerk(date(2026, 9, 29)))
        self.assertEqual(self._bill_as_clerk(date(2026, 9, 30)).amount_untaxed, 80)

    def test_f50_an_order_that_waits_does_not_join_before(self):
        self.company.recurring_join_orders = True
        self._create_contract(date(2026, 8, 10))
        order = self._order("complete")
        order.order_line[0].qty_delivered = 2
        self.assertEqual(self._bill_as_clerk(date(2026, 8, 10)).amount_untaxed, 100)
        self.assertFalse(order.invoice_count)

    def test_f50_the_customers_choice_by_default_and_by_night(self):
        self.customer.with_company(self.company).recurring_invoice_when = "ready"
        order = self._order(False)
        self.assertFalse(order.recurring_invoice_when)
        order = self.env["sale.order"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        self.assertEqual(order.recurring_invoice_when, "ready")
        order = self._order("ready")
        order.order_line[0].qty_delivered = 2
        self.company.recurring_auto_bill = True
        with freeze_time("2026-08-05 05:00:00"), self.enter_registry_test_mode():
            self.env.ref("recurring_billing.ir_cron_recurring_bill").method_direct_trigger()
        self.assertEqual(order.invoice_ids.mapped("amount_untaxed"), [160])

    def test_f50_preview_shows_it(self):
        order = self._order("ready")
        order.order_line[0].qty_delivered = 1
        run = self.env["recurring.bill.run"].with_user(self.clerk)
        run = run.create({"company_id": self.company.id, "date_through": date(2026, 8, 4)})
        run.action_preview()
        self.assertEqual(run.expected_amount, 80)
        self.assertFalse(order.invoice_ids)
        run.action_start()
        self.assertEqual((run.state, run.amount_untaxed), ("done", 80.0))
