from odoo import models
from odoo.exceptions import UserError

from .recurring_biller_pair import Side


class RecurringBillRunPreview(models.Model):
    """Asking why two lines of a preview are not going to be on one invoice."""

    _inherit = "recurring.bill.run.preview"

    def action_why_apart(self):
        """Say what keeps two lines of a preview from sharing an invoice.

        :raise UserError: unless exactly two are chosen
        """
        if len(self) != 2:
            raise UserError(self.env._("Choose two lines to learn why they are not on one invoice."))
        return self.env["recurring.biller"]._open_why_apart([line._get_parting_side() for line in self])

    def _get_parting_side(self):
        """Return the line as one of two things that are compared.

        :rtype: Side
        """
        self.ensure_one()
        label = self.env._(
            "%(line)s (invoice %(number)s)", line=self._format_subject(self.read(load=None)[0]), number=self.number
        )
        invoice = self.env._(
            "invoice %(number)s of %(customer)s", number=self.number, customer=self.commercial_partner_id.display_name
        )
        return Side(
            label, (self.customer_id.id, self.number), invoice, self.commercial_partner_id, self.run_id,
            self._get_grouping_key(),
        )  # fmt: skip

    def _get_grouping_key(self):
        """Return what the line must have in common with others to share an invoice, as its charge says."""
        self.ensure_one()
        biller = self.env["recurring.biller"]
        if self.sale_line_id:
            # sudo: the properties of an order may be known to whoever sees that it is invoiced
            order = self.sudo().sale_line_id.order_id
            keys = [line._get_grouping_key() for line in self.customer_id.preview_ids if line.item_id]
            key = biller._get_order_key(order, keys, {})
        else:
            names = ("company_id", "contract_id", "item_id", "partner_id", "currency_id", "corrected_charge_id")
            charge = self.env["recurring.charge"].new(
                {name: self[name].id for name in names} | {"amount": self.amount_untaxed}
            )
            key = charge._get_grouping_key()
        return key | {
            "partner_id": self.partner_id.id,
            "payment_term_id": self.payment_term_id.id,
            "payment_method_line_id": self.payment_method_line_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "journal_id": self.journal_id.id,
        }
