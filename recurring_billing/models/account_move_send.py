from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    """Contracts' invoices are printed by the report that their company chose for them."""

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
