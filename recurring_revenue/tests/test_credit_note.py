from contextlib import closing
from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .test_contract import ContractCommon

START, END = date(2026, 1, 1), date(2026, 12, 31)
JUNE, JULY = date(2026, 6, 30), date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestCreditNote(ContractCommon):
    def _credit(self, invoice, day, price=None, **dates):
        credit_note = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        line = credit_note.invoice_line_ids
        values = {f"recurring_{name}": value for name, value in dates.items()}
        if price is not None:
            values["price_unit"] = price
        credit_note.invoice_line_ids = [Command.update(line.id, values)]
        credit_note.action_post()
        return self._schedules(credit_note)

    def _months(self, *months):
        """Return what is recognised in each month of 2026."""
        return [self._close(date(2026, month, 1)).amount for month in months]

    def test_cancelled_in_june_credited_in_september(self):
        invoice = self._invoice(1200, START, END)
        self._months(*range(1, 9))
        credit = self._credit(invoice, date(2026, 9, 10), 604.93, date_start=JULY)
        self.assertEqual(credit.corrected_schedule_id, self._schedules(invoice))
        self.assertEqual(self._months(9), [-203.83])
        self.assertDeferred(0)
        self.assertEqual(self._months(10, 11, 12), [0, 0, 0])
        self.assertEqual(self._balance(self.income_account), 595.07)
        self.assertDeferred(0)
        self.assertEqual((credit + credit.corrected_schedule_id).mapped("state"), ["done", "done"])

    def test_by_month_too(self):
        self.hosting.recurring_revenue_rule_id = self.rule_by_month
        invoice = self._invoice(1200, START, END)
        self._months(*range(1, 9))
        self._credit(invoice, date(2026, 9, 10), 600, date_start=JULY)
        self.assertEqual(self._months(9, 10), [-200, 0])
        self.assertDeferred(0)

    def test_a_contract_ended_in_june_and_billed_in_september(self):
        contract = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 1200}])
        self._bill(START)
        self._months(*range(1, 9))
        contract._end(JUNE)
        credit = self._schedules(self._bill(date(2026, 9, 10)))
        self.assertRecordValues(credit, [{"total": -604.93, "removes_days": True, "date_start": JULY}])
        self.assertTrue(credit.corrected_schedule_id)
        self.assertEqual(self._months(9, 10, 11, 12), [-203.83, 0, 0, 0])
        self.assertEqual(self._balance(self.income_account), 595.07)
        self.assertDeferred(0)

    def test_foreign_currency_stands_at_zero_in_both(self):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 1 / 0.9), ("2026-07-01", 1.0)])
        start, end = date(2026, 1, 1), date(2026, 12, 31)
        self.hosting.recurring_revenue_rule_id = self.rule_by_month
        for dates in ({"date_start": JULY}, {}):
            with self.subTest(dates=dates), closing(self.env.cr.savepoint()):
                invoice = self._invoice(100, start, end, currency_id=currency.id)
                self._months(*range(1, 7))
                self.assertDeferred(45)
                self.assertDeferred(50, "amount_currency")
                self._credit(invoice, JULY, 50, **dates)
                self._months(7, 12)
                self.assertDeferred(0)
                self.assertDeferred(0, "amount_currency")
                self.assertEqual(self._balance(self.income_account), 40)

    def test_an_undated_one_follows_the_dates_of_the_original(self):
        self.hosting.recurring_revenue_rule_id = self.rule_by_month
        invoice = self._invoice(1200, START, END)
        self._months(1, 2, 3)
        credit = self._credit(invoice, date(2026, 4, 10), 600, date_start=False, date_end=False)
        self.assertRecordValues(
            credit,
            [
                {
                    "date_start": START,
                    "date_end": END,
                    "total": -600,
                    "deferred_account_id": self.deferred_account.id,
                    "corrected_schedule_id": self._schedules(invoice).id,
                }
            ],
        )
        self.assertEqual(self._months(4, 5, 6), [-100, 50, 50])
        self._close(END)
        self.assertDeferred(0)

    def test_lines_are_matched_by_product_and_period(self):
        other = self.hosting.copy({"name": "Support", "property_account_income_id": self.income_account.id})
        lines = [
            self._line(100, START, JUNE),
            self._line(200, JULY, END),
            self._line(300, START, END, product_id=other.id),
        ]
        invoice = self._create_document(lines, START)
        credit_note = invoice._reverse_moves([{"invoice_date": START, "date": START}])
        credit_note.action_post()
        originals, credited = self._schedules(invoice), self._schedules(credit_note)
        self.assertEqual(credited.mapped("corrected_schedule_id.total"), [100, 200, 300])
        self.assertEqual(originals.correction_ids, credited)
        self._close(date(2026, 1, 31))
        self.assertDeferred(0)

    def test_days_outside_the_original_run_alone(self):
        invoice = self._invoice(365, START, END)
        credit = self._credit(invoice, START, 31, date_start=date(2027, 1, 1), date_end=date(2027, 1, 31))
        self.assertFalse(credit.corrected_schedule_id)

    def test_reset_and_posted_again(self):
        invoice = self._invoice(365, START, END)
        credit = self._credit(invoice, date(2026, 2, 1), 184, date_start=JULY)
        self._months(1, 2)
        credit.source_move_id.button_draft()
        self.assertEqual(self._months(3), [31])
        credit.source_move_id.action_post()
        self.assertEqual(credit.corrected_schedule_id, self._schedules(invoice))
        self.assertEqual(self._months(6, 7), [91, 0])
        self.assertDeferred(0)

    def test_without_its_original_it_runs_alone_and_finds_a_new_one(self):
        invoice = self._invoice(365, START, END)
        credit = self._credit(invoice, date(2026, 2, 1), 184, date_start=JULY)
        original = self._schedules(invoice)
        self._months(6)
        invoice.button_draft()
        july = self._close(JULY)
        self.assertEqual(july.amount, -181 - 31)
        self.assertTies()
        july.action_reopen()
        invoice.invoice_line_ids.account_id = self.deferred_account.copy({"name": "Other deferral"})
        invoice.action_post()
        self.assertEqual(credit.corrected_schedule_id, self._schedules(invoice) - original)
        self._months(7, 12)
        self.assertEqual(self._balance(self.income_account), 181)
