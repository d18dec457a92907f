from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command, Date
from odoo.tests import Form, tagged

from .common import RecurringRevenueCommon

START, END = date(2026, 1, 1), date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestPreview(RecurringRevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._create_clerk()
        cls.rule = cls.env["recurring.revenue.rule"].create({"name": "By month", "method": "by_month"})

    def _show(self, action, **values):
        """Return the months and amounts that a clerk sees, having entered ``values``."""
        form = Form(self.env["recurring.revenue.preview"].with_user(self.clerk).with_context(**action["context"]))
        for name, value in values.items():
            form[name] = value
        return [
            (Date.to_date(line["date"]), round(line["amount"], 2), round(line["remaining"], 2))
            for line in form.line_ids._records
        ]

    def test_of_a_rule(self):
        shown = self._show(
            self.rule.action_preview(), amount=300, date_start=date(2026, 1, 15), date_end=date(2026, 4, 14)
        )
        self.assertEqual(
            shown,
            [
                (date(2026, 1, 31), 54.84, 245.16),
                (date(2026, 2, 28), 100, 145.16),
                (END, 100, 45.16),
                (date(2026, 4, 30), 45.16, 0),
            ],
        )
        self.assertEqual(len(self._show(self.rule.action_preview())), 12)
        self.assertEqual(self._show(self.rule.action_preview(), date_end=False), [])

    def test_of_a_rule_that_starts_later(self):
        self.rule.write({"offset_months": 2, "offset_days": 1})
        shown = self._show(self.rule.action_preview(), amount=31, date_start=START, date_end=date(2026, 1, 31))
        self.assertEqual(shown, [(END, 30, 1), (date(2026, 4, 30), 1, 0)])

    def test_of_an_invoice_line_equals_the_close(self):
        for method in ("by_day", "by_month", "full_months", "even_months", "even_quarters", "even_years"):
            for offset in (0, 1):
                rule = self.rule.copy({"method": method, "offset_months": offset})
                line = self._line(100, date(2026, 1, 10), date(2026, 4, 20), recurring_revenue_rule_id=rule.id)
                invoice = self._create_document([line], START)
                with self.subTest(method=method, offset=offset):
                    shown = self._show(invoice.invoice_line_ids.action_preview_recurring_revenue())
                    schedule = self._schedules(invoice)
                    self.assertEqual(self._show(schedule.action_preview()), shown)
                    self.assertEqual(sum(amount for _month, amount, _remaining in shown), 100)
                    self.assertEqual((schedule.date_start.month, schedule.date_start.day), (1 + offset, 10))
        runs = [self._close(date(2026, month, 1)) for month in range(1, 6)]
        for schedule in (
            runs[-1].company_id.env["recurring.revenue.schedule"].search([("company_id", "=", self.company.id)])
        ):
            booked = {entry.date: entry.amount for entry in schedule.entry_ids}
            planned = {month: float(amount) for month, amount in schedule._get_monthly_amounts() if amount}
            self.assertEqual(booked, planned)
        self.assertTies()

    def test_of_a_credited_schedule(self):
        invoice = self._invoice(300, START, END)
        credit_note = invoice._reverse_moves([{"invoice_date": START, "date": START}])
        line = credit_note.invoice_line_ids
        dates = {"recurring_date_start": date(2026, 3, 1), "price_unit": 103.33}
        credit_note.invoice_line_ids = [Command.update(line.id, dates)]
        credit_note.action_post()
        shown = self._show(self._schedules(invoice).action_preview())
        self.assertEqual([amount for _month, amount, _remaining in shown], [103.33, 93.34, 0])
        shown = self._show(self._schedules(credit_note).action_preview())
        self.assertEqual([amount for _month, amount, _remaining in shown], [-103.33])


@tagged("post_install", "-at_install")
class TestOwnDates(RecurringRevenueCommon):
    def test_they_win_over_the_service_period(self):
        own = {"recurring_revenue_date_start": date(2026, 2, 1), "recurring_revenue_date_end": date(2026, 2, 28)}
        for service in ((START, END), (None, None)):
            with self.subTest(service=service):
                invoice = self._create_document([self._line(28, *service, **own)], START)
                schedule = self._schedules(invoice)
                self.assertRecordValues(schedule, [{"date_start": date(2026, 2, 1), "date_end": date(2026, 2, 28)}])
                with self.assertRaises(UserError):
                    invoice.invoice_line_ids.recurring_revenue_date_end = END
        credit_note = invoice._reverse_moves([{"invoice_date": START, "date": START}])
        credit_note.action_post()
        self.assertEqual(self._schedules(credit_note).corrected_schedule_id, schedule)
        self._close(date(2026, 2, 1))
        self.assertEqual(self._balance(self.income_account), 28)
        self.assertTies()

    def test_a_month_short_of_a_day_keeps_one(self):
        rule = self.rule_by_day.copy({"offset_months": 1})
        line = self._line(5, date(2026, 1, 30), date(2026, 1, 30), recurring_revenue_rule_id=rule.id)
        schedule = self._schedules(self._create_document([line], START))
        self.assertEqual((schedule.date_start, schedule.date_end), (date(2026, 2, 28), date(2026, 2, 28)))
