from datetime import date
from decimal import Decimal
from fractions import Fraction

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase, Form, tagged

from ..domain.recognition import added_up, custom_steps, stepped_share
from .common import RecurringRevenueCommon

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestStepArithmetic(BaseCase):
    def test_periods_end_with_their_last_day(self):
        steps = custom_steps(date(2026, 1, 31), date(2026, 4, 1), 1, [Decimal(50), Decimal(30), Decimal(20)])
        self.assertEqual(
            steps,
            (
                (date(2026, 2, 27), Fraction(1, 2)),
                (date(2026, 3, 30), Fraction(4, 5)),
                (date(2026, 3, 31), Fraction(1)),
            ),
        )
        for upto, share in ((date(2026, 2, 27), 0), (date(2026, 2, 28), Fraction(1, 2)), (date(2026, 4, 1), 1)):
            self.assertEqual(stepped_share(steps, upto), share)

    def test_milestones_add_up_in_order_of_their_days(self):
        steps = added_up([(MARCH, Decimal(70)), (JANUARY, Decimal(30))])
        self.assertEqual(steps, ((JANUARY, Fraction(3, 10)), (MARCH, Fraction(1))))


class StepsCommon(RecurringRevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_accountant()
        cls.clerk = cls._create_clerk()

    def _rule(self, method, *steps, **values):
        return (
            self.env["recurring.revenue.rule"]
            .with_user(self.accountant)
            .create(
                {
                    "name": method,
                    "method": method,
                    "step_ids": [Command.create({"name": name, "percent": percent}) for name, percent in steps],
                    **values,
                }
            )
        )

    def _schedule(self, rule, price, start=None, end=None, day=None, **values):
        line = self._line(price, start, end, recurring_revenue_rule_id=rule.id)
        invoice = self._create_document([line], day or start or date(2026, 1, 1), **values)
        return self._schedules(invoice).with_user(self.accountant)

    def _preview(self, action):
        form = Form(self.env["recurring.revenue.preview"].with_user(self.clerk).with_context(**action["context"]))
        return [round(line["amount"], 2) for line in form.line_ids._records if line["amount"]]

    def _amounts(self, months=12):
        return [self._close(date(2026, month, 1)).amount for month in range(1, months + 1)]


@tagged("post_install", "-at_install")
class TestCustomPercentages(StepsCommon):
    def test_f73_percentages_make_up_the_sum(self):
        rule = self._rule("custom", ("Set-up", 50), (False, 30), (False, 20))
        schedule = self._schedule(rule, 100.01, date(2026, 1, 1), date(2026, 6, 30))
        expected = [50.01, 30.0, 20.0]
        self.assertEqual(self._preview(schedule.action_preview()), expected)
        self.assertEqual(self._preview(schedule.source_line_id.action_preview_recurring_revenue()), expected)
        shown = rule.action_preview()
        shown["context"] |= {"default_amount": 100.01}
        self.assertEqual(self._preview(shown), expected)
        rule.step_ids[0].percent = 50  # what is sold keeps its steps whatever becomes of the rule
        self.assertEqual(self._amounts(4), [*expected, 0])
        self.assertTies()

    def test_f73_quarters_and_years(self):
        rule = self._rule("custom", (False, 40), (False, 60), step_unit="quarter")
        self._schedule(rule, 1000, date(2026, 1, 15), date(2026, 7, 14))
        self.assertEqual(self._amounts(8), [0, 0, 0, 400, 0, 0, 600, 0])

    def test_f73_they_must_make_up_100(self):
        with self.assertRaisesRegex(ValidationError, "99 %"):
            self._rule("custom", (False, 40), (False, 59))
        with self.assertRaisesRegex(ValidationError, "name"):
            self._rule("milestone", (False, 100))

    def test_a_credit_note_follows(self):
        rule = self._rule("custom", (False, 50), (False, 50))
        schedule = self._schedule(rule, 200, date(2026, 1, 1), date(2026, 2, 28))
        self._close(JANUARY)
        credit = schedule.sudo().source_move_id._reverse_moves([{"date": FEBRUARY, "invoice_date": FEBRUARY}])
        credit.action_post()
        self._close(FEBRUARY)
        self.assertEqual(self._balance(self.income_account), 0)
        self.assertTies()


@tagged("post_install", "-at_install")
class TestMilestones(StepsCommon):
    def test_f73_released_when_reached(self):
        rule = self._rule("milestone", ("Delivered", 30), ("Accepted", 70))
        schedule = self._schedule(rule, 1000)
        self.assertEqual(self._preview(schedule.action_preview()), [300, 700])
        self.assertEqual(self._close(JANUARY).amount, 0)
        delivered, accepted = schedule.step_ids
        self.assertFalse(delivered.user_id)
        delivered.with_user(self.accountant).date = date(2026, 2, 3)
        self.assertEqual(delivered.user_id, self.accountant)
        self.assertIn("Delivered", schedule.message_ids[0].body)
        self.assertEqual(self._close(FEBRUARY).amount, 300)
        self.assertEqual(self._preview(schedule.action_preview()), [300, 700])
        accepted.date = date(2026, 1, 20)
        self.assertIn("March 2026", schedule.message_ids[0].body)
        self.assertEqual(self._close(MARCH).amount, 700)
        accepted.date = False
        self.assertEqual(self._close(date(2026, 4, 30)).amount, -700)
        self.assertTies()

    def test_more_of_them_by_hand_never_pass_100(self):
        schedule = self._schedule(self._rule("milestone", ("Delivered", 100)), 1000)
        steps = self.env["recurring.revenue.schedule.step"].with_user(self.accountant)
        with self.assertRaisesRegex(ValidationError, "101 %"), self.env.cr.savepoint():
            steps.create({"schedule_id": schedule.id, "name": "Party", "percent": 1})
        self.env.invalidate_all()
        schedule.step_ids.percent = 90
        steps.create({"schedule_id": schedule.id, "name": "Party", "percent": 10, "date": JANUARY})
        self.assertEqual(self._close(JANUARY).amount, 100)
        with self.assertRaises(AccessError):
            schedule.step_ids[0].with_user(self.clerk).date = JANUARY
        with self.assertRaises(UserError):
            schedule.step_ids[1].unlink()

    def test_posted_anew_keeps_what_was_reached(self):
        schedule = self._schedule(self._rule("milestone", ("Delivered", 30), ("Accepted", 70)), 1000)
        schedule.step_ids[0].date = JANUARY
        invoice = schedule.sudo().source_move_id
        invoice.button_draft()
        invoice.action_post()
        self.assertEqual(schedule.percent_complete, 30)


@tagged("post_install", "-at_install")
class TestPercentComplete(StepsCommon):
    def _report(self, schedule, day, percent, **values):
        action = schedule.action_report_progress()
        form = Form(self.env[action["res_model"]].with_user(self.accountant).with_context(**action["context"]))
        form.date = day
        form.percent = percent
        for name, value in values.items():
            form[name] = value
        form.save().action_report()
        return form

    def test_f75_40_then_60_of_200000(self):
        schedule = self._schedule(self._rule("percent"), 200000)
        self.assertEqual(self._preview(schedule.action_preview()), [200000])
        form = self._report(schedule, date(2026, 1, 20), 40, note="320 of 800 hours")
        self.assertEqual(form.amount, 80000)
        self.assertEqual(self._close(JANUARY).amount, 80000)
        self._report(schedule, date(2026, 2, 20), 60)
        self.assertEqual(self._close(FEBRUARY).amount, 40000)
        self.assertRecordValues(
            schedule, [{"recognised": 120000, "remaining": 80000, "percent_complete": 60, "state": "open"}]
        )
        self.assertTies()

    def test_f75_110_is_refused(self):
        schedule = self._schedule(self._rule("percent"), 200000)
        for percent in (110, 100.0001, -1):
            with self.assertRaisesRegex(UserError, "between 0 and 100"):
                self._report(schedule, JANUARY, percent)
        self.assertFalse(schedule.step_ids)

    def test_f75_less_than_before_is_taken_back_where_it_can_be(self):
        schedule = self._schedule(self._rule("percent"), 200000)
        self._report(schedule, date(2026, 1, 20), 100)
        self._close(JANUARY)
        self._report(schedule, date(2026, 1, 25), 90)
        self.assertIn("February 2026", schedule.message_ids[0].body)
        run = self._close(FEBRUARY)
        self.assertEqual(run.amount, -20000)
        self.assertEqual(self._balance(self.income_account, through=JANUARY), 200000)
        self.assertTies()

    def test_f75_under_cutoff(self):
        self.company.recurring_revenue_booking = "cutoff"
        schedule = self._schedule(self._rule("percent"), 200000)
        self._report(schedule, date(2026, 1, 20), 40)
        self._close(JANUARY)
        self.assertEqual(self._balance(self.income_account, through=JANUARY), 80000)
        self.assertEqual(self._balance(self.deferred_account, through=JANUARY), 120000)
        self.assertTies()

    def test_a_full_credit_leaves_nothing(self):
        schedule = self._schedule(self._rule("percent"), 200000)
        self._report(schedule, date(2026, 1, 20), 40)
        self._close(JANUARY)
        credit = schedule.sudo().source_move_id._reverse_moves([{"date": FEBRUARY, "invoice_date": FEBRUARY}])
        credit.action_post()
        self._close(FEBRUARY)
        self.assertEqual(self._balance(self.income_account), 0)
        self.assertEqual(self._balance(self.deferred_account), 0)

    def test_only_where_the_rule_says_so(self):
        invoice = self._invoice(100, date(2026, 1, 1), MARCH)
        with self.assertRaisesRegex(UserError, "percent complete"):
            self._schedules(invoice)._report_progress(JANUARY, 10)
