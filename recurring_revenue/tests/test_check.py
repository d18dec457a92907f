from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_contract import ContractCommon

START, JANUARY = date(2026, 1, 1), date(2026, 1, 31)


@tagged("post_install", "-at_install")
class TestChecks(ContractCommon):
    def _red(self):
        """Return what the accountant sees behind each red check, by its code."""
        self.env.invalidate_all()
        user = self.accountant
        checks = self.env["recurring.revenue.check"].with_user(user).search([("company_id", "=", self.company.id)])
        self.assertEqual(len(checks), 6)
        red = {}
        for check in checks.filtered(lambda c: c.state == "red"):
            action = check.action_open_records()
            red[check.code] = self.env[action["res_model"]].with_user(user).search(action["domain"]).sudo()
            self.assertTrue(red[check.code])
        self.assertEqual(self.env["recurring.revenue.check"]._get_failing(self.company).keys(), red.keys())
        return red

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_accountant()
        cls.salesman = cls._create_user("rr_salesman", "sales_team.group_sale_salesman")
        cls.other_journal_items = [
            Command.create({"account_id": cls.deferred_account.id, "debit": 5}),
            Command.create({"account_id": cls.income_account.id, "credit": 5}),
        ]

    def _spoil(self, query, *values):
        self.env.flush_all()
        self.env.cr.execute(query, values)
        self.env.invalidate_all()

    def test_green_through_a_life_of_changes(self):
        included = self.tax.copy({"name": "20% in the price", "price_include_override": "tax_included"})
        yearly = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 1200}])
        monthly = self._create_contract(
            start=date(2026, 1, 31),
            items=[{"tax_ids": [Command.set(included.ids)], "price_unit": 33.33}, {"price_unit": 0}],
        )
        arrears = self._create_contract(
            start=date(2026, 1, 15), plan_id=self._create_plan(name="Arrears", billing_timing="arrears").id
        )
        self._bill(START)
        self.assertFalse(self._red())
        self._bill(date(2026, 3, 10))
        self._amend(monthly.item_ids[0], "quantity", date(2026, 2, 10), quantity=2)
        self._amend(yearly.item_ids, "price", date(2026, 4, 1), price_unit=1000)
        self.assertFalse(self._red())
        self._bill(date(2026, 5, 10))
        self.assertFalse(self._red())
        self._close(JANUARY)
        yearly._end(date(2026, 6, 30))
        arrears._end(date(2026, 5, 3))
        self._bill(date(2026, 7, 1))
        self.assertFalse(self._red())
        self._close(date(2026, 7, 1))
        self.assertFalse(self._red())

    def test_migrated_contract(self):
        self._create_contract(
            start=date(2025, 7, 1),
            plan_id=self.yearly.id,
            items=[
                {
                    "price_unit": 365,
                    "opening_billed_through": date(2026, 6, 30),
                    "opening_recognised_through": date(2025, 12, 31),
                }
            ],
        )
        self._bill(date(2026, 7, 1))
        self._close(JANUARY)
        self.assertFalse(self._red())

    def test_ledger(self):
        self._invoice(365, START, date(2026, 12, 31))
        self.env["account.move"].create({"date": START, "line_ids": self.other_journal_items})._post(soft=False)
        self.assertEqual(self._red()["ledger"].account_id, self.deferred_account)

    def test_invoices(self):
        self._create_contract()
        invoice = self._bill(START)
        self._spoil("UPDATE recurring_charge SET amount = amount + 1 WHERE move_id = %s", invoice.id)
        self.assertEqual(self._red(), {"invoices": invoice})

    def test_f84_only_months_that_differ_are_shown(self):
        self._invoice(365, START, date(2026, 12, 31))
        self._close(JANUARY)
        lines = [
            Command.create({"account_id": self.deferred_account.id, "debit": 10}),
            Command.create({"account_id": self.income_account.id, "credit": 10}),
        ]
        self.env["account.move"].create({"date": date(2026, 2, 10), "line_ids": lines})._post(soft=False)
        rows = self._red()["ledger"]
        self.assertEqual(rows.mapped("month"), [date(2026, 2, 28)])

    def test_totals(self):
        schedule = self._schedules(self._invoice(365, START, date(2026, 12, 31)))
        self._close(JANUARY)
        self._spoil(
            "UPDATE recurring_revenue_schedule SET total = 30, write_date = write_date - interval '1 day'"
            " WHERE id = %s",
            schedule.id,
        )
        self.assertEqual(self._red(), {"totals": schedule})

    def test_a_lower_price_waits_for_the_next_close(self):
        invoice = self._invoice(365, START, date(2026, 12, 31))
        self._close(JANUARY)
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 12
        invoice.action_post()
        self.assertFalse(self._red())
        self._close(date(2026, 2, 1))
        self.assertTies()

    def test_entries(self):
        self._invoice(365, START, date(2026, 12, 31))
        entry = self._close(JANUARY).entry_ids
        self._spoil("UPDATE recurring_revenue_entry SET move_line_id = NULL WHERE id = %s", entry.id)
        self.assertEqual(self._red(), {"entries": entry})

    def test_entries_of_old_closes_that_are_not_posted_any_more(self):
        self._invoice(365, START, date(2026, 12, 31))
        entry = self._close(JANUARY).entry_ids
        self._close(date(2026, 2, 28))
        move = entry.move_id
        self._spoil("UPDATE account_move SET state = 'draft' WHERE id = %s", move.id)
        self.assertEqual(self._red(), {"entries": entry})

    def test_f84_sums_that_do_not_make_up_the_total(self):
        schedule = self._schedules(self._invoice(365, START, date(2026, 12, 31)))
        self._close(JANUARY)
        for sql in (
            "UPDATE recurring_revenue_schedule SET total_currency = total_currency + 1 WHERE id = %s",
            "UPDATE recurring_revenue_schedule SET total_currency = total, state = 'done' WHERE id = %s",
        ):
            self._spoil(sql, schedule.id)
            self.assertEqual(self._red(), {"totals": schedule})

    def test_days(self):
        item = self._create_contract().item_ids
        self._bill(date(2026, 2, 1))
        charges = self.env["recurring.charge"].search([("item_id", "=", item.id)], order="date_start")
        spoil = "UPDATE recurring_charge SET date_start = date_start + %s WHERE id = %s"
        self._spoil(spoil, -1, charges[1].id)
        self.assertEqual(self._red(), {"days": item})
        self._spoil(spoil, 2, charges[1].id)
        self.assertEqual(self._red(), {"days": item})
        self._spoil(spoil, -1, charges[1].id)
        self.assertFalse(self._red())

    def test_a_close_is_refused_until_there_is_a_reason(self):
        self._invoice(365, START, date(2026, 12, 31))
        self.env["account.move"].create({"date": START, "line_ids": self.other_journal_items})._post(soft=False)
        run = self.env["recurring.revenue.run"]._create_run(self.company, JANUARY).with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "The ledger equals the schedules.*1 to look at"):
            run.action_close()
        self.assertEqual(run.state, "draft")
        action = run.action_open_checks()
        self.assertEqual(len(self.env[action["res_model"]].with_user(self.accountant).search(action["domain"])), 6)
        run.exception_reason = "Cleared by entry 17 in February"
        run.action_close()
        self.assertEqual(run.state, "done")
        self.assertFalse(run.exception_reason)
        self.assertIn("Cleared by entry 17", " ".join(run.message_ids.mapped("body")))
        run.action_reopen()
        with self.assertRaises(UserError):
            run.action_close()

    def test_rights(self):
        with self.assertRaises(AccessError):
            self.env["recurring.revenue.check"].with_user(self.salesman).search([])
        other = self.setup_other_company()["company"]
        self.accountant.company_ids += other
        checks = self.env["recurring.revenue.check"].with_user(self.accountant)
        self.assertEqual(checks.with_context(allowed_company_ids=other.ids).search([]).company_id, other)
