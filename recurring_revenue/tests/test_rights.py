from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import RecurringRevenueCommon

MODELS = ("rule", "schedule", "entry", "run", "rollforward", "check")


@tagged("post_install", "-at_install")
class TestRights(RecurringRevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_accountant()
        cls.clerk = cls._create_clerk()
        cls.salesman = cls._create_user("rr_salesman", "sales_team.group_sale_salesman")
        cls.invoice = cls._invoice(365, date(2026, 1, 1), date(2026, 12, 31))
        cls.january = cls.env["recurring.revenue.run"]._create_run(cls.company, date(2026, 1, 31))

    def _search(self, model, user, company=None):
        records = self.env[f"recurring.revenue.{model}"].with_user(user)
        return records.with_context(allowed_company_ids=(company or user.company_id).ids).search([])

    def test_accountant_closes_and_reads_on(self):
        run = self.january.with_user(self.accountant)
        run.action_close()
        self.assertEqual(run.state, "done")
        for model in MODELS:
            with self.subTest(model=model):
                records = self._search(model, self.accountant)
                self.assertTrue(records)
                records.read()
        run.action_reopen()
        self.assertEqual(run.state, "draft")

    def test_accountant_groups_in_pivots(self):
        self.january.action_close()
        environment = self.env(user=self.accountant)
        entries = environment["recurring.revenue.entry"].formatted_read_group(
            [("company_id", "=", self.company.id)],
            ["revenue_account_id", "partner_id", "date:month"],
            ["amount:sum", "amount_currency:sum"],
        )
        self.assertEqual([group["amount:sum"] for group in entries], [31])
        names = ("opening", "billed", "recognised", "closing", "ledger_balance", "difference")
        months = environment["recurring.revenue.rollforward"].formatted_read_group(
            [("company_id", "=", self.company.id)],
            ["month:month"],
            [f"{name}:sum" for name in names],
        )
        self.assertEqual(
            [[group[f"{name}:sum"] for name in names] for group in months],
            [[0, 365, 31, 334, 334, 0]],
        )

    def test_accountant_edits_rules(self):
        self.rule_by_day.with_user(self.accountant).name = "Day by day"

    def test_clerk_invoices_and_reads_but_does_not_close(self):
        invoice = (
            self.env["account.move"]
            .with_user(self.clerk)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.partner_a.id,
                    "invoice_date": date(2026, 1, 1),
                    "invoice_line_ids": [self._line(100, date(2026, 1, 1), date(2026, 3, 31))],
                }
            )
        )
        invoice.action_post()
        schedule = self._schedules(invoice).with_user(self.clerk)
        self.assertEqual(schedule.total, 100)
        with self.assertRaises(AccessError):
            self.january.with_user(self.clerk).action_close()
        with self.assertRaises(AccessError):
            self.rule_by_day.with_user(self.clerk).name = "Day by day"
        with self.assertRaises(AccessError):
            schedule.total = 200

    def test_clerk_credits_without_touching_schedules_himself(self):
        credit_note = self.invoice.with_user(self.clerk)._reverse_moves([{"invoice_date": date(2026, 1, 5)}])
        dates = {"recurring_date_start": False, "recurring_date_end": False}
        credit_note.invoice_line_ids = [Command.update(credit_note.invoice_line_ids.id, dates)]
        credit_note.action_post()
        self.assertEqual(self._schedules(credit_note).corrected_schedule_id, self._schedules(self.invoice))

    def test_nobody_writes_schedules_or_entries(self):
        schedule = self._schedules(self.invoice).with_user(self.accountant)
        with self.assertRaises(AccessError):
            schedule.total = 200
        with self.assertRaises(AccessError):
            schedule.unlink()

    def test_salesman_sees_nothing(self):
        for model in MODELS:
            with self.subTest(model=model), self.assertRaises(AccessError):
                self._search(model, self.salesman)

    def test_other_company_sees_nothing(self):
        self.january.action_close()
        other = self.setup_other_company()["company"]
        self.accountant.write({"company_ids": [Command.link(other.id)]})
        for model in ("schedule", "entry", "run", "rollforward"):
            with self.subTest(model=model):
                self.assertTrue(self._search(model, self.accountant))
                self.assertFalse(
                    self._search(model, self.accountant, other).filtered(lambda record: record.company_id != other)
                )
