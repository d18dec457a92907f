from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import RecurringRevenueCommon

START, END = date(2026, 1, 1), date(2026, 12, 31)


@tagged("post_install", "-at_install")
class TestDeferral(RecurringRevenueCommon):
    def test_a_service_period_defers(self):
        invoice = self._invoice(1000, START, END)
        line = invoice.invoice_line_ids
        self.assertEqual(line.recurring_revenue_rule_id, self.rule_by_day)
        self.assertEqual(line.account_id, self.deferred_account)
        self.assertEqual(line.recurring_revenue_account_id, self.income_account)

    def test_a_heading_has_no_account(self):
        heading = Command.create({"display_type": "line_section", "name": "Hosting", "account_id": False})
        invoice = self._create_document([heading, self._line(1000, START, END)], START)
        section = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "line_section")
        section._compute_recurring_revenue_account_id()
        section._apply_recurring_deferral()
        self.assertFalse(section.account_id | section.recurring_revenue_account_id)

    def test_no_service_period_no_deferral(self):
        invoice = self._invoice(1000, None, None, day=START)
        line = invoice.invoice_line_ids
        self.assertEqual(line.account_id, self.income_account)
        self.assertFalse(line.recurring_revenue_account_id)
        self.assertFalse(self._schedules(invoice))

    def test_tax_is_not_deferred(self):
        invoice = self._create_document([self._line(1000, START, END, tax_ids=[Command.set(self.tax.ids)])], START)
        self.assertGreater(invoice.amount_tax, 0)
        self.assertEqual(self._schedules(invoice).total, 1000)
        self.assertEqual(self._balance(self.deferred_account), 1000)

    def test_nearest_rule_wins(self):
        parent = self.env["product.category"].create({"name": "All services"})
        category = self.env["product.category"].create({"name": "Hosting", "parent_id": parent.id})
        self.hosting.categ_id = category
        template = self.hosting.product_tmpl_id
        for record, rule in (
            (self.company, self.rule_by_month),
            (parent, self.rule_at_once),
            (category, self.rule_by_day),
            (template, self.rule_by_month),
        ):
            record.recurring_revenue_rule_id = rule
            with self.subTest(record=record):
                self.assertEqual(template._get_recurring_revenue_rule(self.company), rule)

    def test_at_once_is_not_deferred(self):
        self.hosting.recurring_revenue_rule_id = self.rule_at_once
        invoice = self._invoice(1000, START, END)
        self.assertEqual(invoice.invoice_line_ids.account_id, self.income_account)
        self.assertFalse(self._schedules(invoice))

    def test_rule_with_an_account_of_its_own(self):
        account = self.deferred_account.copy({"name": "Deferred hosting"})
        self.rule_by_day.with_company(self.company).deferred_account_id = account
        invoice = self._invoice(1000, START, END)
        self.assertEqual(invoice.invoice_line_ids.account_id, account)

    def test_typed_by_hand(self):
        with Form(self.env["account.move"].with_context(default_move_type="out_invoice")) as form:
            form.partner_id = self.partner_a
            form.invoice_date = START
            with form.invoice_line_ids.new() as line:
                line.product_id = self.hosting
                line.price_unit = 1200
                self.assertEqual(line.account_id, self.income_account)
                line.recurring_date_start = START
                line.recurring_date_end = END
                self.assertEqual(line.account_id, self.deferred_account)
        line = form.record.invoice_line_ids
        self.assertEqual(line.account_id, self.deferred_account)
        self.assertEqual(line.recurring_revenue_account_id, self.income_account)
        with Form(form.record) as form, form.invoice_line_ids.edit(0) as line:
            line.recurring_revenue_rule_id = self.rule_at_once
            self.assertEqual(line.account_id, self.income_account)
        self.assertFalse(form.record.invoice_line_ids.recurring_revenue_account_id)

    def test_chosen_accounts_are_kept(self):
        income = self.income_account.copy({"name": "Other income"})
        liability = self.deferred_account.copy({"name": "Other deferral"})
        invoice = self._create_document(
            [
                self._line(100, START, END, account_id=income.id),
                self._line(
                    100,
                    START,
                    END,
                    account_id=liability.id,
                    recurring_revenue_account_id=income.id,
                ),
            ],
            START,
        )
        self.assertRecordValues(
            invoice.invoice_line_ids,
            [
                {
                    "account_id": self.deferred_account.id,
                    "recurring_revenue_account_id": income.id,
                },
                {"account_id": liability.id, "recurring_revenue_account_id": income.id},
            ],
        )

    def test_dates_written_later_count_when_posting(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "invoice_date": START,
                "invoice_line_ids": [self._line(100)],
            }
        )
        line = invoice.invoice_line_ids
        line.write({"recurring_date_start": START, "recurring_date_end": END})
        invoice.action_post()
        self.assertEqual(line.account_id, self.deferred_account)
        self.assertEqual(len(self._schedules(invoice)), 1)

    def test_line_without_a_product(self):
        invoice = self._create_document([self._line(100, START, END, product_id=False, name="Hosting by phone")], START)
        line = invoice.invoice_line_ids
        self.assertEqual(line.account_id, self.deferred_account)
        self.assertEqual(line.recurring_revenue_account_id.internal_group, "income")

    def test_vendor_bills_are_left_alone(self):
        bill = self._create_document([self._line(100, START, END)], START, move_type="in_invoice")
        self.assertEqual(bill.invoice_line_ids.account_id.internal_group, "expense")
        self.assertFalse(self._schedules(bill))

    def test_missing_account_is_named_when_posting(self):
        self.company.deferred_revenue_account_id = False
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "invoice_date": START,
                "invoice_line_ids": [self._line(100, START, END)],
            }
        )
        with self.assertRaisesRegex(UserError, "no account for deferred revenue"):
            invoice.action_post()

    def test_credit_note_of_an_invoice_mirrors_it(self):
        invoice = self._invoice(1000, START, END)
        credit_note = invoice._reverse_moves([{"invoice_date": START, "date": START}])
        credit_note.action_post()
        self.assertEqual(credit_note.invoice_line_ids.account_id, self.deferred_account)
        self.assertRecordValues(self._schedules(invoice + credit_note), [{"total": 1000}, {"total": -1000}])
        self._close(date(2026, 1, 31))
        self.assertEqual(self._balance(self.deferred_account), 0)
        self.assertEqual(self._balance(self.income_account), 0)
        self.assertTies()

    def test_odd_years_are_refused(self):
        for days in ((date(2026, 1, 1), date(9999, 12, 31)), (date(1, 1, 1), date(2026, 1, 31))):
            with self.assertRaisesRegex(ValidationError, "really begins and ends"):
                self._invoice(365, *days, day=date(2026, 1, 1))
        leap = self._invoice(366, date(2024, 1, 1), date(2024, 12, 31), day=date(2026, 1, 1))
        self.assertTrue(leap.invoice_line_ids.recurring_revenue_account_id)
