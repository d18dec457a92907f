from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .test_obligation import DECEMBER, JANUARY, ObligationCommon

FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 31)
JULY_FIRST = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestObligationProgress(ObligationCommon):
    """Obligations that are measured by progress, milestones or percentages: IFRS 15.39 to 15.45."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.accountant = new_test_user(cls.env, "rr_accountant", "account.group_account_manager", **values)
        cls.clerk = new_test_user(cls.env, "rr_clerk", "account.group_account_invoice", **values)
        cls.percent = cls._rule("percent")
        cls.project = cls._create_service(
            "Roll-out",
            recurring_charge_type="one_time",
            recurring_revenue_rule_id=cls.percent.id,
            property_account_income_id=cls.income_account.id,
        )

    @classmethod
    def _rule(cls, method, *steps, **values):
        return cls.env["recurring.revenue.rule"].create(
            {
                "name": method,
                "method": method,
                "basis": "contract",
                "step_ids": [Command.create({"name": name, "percent": percent}) for name, percent in steps],
                **values,
            }
        )

    def _roll_out(self, price=200000, **values):
        item = {"product_id": self.project.id, "charge_type": "one_time", "price_unit": price, "tax_ids": []}
        return self._create_contract(items=[item], plan_id=self.one_year.id, **values)

    def _obligation(self, contract):
        return contract.revenue_allocation_id.obligation_ids.with_user(self.accountant)

    def _report(self, obligation, day, percent, user=None):
        action = obligation.with_user(user or self.accountant).action_report_progress()
        form = Form(self.env[action["res_model"]].with_user(self.accountant).with_context(**action["context"]))
        form.date, form.percent = day, percent
        form.save().action_report()
        return form

    def _finish(self, contract):
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(contract.revenue_allocation_id.balance, 0)
        self.assertContractTies()

    def test_f76_40_then_60_of_200000(self):
        contract = self._roll_out()
        obligation = self._obligation(contract)
        self.assertRecordValues(obligation, [{"method": "percent", "share": 200000, "date_end": DECEMBER}])
        form = self._report(obligation, JANUARY, 40)
        self.assertEqual((form.total, form.amount), (200000, 80000))
        self.assertEqual(self._close(JANUARY).amount, 80000)
        self.assertContractTies()
        self._report(obligation, FEBRUARY, 60)
        self.assertEqual(self._close(FEBRUARY).amount, 40000)
        self.assertRecordValues(obligation, [{"percent_complete": 60, "recognised": 120000, "remaining": 80000}])
        with self.assertRaisesRegex(UserError, "cannot be 110 % complete"):
            self._report(obligation, MARCH, 110)
        self._report(obligation, MARCH, 50)  # less than before is taken back
        self.assertEqual(self._close(MARCH).amount, -20000)
        self._report(obligation, date(2026, 4, 30), 100)
        self.assertEqual(self._close(date(2026, 4, 30)).amount, 100000)
        self._finish(contract)

    def test_f76_milestones(self):
        self.project.recurring_revenue_rule_id = self._rule("milestone", ("Delivered", 30), ("Accepted", 70))
        contract = self._roll_out(1000)
        obligation = self._obligation(contract)
        delivered, accepted = obligation.schedule_ids.step_ids
        self.assertEqual(self._close(JANUARY).amount, 0)
        action = obligation.action_open_steps()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), delivered + accepted)
        delivered.date = FEBRUARY
        self.assertEqual(self._close(FEBRUARY).amount, 300)
        accepted.date = date(2026, 2, 10)
        self.assertEqual(self._close(MARCH).amount, 700)
        self._finish(contract)

    def test_f76_own_percentages_for_each_period(self):
        rule = self._rule("custom", ("First", 50), ("Second", 30), ("Third", 20))
        (self.project + self.licence).recurring_revenue_rule_id = rule
        contract = self._roll_out(100)
        self.assertEqual(contract.revenue_allocation_id.obligation_ids.date_end, MARCH)
        self.assertEqual([self._close(day).amount for day in (JANUARY, FEBRUARY, MARCH)], [50, 30, 20])
        rule.step_unit = "quarter"
        recurring = self._contract(1000, products=(self.licence,))
        self.assertEqual(self._close(date(2026, 6, 30)).amount, 500 + 300)
        self.assertEqual(self._close(date(2026, 9, 30)).amount, 200)
        self._finish(recurring)

    def test_f76_share_of_a_bundle(self):
        self._price(self.licence, 100)
        self._price(self.project, 300, plan_id=False)
        contract = self._create_contract(
            items=[
                {"product_id": self.licence.id, "price_unit": 100, "tax_ids": []},
                {"product_id": self.project.id, "charge_type": "one_time", "price_unit": 200, "tax_ids": []},
            ],
            plan_id=self.one_year.id,
        )
        licence, project = contract.revenue_allocation_id.obligation_ids
        self.assertEqual((licence.share, project.share), (75, 225))
        self._report(project, JANUARY, 40)
        self.assertAlmostEqual(self._close(JANUARY).amount, 90 + 6.37)
        with self.assertRaises(UserError):
            contract.revenue_allocation_id.action_allocate()
        self._report(project, DECEMBER, 100)
        self._finish(contract)

    def test_f76_reported_progress_survives_an_allocation(self):
        contract = self._roll_out()
        obligation = self._obligation(contract)
        self._report(obligation, JANUARY, 40)
        contract.revenue_allocation_id.sudo()._allocate()
        self.assertEqual(obligation.percent_complete, 40)
        self.assertEqual(obligation.schedule_ids.step_ids.user_id, self.accountant)
        self.assertEqual(self._close(JANUARY).amount, 80000)

    def test_f76_changed_price_is_caught_up(self):
        # IFRS 15, illustrative example 8: 60 % of 1,000,000, then 51.2 % of 1,350,000
        contract = self._roll_out(1000000)
        obligation = self._obligation(contract)
        self._report(obligation, JANUARY, 60)
        self.assertEqual(self._close(JANUARY).amount, 600000)
        amendment = self._amend(contract.item_ids, "price", contract.date_start, price_unit=1350000)
        self.assertEqual(amendment.obligation_change_ids.treatment, "catch_up")
        self._report(obligation, date(2026, 2, 1), 51.2)
        self.assertEqual(self._close(FEBRUARY).amount, 91200)
        self.assertContractTies()
        amendment.action_undo()
        self.assertEqual(self._close(MARCH).amount, -179200)
        self._report(obligation, date(2026, 4, 1), 100)
        self._finish(contract)

    def test_f76_ended_early_is_complete(self):
        self.licence.recurring_revenue_rule_id = self.percent
        monthly = self._create_plan(name="Monthly for a year", term_count=1, term_unit="year", renewal_policy="end")
        contract = self._create_contract(
            items=[{"product_id": self.licence.id, "price_unit": 100, "tax_ids": []}], plan_id=monthly.id
        )
        obligation = self._obligation(contract)
        self._report(obligation, JANUARY, 25)
        self.assertEqual(self._close(JANUARY).amount, 300)
        amendment = contract._end(date(2026, 6, 30))
        self.assertRecordValues(
            amendment.obligation_change_ids, [{"treatment": "catch_up", "share_after": 600, "catch_up": 300}]
        )
        self.assertEqual(self._close(date(2026, 6, 30)).amount, 300)
        amendment.action_undo()
        self.assertRecordValues(obligation, [{"share": 1200, "percent_complete": 25}])
        self.assertEqual(self._close(date(2026, 7, 31)).amount, -300)
        contract._end(date(2026, 6, 30))
        self.assertEqual(self._close(date(2026, 8, 31)).amount, 300)
        self._finish(contract)

    def test_f76_term_that_opens_after_the_end_waits_for_its_progress(self):
        """No close has seen the second month when the contract ends: it opens with the next close, not complete."""
        self.support.recurring_revenue_rule_id = self.percent
        plan = self._create_plan(name="Monthly without end")
        contract = self._contract(100, products=(self.support,), plan_id=plan.id)
        contract._end(date(2026, 2, 10))
        self._bill(MARCH)
        self._report(self._obligation(contract), JANUARY, 100)
        self._close(MARCH)
        first, second = self._obligation(contract)
        self.assertEqual((first.remaining, second.percent_complete), (0, 0))
        self.assertEqual(contract.revenue_allocation_id.balance, second.share)
        self._report(second, date(2026, 4, 30), 100)
        self._close(date(2026, 4, 30))
        self._finish(contract)

    def test_f76_milestones_of_a_service_that_ended(self):
        self.licence.recurring_revenue_rule_id = self._rule("milestone", ("Delivered", 30), ("Accepted", 70))
        contract = self._contract(1000, products=(self.licence,))
        steps = contract.revenue_allocation_id.obligation_ids.schedule_ids.step_ids
        amendment = contract._end(date(2026, 6, 30))
        self.assertEqual(steps.mapped("date"), [date(2026, 6, 30)] * 2)
        amendment.action_undo()
        self.assertEqual(steps.mapped("date"), [False] * 2)
        contract._end(date(2026, 6, 30))
        self._finish(contract)

    def test_f76_another_item_changes_and_the_rest_is_shared_anew(self):
        self._price(self.licence, 1200)
        self._price(self.project, 1000, plan_id=False)
        contract = self._create_contract(
            items=[
                {"product_id": self.licence.id, "price_unit": 1200, "tax_ids": []},
                {"product_id": self.project.id, "charge_type": "one_time", "price_unit": 1000, "tax_ids": []},
            ],
            plan_id=self.one_year.id,
        )
        self.rule.method = "even_months"
        licence, project = contract.revenue_allocation_id.obligation_ids
        self._report(project, JANUARY, 40)
        self._close(date(2026, 6, 30))
        self._amend(contract.item_ids[0], "price", JULY_FIRST, price_unit=600)
        changes = contract.amendment_ids.obligation_change_ids
        self.assertEqual(set(changes.mapped("treatment")), {"prospective"})
        self.assertAlmostEqual(licence.share + project.share, contract.revenue_allocation_id.price)
        self.assertLess(project.share, 1000)
        self.assertAlmostEqual(
            changes.filtered(lambda c: c.obligation_id == project).catch_up, (project.share - 1000) * 0.4, 2
        )
        self._report(project, date(2026, 9, 30), 100)
        self._close(date(2026, 9, 30))
        self.assertContractTies()
        self._finish(contract)

    def test_f76_credit_follows_the_progress(self):
        contract = self._roll_out(1000)
        obligation = self._obligation(contract)
        invoice = self._bill(date(2026, 1, 1))
        self._report(obligation, JANUARY, 40)
        self._close(JANUARY)
        credit = invoice._reverse_moves([{"date": date(2026, 2, 1), "invoice_date": date(2026, 2, 1)}])
        credit.invoice_line_ids.price_unit = 100
        credit.action_post()
        self.assertEqual(self._close(FEBRUARY).amount, -40)
        self.assertRecordValues(obligation, [{"conceded": -100, "recognised": 360, "remaining": 540}])
        self._report(obligation, MARCH, 100)
        self._finish(contract)

    def test_f76_in_another_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 2.0), ("2026-02-01", 1.0)])
        contract = self._roll_out(1000, currency_id=currency.id)
        obligation = self._obligation(contract)
        self._bill(date(2026, 1, 1))
        self._report(obligation, JANUARY, 40)
        self.assertEqual(self._close(JANUARY).amount, 200)
        self._report(obligation, FEBRUARY, 30)
        self.assertEqual(self._close(FEBRUARY).amount, -50)
        self._report(obligation, MARCH, 100)
        self.assertEqual(self._close(MARCH).amount, 350)
        self._finish(contract)
        self.assertEqual(self._balance(self.balance_account, "amount_currency"), 0)

    def test_who_may_report(self):
        obligation = self._obligation(self._roll_out())
        with self.assertRaises(AccessError):
            schedule = obligation.with_user(self.clerk)._get_progress_schedule()
            schedule._report_progress(JANUARY, 40)

    def test_a_whole_cannot_be_changed_from_a_day_on(self):
        with self.assertRaisesRegex(ValidationError, "one whole"):
            self._rule("percent", modification="prospective")
