from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Entries that take openings of deferred revenue back on the next day follow the entries that opened it."""

    _inherit = "account.move"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("draft", "cancel"):
            self._get_recurring_opening_reversals()._follow_recurring_opening(vals["state"])
        return result

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._get_recurring_opening_reversals()._follow_recurring_opening("posted")
        return posted

    def _get_recurring_opening_reversals(self):
        """Return the entries that took back, on the next day, what these have opened under cut-off booking."""
        entries = self.filtered(lambda move: move.move_type == "entry")
        if not entries:
            return entries
        # sudo: who changes an entry need not see the schedules that it opened
        opening = self.env["recurring.revenue.schedule"].sudo()
        domain = [("source_move_id", "in", entries.ids), ("is_opening", "=", True), ("booking", "=", "cutoff")]
        return opening.search(domain).source_move_id.reversal_move_ids.with_env(self.env)

    def _follow_recurring_opening(self, state):
        """Bring entries into the state of those that they take back."""
        moves = self.filtered(lambda move: move.state != state).with_context(recurring_follows_opening=True)
        if not moves:
            return
        if state == "cancel":
            moves.button_cancel()
            return
        moves.filtered(lambda move: move.state != "draft").button_draft()
        if state == "posted":
            moves._post(soft=False)

    def _check_draftable(self):
        if not self.env.context.get("recurring_follows_opening"):
            for move in self.filtered(lambda move: move.reversed_entry_id not in self):
                move._check_not_opening_reversal()
        return super()._check_draftable()

    def _check_not_opening_reversal(self):
        """Refuse that an entry which takes an opening back is reset without the opening.

        :raise UserError: saying which entry to reset
        """
        if self in self.reversed_entry_id._get_recurring_opening_reversals():
            raise UserError(
                self.env._(
                    "%(entry)s takes back %(opening)s, which opened deferred revenue. Reset that one to draft: "
                    "this one follows.",
                    entry=self.display_name,
                    opening=self.reversed_entry_id.display_name,
                )
            )
