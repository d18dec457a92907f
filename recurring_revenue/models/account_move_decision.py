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
        self._check_not_moved()
        return super()._check_draftable()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        if not self.env.context.get("recurring_undoing_decision"):
            self._check_not_of_decision()
        return super()._reverse_moves(default_values_list, cancel)

    def _check_not_moved(self):
        """Refuse to reset an entry whose deferred revenue was moved to the contract basis.

        :raise UserError: naming the decision
        """
        # sudo: who changes an invoice need not see its schedules
        moved = self.env["recurring.revenue.adjustment"].sudo()
        for adjustment in moved.search(
            [
                ("schedule_id.source_move_id", "in", self.ids),
                ("decision_id", "!=", False),
                ("is_undone", "=", False),
            ],
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "What %(entry)s deferred was moved to the contract basis (%(decision)s). Credit it instead, or "
                    "undo the decision first.",
                    entry=adjustment.schedule_id.source_move_id.display_name,
                    decision=adjustment.decision_id.display_name,
                )
            )

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
