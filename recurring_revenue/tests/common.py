from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class RecurringRevenueCommon(AccountTestInvoicingCommon):
    """A company that defers by day, a product, and ways to invoice, close and compare."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.rule_by_day = cls.env.ref("recurring_revenue.recurring_revenue_rule_by_day")
        cls.rule_by_month = cls.env.ref("recurring_revenue.recurring_revenue_rule_by_month")
        cls.rule_at_once = cls.env.ref("recurring_revenue.recurring_revenue_rule_at_once")
        cls.company.recurring_revenue_rule_id = cls.rule_by_day
        cls.deferred_account = cls.company.deferred_revenue_account_id
        cls.income_account = cls.company_data["default_account_revenue"]
        cls.tax = cls.company_data["default_tax_sale"]
        cls.hosting = cls.env["product.product"].create(
            {
                "name": "Hosting",
                "type": "service",
                "property_account_income_id": cls.income_account.id,
                "taxes_id": [Command.set(cls.tax.ids)],
            }
        )

    @classmethod
    def _create_user(cls, login, groups):
        """Create a user of the company."""
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        return new_test_user(cls.env, login, groups, **values)

    @classmethod
    def _create_accountant(cls):
        return cls._create_user("rr_accountant", "account.group_account_manager")

    @classmethod
    def _create_clerk(cls):
        return cls._create_user("rr_clerk", "account.group_account_invoice")

    @classmethod
    def _line(cls, price, start=None, end=None, **values):
        return Command.create(
            {
                "product_id": cls.hosting.id,
                "price_unit": price,
                "tax_ids": [],
                "recurring_date_start": start,
                "recurring_date_end": end,
                **values,
            }
        )

    @classmethod
    def _create_document(cls, lines, day, move_type="out_invoice", **values):
        """Create a posted invoice or credit note of ``lines`` (commands) dated ``day``."""
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": cls.partner_a.id,
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": lines,
                **values,
            }
        )
        move._post(soft=False)
        return move

    @classmethod
    def _invoice(cls, price, start, end, day=None, **values):
        """Create a posted invoice of one line, dated the first day of service unless told."""
        return cls._create_document([cls._line(price, start, end)], day or start, **values)

    @classmethod
    def _schedules(cls, moves):
        return cls.env["recurring.revenue.schedule"].search([("source_move_id", "in", moves.ids)], order="id")

    @classmethod
    def _close(cls, day):
        run = cls.env["recurring.revenue.run"]._create_run(cls.company, day)
        run.action_close()
        return run

    @classmethod
    def _balance(cls, account, field="balance", through=date(2100, 1, 1)):
        """Return the posted balance of an account, credits positive."""
        groups = cls.env["account.move.line"]._read_group(
            [
                ("account_id", "=", account.id),
                ("parent_state", "=", "posted"),
                ("company_id", "=", cls.company.id),
                ("date", "<=", through),
            ],
            [],
            [f"{field}:sum"],
        )
        return -(groups[0][0] or 0.0)

    def assertTies(self):
        """Compare schedules, entries and ledger in all their sums."""
        self.env.invalidate_all()
        rows = self.env["recurring.revenue.rollforward"].search([("company_id", "=", self.company.id)])
        for row in rows:
            self.assertAlmostEqual(row.difference, 0, 4, f"{row.account_id.code} {row.month}")
        schedules = self.env["recurring.revenue.schedule"].search([("company_id", "=", self.company.id)])
        deferred = schedules.filtered(lambda schedule: schedule.booking == "deferral")
        self.assertAlmostEqual(sum(deferred.mapped("remaining")), self._balance(self.deferred_account), 4)
        for schedule in schedules:
            entries = schedule.entry_ids
            self.assertAlmostEqual(
                schedule.recognised,
                schedule.opening_recognised + sum(entries.mapped("amount")),
                4,
            )
            self.assertAlmostEqual(
                schedule.recognised_currency,
                schedule.opening_recognised_currency + sum(entries.mapped("amount_currency")),
                4,
            )
