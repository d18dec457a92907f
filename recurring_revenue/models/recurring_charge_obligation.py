from odoo import models


class RecurringCharge(models.Model):
    _inherit = "recurring.charge"

    def _prepare_invoice_line_values(self, move_type):
        """Bill items under the contract basis to the balance account of their contract."""
        values = super()._prepare_invoice_line_values(move_type)
        corrected_line = self.corrected_charge_id.invoice_line_id
        # sudo: who bills need not see the obligations
        billed = corrected_line.sudo().recurring_obligation_id
        obligation = billed or self.sudo()._get_obligation()
        if corrected_line and not billed and obligation.date_start and self.date_start < obligation.date_start:
            obligation = obligation.browse()  # of a term before the contract basis
        values["recurring_obligation_id"] = obligation.id
        if obligation and not billed:
            values["recurring_revenue_account_id"] = False
            values["recurring_cutoff_account_id"] = False
            values["account_id"] = obligation.allocation_id.balance_account_id.id
        return values

    def _get_obligation(self):
        """Return the obligation whose term the charge bills, the latest one before it where none does.

        What belongs to days before a contract was moved to the contract basis stays on the invoice basis.
        """
        self.ensure_one()
        obligations = self.item_id.obligation_ids.sorted("date_start")
        begun = obligations.filtered(lambda obligation: obligation.date_start <= self.date_start)
        return begun[-1:] or obligations[:1].filtered(lambda obligation: not obligation.is_taken_over)
