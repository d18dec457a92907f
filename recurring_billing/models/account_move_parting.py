from odoo import models
from odoo.exceptions import UserError

from .recurring_biller_pair import Side


class AccountMove(models.Model):
    """Asking why what two invoices carry is not on one."""

    _inherit = "account.move"

    def action_recurring_why_apart(self):
        """Say what keeps the charges of two invoices from sharing one.

        :raise UserError: unless exactly two invoices are chosen that were billed from contracts
        """
        if len(self) != 2:
            raise UserError(self.env._("Choose two invoices to learn why they are not one."))
        return self.env["recurring.biller"]._open_why_apart([move._get_parting_side() for move in self])

    def _get_parting_side(self):
        """Return the invoice as one of two things that are compared.

        :rtype: Side
        :raise UserError: where it was not billed from contracts
        """
        self.ensure_one()
        biller = self.env["recurring.biller"]
        charge = self.invoice_line_ids.recurring_charge_ids[:1]
        # sudo: the properties of an order may be known to whoever sees its invoice
        order = self.sudo().invoice_line_ids.sale_line_ids.order_id[:1]
        if charge:
            key = charge._get_grouping_key()
            owner = charge.contract_id.partner_invoice_id.commercial_partner_id
        elif order and self.recurring_run_id:
            key = biller._get_order_key(order, [], {})
            owner = order.partner_invoice_id.commercial_partner_id.with_env(self.env)
        else:
            raise UserError(
                self.env._(
                    "%(invoice)s was not billed from contracts. Choose invoices of a billing run.",
                    invoice=self.display_name,
                )
            )
        key |= biller._get_header_key(self)
        return Side(self.display_name, self.id, self.display_name, owner, self.recurring_run_id, key)
