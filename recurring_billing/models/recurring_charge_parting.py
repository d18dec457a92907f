from odoo import models
from odoo.exceptions import UserError

from .recurring_biller_pair import Side


class RecurringCharge(models.Model):
    """Asking why two charges are not on one invoice."""

    _inherit = "recurring.charge"

    def action_why_apart(self):
        """Say what keeps two charges from sharing an invoice.

        :raise UserError: unless exactly two are chosen
        """
        if len(self) != 2:
            raise UserError(self.env._("Choose two charges to learn why they are not on one invoice."))
        return self.env["recurring.biller"]._open_why_apart([charge._get_parting_side() for charge in self])

    def _get_parting_side(self):
        """Return the charge as one of two things that are compared.

        :rtype: Side
        """
        self.ensure_one()
        move = self.move_id if self.state in ("draft", "posted") else self.env["account.move"]
        biller = self.env["recurring.biller"]
        key = biller._complete_key(self._get_grouping_key(), {})
        if move:
            key |= biller._get_header_key(move)
        label = self.display_name
        if move:
            label = self.env._("%(charge)s (%(invoice)s)", charge=label, invoice=move.display_name)
        owner = self.contract_id.partner_invoice_id.commercial_partner_id
        return Side(label, move.id or None, move.display_name or "", owner, move.recurring_run_id or self.run_id, key)
