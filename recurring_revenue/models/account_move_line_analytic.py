from odoo import models


class AccountMoveLine(models.Model):
    """Posted lines of which Odoo lets the analytic distribution be changed: their revenue follows."""

    _inherit = "account.move.line"

    def write(self, vals):
        before = {}
        if "analytic_distribution" in vals:
            waiting = self.filtered(lambda line: line.parent_state == "posted" and line.recurring_revenue_account_id)
            before = {line: line.analytic_distribution or {} for line in waiting}
        result = super().write(vals)
        changed = self.filtered(lambda line: line in before and (line.analytic_distribution or {}) != before[line])
        if changed:
            changed._renew_recurring_schedules()
        return result

    def _renew_recurring_schedules(self):
        """Have the schedules of posted lines take over what has changed, as if their invoices were posted anew.

        What was recognised stays as it is: the next close takes it back and books it as it is now.
        """
        # without sudo: schedules are written set-based, by whoever may change their lines
        schedules = self.env["recurring.revenue.schedule"]
        schedules._cancel_for_moves(self.move_id)
        schedules._open_for_moves(self.move_id)
