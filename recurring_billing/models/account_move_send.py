from odoo import api, models
from odoo.exceptions import UserError


class AccountMoveSend(models.AbstractModel):
    """The report that the company chose for contracts' invoices, and sending that one failure does not stop."""

    _inherit = "account.move.send"

    @api.model
    def _get_default_pdf_report_id(self, move):
        """Extend with the company's choice, after the customer's and the journal's."""
        company = move.company_id
        own = company.recurring_invoice_report_id
        chosen = (
            move.commercial_partner_id.with_company(company).invoice_template_pdf_report_id
            or move.journal_id.with_company(company).invoice_template_pdf_report_id
        )
        if own and not chosen and move.recurring_contract_count and move._is_action_report_available(own):
            return own
        return super()._get_default_pdf_report_id(move)

    @api.model
    def _generate_and_send_invoices(
        self, moves, from_cron=False, allow_raising=True, allow_fallback_pdf=False, **custom_settings
    ):
        """Extend the sending in the background: one invoice that fails keeps no other from being sent.

        Odoo sends several in one go; where that fails, they are sent in ever smaller parts, down to the culprits.
        """
        settings = {
            "from_cron": from_cron,
            "allow_raising": allow_raising,
            "allow_fallback_pdf": allow_fallback_pdf,
            **custom_settings,
        }
        if not from_cron:
            return super()._generate_and_send_invoices(moves, **settings)
        try:
            with self.env.cr.savepoint():
                return super()._generate_and_send_invoices(moves, **settings)
        except Exception as error:  # pylint: disable=broad-except
            # Whatever is wrong with one invoice must not keep the others from being sent.
            if len(moves) > 1:
                half = len(moves) // 2
                parts = moves[:half], moves[half:]
                sent = [self._generate_and_send_invoices(part, **settings) for part in parts]
                return sent[0] | sent[1]
            reason = str(error.args[0]) if isinstance(error, UserError) else str(error)
            moves.write({"sending_data": False, "recurring_sending_error": reason})
            moves.message_post(body=self.env._("Could not be sent: %(reason)s", reason=reason))
            return self.env["ir.attachment"]
