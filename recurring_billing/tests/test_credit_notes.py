from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import RecurringBillingCommon

JUNE = date(2026, 6, 1)
JULY = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestCreditNotes(RecurringBillingCommon):
    """What each of Odoo's own ways to credit an invoice means for the contracts that it charges."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "credit_clerk", "account.group_account_invoice",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip

    def _reverse(self, invoice, meaning="goodwill", modify=False):
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.clerk)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"date": JUNE, "recurring_meaning": meaning, "journal_id": invoice.journal_id.id})
        )
        self.assertTrue(wizard.recurring_has_charges)
        wizard.modify_moves() if modify else wizard.refund_moves()
        return wizard.new_move_ids

    def _billed(self, contract):
        """Return what is charged less what is credited, by invoices that count."""
        return round(sum(contract.charge_ids.filtered(lambda c: c.state in ("draft", "posted")).mapped("amount")), 2)

    def test_goodwill_stays_billed(self):
        contract = self._create_contract(JUNE)
        invoice = self._bill(JUNE)
        refund = self._reverse(invoice)
        refund.invoice_line_ids.price_unit = 30
        refund.action_post()
        self.assertEqual((refund.move_type, refund.amount_untaxed), ("out_refund", 30.0))
        self.assertEqual((contract.charge_ids.state, self._billed(contract)), ("posted", 100.0))
        self.assertFalse(self._bill(JUNE))
        self.assertEqual(self._bill(JULY).amount_untaxed, 100.0)

    def test_correction_is_billed_again(self):
        contract = self._create_contract(JUNE)
        invoice = self._bill(JUNE)
        refund = self._reverse(invoice, "rebill")
        refund.action_post()
        self.assertEqual(self._billed(contract), 0.0)
        again = self._bill(JUNE)
        self.assertEqual((again.amount_untaxed, self._billed(contract)), (100.0, 100.0))
        self.assertFalse(self._bill(JUNE))
        self.assertEqual(self._bill(JULY).amount_untaxed, 100.0)

    def test_correction_is_billed_again_at_the_amended_terms(self):
        contract = self._create_contract(JUNE)
        refund = self._reverse(self._bill(JUNE), "rebill")
        refund.action_post()
        self._amend(contract.item_ids, "price", JUNE, price_unit=80)
        self.assertEqual(self._bill(JUNE).amount_untaxed, 80.0)

    def test_correction_in_part(self):
        contract = self._create_contract(JUNE, [{}, {"price_unit": 7}])
        refund = self._reverse(self._bill(JUNE), "rebill")
        line = refund.invoice_line_ids.filtered(lambda line: line.price_unit == 100)
        with self.assertRaisesRegex(UserError, "follow from the contract"):
            line.price_unit = 50
        refund.invoice_line_ids = [Command.delete(line.id)]
        refund.action_post()
        self.assertEqual((refund.amount_untaxed, self._billed(contract)), (7.0, 100.0))
        self.assertEqual(self._bill(JUNE).amount_untaxed, 7.0)
        self.assertEqual(self._billed(contract), 107.0)

    def test_correction_given_up(self):
        contract = self._create_contract(JUNE)
        self._reverse(self._bill(JUNE), "rebill").unlink()
        self.assertFalse(self._bill(JUNE))
        self.assertEqual(self._billed(contract), 100.0)
        self.assertEqual(self._bill(JULY).amount_untaxed, 100.0)

    def test_correction_of_what_was_credited_before_is_refused(self):
        contract = self._create_contract(JUNE, [{"price_unit": 30}])
        invoice = self._bill(JUNE)
        contract._end(date(2026, 6, 10))
        self._bill(date(2026, 6, 11))
        with self.assertRaisesRegex(UserError, "was credited before"):
            self._reverse(invoice, "rebill")

    def test_reverse_and_reissue_stays_billed_on_the_new_invoice(self):
        contract = self._create_contract(JUNE)
        invoice = self._bill(JUNE)
        draft = self._reverse(invoice, modify=True)
        self.assertEqual(
            (draft.state, contract.charge_ids.move_id, contract.charge_ids.state), ("draft", draft, "draft")
        )
        self.assertFalse(self._bill(JUNE))
        with self.assertRaisesRegex(UserError, "follow from the contract"):
            draft.invoice_line_ids.price_unit = 5
        draft.action_post()
        self.assertEqual((contract.charge_ids.state, self._billed(contract)), ("posted", 100.0))
        draft.button_draft()
        draft.unlink()
        self.assertEqual(self._bill(JUNE).amount_untaxed, 100.0)

    def test_credit_note_names_the_invoice(self):
        self._create_contract(JUNE)
        invoice = self._bill(JUNE)
        refund = self._reverse(invoice)
        self.assertEqual(refund.recurring_corrected_move_ids, invoice)
        self.assertEqual(refund._get_recurring_corrected_text(), f"{invoice.name} (06/01/2026)")
        self.assertEqual(Form(refund).recurring_corrected_move_ids[:], invoice)

    def test_credit_note_names_all_invoices(self):
        contract = self._create_contract(date(2026, 5, 1), [{"price_unit": 31}])
        invoices = self._bill(date(2026, 5, 1)) + self._bill(JUNE)
        contract._end(date(2026, 5, 10))
        refund = self._bill(JUNE)
        self.assertEqual((refund.move_type, refund.recurring_corrected_move_ids), ("out_refund", invoices))
        self.assertEqual(
            refund._get_recurring_corrected_text(),
            f"{invoices[0].name} (05/01/2026), {invoices[1].name} (06/01/2026)",
        )
        self.assertFalse(refund.reversed_entry_id)
        for report in ("account.report_invoice", "account.report_invoice_with_payments"):
            html = self.env["ir.actions.report"]._render_qweb_html(report, refund.ids)[0].decode()
            for invoice in invoices:
                self.assertIn(invoice.name, html)
            self.assertIn("05/01/2026", html)
