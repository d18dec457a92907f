from odoo import api, fields, models
from odoo.exceptions import UserError

GOODWILL = "goodwill"
REBILL = "rebill"


class AccountMoveReversal(models.TransientModel):
    """Asks what a credit note means for the contracts that the invoice charges."""

    _inherit = "account.move.reversal"

    recurring_has_charges = fields.Boolean(compute="_compute_recurring_has_charges")
    recurring_meaning = fields.Selection(
        [(GOODWILL, "Goodwill: it stays billed"), (REBILL, "Correction: bill it again")],
        "What the Contracts Owe",
        required=True,
        default=GOODWILL,
        help="Goodwill: the customer is given the money back and the contracts owe nothing more.\n"
        "Correction: what the credit note takes back is owed again and billed by the next run at the "
        "contracts' terms. Delete the lines of the draft that are to stay billed.",
    )

    @api.depends("move_ids")
    def _compute_recurring_has_charges(self):
        for wizard in self:
            # sudo: charges are closed to some who may credit invoices
            wizard.recurring_has_charges = bool(wizard.sudo().move_ids.invoice_line_ids.recurring_charge_ids)

    def reverse_moves(self, is_modify=False):
        """Extend: charges follow the invoice that replaces theirs, or are credited to be billed again."""
        charged = self.move_ids.filtered(lambda m: m.recurring_contract_count and m.move_type == "out_invoice")
        action = super().reverse_moves(is_modify=is_modify)
        if is_modify:
            for move, replacement in zip(self.move_ids, self.new_move_ids, strict=True):
                if move in charged:
                    self._hand_over_recurring_charges(move, replacement)
        elif self.recurring_meaning == REBILL:
            for reversal in self.new_move_ids:
                if reversal.reversed_entry_id in charged:
                    self._credit_recurring_charges(reversal.reversed_entry_id, reversal)
        return action

    def _hand_over_recurring_charges(self, move, replacement):
        """Put the charges of a reversed invoice on the draft that replaces it."""
        charges, line_ids = self._pair_recurring_charges(move, replacement)
        charges._link_invoice_lines(line_ids)

    def _credit_recurring_charges(self, move, reversal):
        """Credit the charges of an invoice on its credit note, so that they are owed again."""
        charges, line_ids = self._pair_recurring_charges(move, reversal)
        charges._credit_on(line_ids, self.date)

    def _pair_recurring_charges(self, move, copy):
        """Return the charges of an invoice, and the line of its copy that says the same as each one's.

        :rtype: tuple[recurring.charge, list[int]]
        :raise UserError: where the copy does not have the same lines
        """
        lines, copies = (
            document.invoice_line_ids.filtered(lambda line: line.display_type == "product").sorted(
                lambda line: (line.sequence, line.id)
            )
            for document in (move, copy)
        )
        if lines.mapped("product_id.id") != copies.mapped("product_id.id"):
            raise UserError(
                self.env._(
                    "The lines of %(copy)s are not those of %(invoice)s: what the contracts owe cannot follow. "
                    "Choose goodwill, or amend the contracts.",
                    copy=copy.display_name,
                    invoice=move.display_name,
                )
            )
        targets = dict(zip(lines.ids, copies.ids, strict=True))
        # sudo: charges are written by the engine only; that they follow comes from the credit note,
        # which the user has just made with his own rights
        charges = lines.sudo().recurring_charge_ids
        return charges, [targets[charge.invoice_line_id.id] for charge in charges]
