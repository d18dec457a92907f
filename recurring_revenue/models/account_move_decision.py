from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Entries that move contracts to the contract basis."""

    _inherit = "account.move"

    recurring_decision_id = fields.Many2one(
        "recurring.accounting.decision",
        "Accounting Decision",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _check_draftable(self):
        self._check_not_of_decision()
        return super()._check_draftable()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        if not self.env.context.get("recurring_undoing_decision"):
            self._check_not_of_decision()
        return super()._reverse_moves(default_values_list, cancel)

    def _check_not_of_decision(self):
        """Refuse to change an entry that follows from a decision.

        :raise UserError: saying how it is taken back
        """
        for move in self.filtered("recurring_decision_id"):
            # sudo: who changes an entry need not see the decision
            decision = move.sudo().recurring_decision_id
            raise UserError(
                self.env._(
                    "%(entry)s was posted by an accounting decision (%(decision)s) and cannot be changed. Undo the "
                    "decision instead: it posts the reversal.",
                    entry=move.display_name,
                    decision=decision.display_name,
                )
            )
