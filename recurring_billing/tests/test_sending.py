import runpy
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import file_path

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


class SendingCommon(RecurringBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "sending_clerk", "account.group_account_invoice", email="clerk@example.com",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.customer.email = "azure@example.com"
        cls.other = cls._create_customer("Gemini", email="gemini@example.com")
        cls.mute = cls._create_customer("Mute")

    def setUp(self):
        super().setUp()
        Report = self.env.registry["ir.actions.report"]
        # The PDF itself is Odoo's; a second and a half each would be all that it adds here.
        self.startPatcher(
            patch.object(Report, "_run_wkhtmltopdf", lambda *_args, **_kwargs: b"%PDF-1.4 a statement %%EOF")
        )

    def _mails(self, partner):
        return self.env["mail.mail"].sudo().search([("recipient_ids", "in", partner.ids)])


@tagged("post_install", "-at_install")
class TestSending(SendingCommon):
    """F59: what a run has posted is sent by each customer's preferred way."""

    def _run_and_send(self, **values):
        for partner in (self.customer, self.other, self.mute):
            self._create_contract(partner_id=partner.id)
        runs = self.env["recurring.bill.run"].with_user(self.clerk)
        run = runs.create({"company_id": self.company.id, "date_through": DAY, **values})
        run.action_start()
        return run

    def _send_in_background(self):
        cron = self.env.ref("account.ir_cron_account_move_send")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def _move(self, run, partner):
        return run.move_ids.filtered(lambda m: m.partner_id == partner)

    def test_f59_one_without_an_address_is_listed_and_the_others_are_sent(self):
        run = self._run_and_send()
        self.assertEqual((run.to_send_count, run.unsent_count), (3, 0))
        run.action_send()
        self.assertEqual((run.to_send_count, run.unsent_count, run.sending_count), (1, 1, 2))
        unsent = self._move(run, self.mute)
        self.assertIn("has no email address", unsent.recurring_sending_error)
        self.assertEqual(self.env["account.move"].search(run.action_view_unsent()["domain"]), unsent)
        self.assertEqual(Form(run).unsent_count, 1)
        self.mute.sudo().email = "mute@example.com"
        run.action_send()
        self.assertEqual((run.to_send_count, run.unsent_count), (0, 0))
        self.assertTrue(all(move.sending_data["author_user_id"] == self.clerk.id for move in run.move_ids))

    def test_f59_sent_manually_needs_no_address(self):
        self.mute.invoice_sending_method = "manual"
        run = self._run_and_send()
        run.action_send()
        self.assertEqual((run.to_send_count, run.unsent_count), (0, 0))

    def test_f59_one_failing_email_keeps_no_other_back(self):
        run = self._run_and_send()
        run.action_send()
        Send = self.env.registry["account.move.send"]
        origin = Send._get_default_mail_body
        broken = self._move(run, self.customer)

        def fail(sender, move, template, lang):
            if move.id == broken.id:
                reason = "The template is broken"
                raise UserError(reason)
            return origin(sender, move, template, lang)

        with (
            patch.object(Send, "_get_default_mail_body", fail),
            patch.object(Send, "_prepare_invoice_pdf_report", self._prepare_pdf),
        ):
            self._send_in_background()
        run.invalidate_recordset()
        self.assertTrue(self._move(run, self.other).is_move_sent)
        self.assertFalse(broken.is_move_sent)
        self.assertEqual((broken.recurring_sending_error, broken.sending_data), ("The template is broken", False))
        self.assertIn("The template is broken", broken.message_ids[0].body)
        self.assertEqual(run.unsent_count, 2)

    @staticmethod
    def _prepare_pdf(_sender, invoices_data):
        for invoice, data in invoices_data.items():
            data["pdf_attachment_values"] = {
                "name": "invoice.pdf", "raw": b"%PDF", "mimetype": "application/pdf",
                "res_model": "account.move", "res_id": invoice.id, "res_field": "invoice_pdf_report_file",
            }  # fmt: skip

    def test_f59_sent_automatically(self):
        self.company.recurring_auto_send = True
        run = self._run_and_send()
        self.assertEqual((run.state, run.to_send_count, run.unsent_count), ("done", 1, 1))
        self.assertTrue(self._move(run, self.customer).sending_data)

    def test_rights(self):
        run = self._run_and_send()
        seller = new_test_user(self.env, "sending_seller", "sales_team.group_sale_manager")
        with self.assertRaises(AccessError):
            run.with_user(seller).action_send()


@tagged("post_install", "-at_install")
class TestStatement(SendingCommon):
    """F59: statements of account as of a day, printed and sent."""

    def _statement(self, day, partner=None):
        partner = partner or self.customer
        return self.env["recurring.statement"].create(
            {"partner_id": partner.id, "company_id": self.company.id, "date": day}
        )

    def _pay(self, invoice, amount, day):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        return wizard.create({"amount": amount, "payment_date": day})._create_payments()

    def test_f59_as_of_a_day(self):
        self._create_contract()
        january = self._bill(DAY)
        february = self._bill(date(2026, 2, 1))
        self._pay(january, 50, date(2026, 2, 10))
        for day, expected in (
            (date(2025, 12, 31), []),
            (date(2026, 1, 31), [(january.name, 120.0)]),
            (date(2026, 2, 9), [(january.name, 120.0), (february.name, 120.0)]),
            (date(2026, 2, 10), [(january.name, 70.0), (february.name, 120.0)]),
        ):
            with self.subTest(day):
                items = self._statement(day)._get_open_items()
                self.assertEqual([(item["name"], float(item["open"])) for item in items], expected)
        figures = self._statement(date(2026, 3, 1))._get_figures()
        self.assertEqual(len(figures), 1)
        self.assertEqual(figures[0]["total"], 190.0)
        self.assertEqual(
            figures[0]["ageing"], {"not_due": 0.0, "due_30": 120.0, "due_60": 70.0, "due_90": 0.0, "due_older": 0.0}
        )

    def test_f59_currencies_and_credits(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        contract = self._create_contract(items=[{"price_unit": 31}])
        self._create_contract(currency_id=euro.id)
        self._bill(DAY)
        contract._end(date(2026, 1, 10))
        refund = self._bill(date(2026, 1, 11))
        figures = {part["currency"]: part["total"] for part in self._statement(date(2026, 1, 31))._get_figures()}
        self.assertEqual(refund.amount_total, 25.2)
        self.assertEqual(figures, {self.company.currency_id: 12.0, euro: 120.0})

    def test_f59_printed(self):
        self._create_contract()
        invoice = self._bill(DAY)
        statement = self._statement(date(2026, 1, 31))
        self.company.external_report_layout_id = self.env.ref("web.external_layout_standard")
        self.assertEqual(statement.action_print()["report_name"], "recurring_billing.report_recurring_statement")
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("recurring_billing.report_recurring_statement", statement.ids)[0]
            .decode()
        )
        self.assertIn(invoice.name, html)
        self.assertIn("120.00", html)

    def test_f59_sent_in_bulk_from_a_run(self):
        for partner in (self.customer, self.other, self.mute):
            self._create_contract(partner_id=partner.id)
        run = self._run(DAY).with_user(self.clerk)
        self._pay(run.move_ids.filtered(lambda m: m.partner_id == self.other), 120, DAY)
        action = run.action_send_statements()
        wizard = Form(self.env[action["res_model"]].with_user(self.clerk).with_context(**action["context"])).save()
        self.assertEqual(wizard.partner_ids, self.customer | self.other | self.mute)
        listed = wizard.action_send()
        statements = self.env["recurring.statement"].with_user(self.clerk).search(listed["domain"])
        self.assertEqual(statements.partner_id, self.customer | self.mute, "who owes nothing gets none")
        with self.enter_registry_test_mode():
            self.env.ref("recurring_billing.ir_cron_recurring_statement").method_direct_trigger()
        sent = statements.filtered(lambda s: s.partner_id == self.customer)
        failed = statements - sent
        self.assertEqual((sent.state, failed.state), ("sent", "failed"))
        self.assertIn("has no email address", failed.message)
        mail = self._mails(self.customer)
        self.assertEqual(mail.subject, f"{self.company.name}: statement of account")
        self.assertEqual(len(mail.attachment_ids), 1)
        self.mute.sudo().email = "mute@example.com"
        failed.action_send()
        self.assertEqual((failed.state, failed.message), ("to_send", False))

    def test_f59_sent_to_the_invoice_address(self):
        payables = self._create_customer("Payables", parent_id=self.customer.id, type="invoice")
        statement = self._statement(DAY)
        self.assertEqual(statement.recipient_id, self.customer, "the address has no email")
        payables.email = "payables@example.com"
        statement = self._statement(DAY)
        self.assertEqual(statement.recipient_id, payables)
        statement.sudo()._send()
        self.assertEqual(statement.state, "sent")
        self.assertTrue(self._mails(payables))
        self.assertFalse(self._mails(self.customer))

    def test_f59_an_untouched_template_follows_the_invoice_address(self):
        template = self.env.ref("recurring_billing.mail_template_recurring_statement")
        path = file_path("recurring_billing/migrations/19.0.1.2.0/post-statement_recipient.py")
        migrate = runpy.run_path(path)["migrate"]
        for before, after in (
            ("{{ object.partner_id.id }}", "{{ object.recipient_id.id }}"),
            ("{{ object.user_id.partner_id.id }}", "{{ object.user_id.partner_id.id }}"),
        ):
            template.partner_to = before
            migrate(self.env.cr, "19.0.1.1.0")
            template.invalidate_recordset()
            with self.subTest(before):
                self.assertEqual(template.partner_to, after)

    def test_f59_from_the_customer(self):
        self._create_contract()
        self._bill(DAY)
        wizard = Form(
            self.env["recurring.statement.wizard"]
            .with_user(self.clerk)
            .with_context(active_model="res.partner", active_ids=self.customer.ids)
        )
        wizard.date = date(2026, 1, 31)
        wizard = wizard.save()
        self.assertEqual(wizard.partner_ids, self.customer)
        self.assertEqual(wizard.action_print()["report_type"], "qweb-pdf")
        wizard.date = date(2025, 1, 31)
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            wizard.action_print()

    def test_rights(self):
        statement = self._statement(DAY)
        seller = new_test_user(self.env, "statement_seller", "sales_team.group_sale_manager")
        other = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env, "statement_stranger", "account.group_account_invoice",
            company_id=other.id, company_ids=[Command.set(other.ids)],
        )  # fmt: skip
        for user in (seller, stranger):
            with self.subTest(user.name), self.assertRaises(AccessError):
                statement.with_user(user).action_send()
            with self.subTest(user.name), self.assertRaises(AccessError):
                statement.with_user(user).read(["state"])
