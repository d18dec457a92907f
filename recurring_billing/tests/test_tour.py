from datetime import date

from odoo.tests import HttpCase, new_test_user, tagged

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestBillingTour(RecurringBillingCommon, HttpCase):
    """What a billing clerk does in the browser, with his own rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env,
            "tour_clerk",
            groups="account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[cls.company.id],
        )
        customer = cls._create_customer("Tour Customer")
        from_the_first = cls._create_plan(alignment="billing_day", billing_day=1)
        cls.whole = cls._create_contract(
            start=date(2025, 1, 1),
            items=[{"quantity": 2.0, "price_unit": 50.0}],
            partner_id=customer.id,
        )
        cls.part = cls._create_contract(
            start=date(2025, 1, 12),
            items=[{"price_unit": 310.0}],
            partner_id=customer.id,
            plan_id=from_the_first.id,
        )

    def test_bill_the_month(self):
        self.start_tour("/odoo", "recurring_billing_bill_the_month", login=self.clerk.login)

        charges = (self.whole | self.part).charge_ids.sorted("amount")
        self.assertRecordValues(
            charges,
            [
                {"amount": 100.0, "date_start": date(2025, 1, 1), "date_end": date(2025, 1, 31)},
                {"amount": 200.0, "date_start": date(2025, 1, 12), "date_end": date(2025, 1, 31)},
            ],
        )
        invoice = charges.move_id
        self.assertRecordValues(
            invoice,
            [{"state": "posted", "amount_untaxed": 300.0, "invoice_date_due": date(2025, 1, 31)}],
        )
        self.assertEqual(invoice.recurring_run_id.user_id, self.clerk)

    def test_f58_compare_hold_release(self):
        self._bill(date(2025, 1, 31))
        self._amend(self.whole.item_ids, "price", date(2025, 2, 1), price_unit=125.0)
        self.company.recurring_hold_percent = 20

        self.start_tour("/odoo", "recurring_billing_review", login=self.clerk.login)

        run = self.env["recurring.bill.run"].search([("company_id", "=", self.company.id)], limit=1)
        self.assertRecordValues(
            run.customer_ids,
            [{"state": "done", "decision_reason": "Agreed by phone", "decision_user_id": self.clerk.id}],
        )
        self.assertEqual(run.amount_untaxed, 560.0)
