from odoo import fields, models
from odoo.exceptions import UserError


class RecurringRevenueRun(models.Model):
    """The checks of the books before a close."""

    _inherit = "recurring.revenue.run"

    exception_reason = fields.Text(
        "Reason to Close All the Same",
        copy=False,
        help="Needed only while a check of the books is red. It stays on record below.",
    )

    def _check_books(self):
        """Refuse to close while a check is red, unless somebody has entered a reason.

        The reason is put on record, with the checks that it excuses, and used up.

        :raise UserError: naming the checks that are red
        """
        self.ensure_one()
        failing = self.env["recurring.revenue.check"]._get_failing(self.company_id)
        if not failing:
            return
        labels = dict(self.env["recurring.revenue.check"]._fields["code"]._description_selection(self.env))
        checks = "; ".join(
            self.env._("%(check)s (%(count)s to look at)", check=labels[code], count=count)
            for code, count in failing.items()
        )
        reason = (self.exception_reason or "").strip()
        if not reason:
            raise UserError(
                self.env._(
                    "%(run)s is not closed, since the books do not agree. Not in order: %(checks)s. Look at them "
                    "under Revenue, Reconcile; or enter on the close the reason to close all the same.",
                    run=self.display_name,
                    checks=checks,
                )
            )
        self.message_post(
            body=self.env._(
                "Closed although not all was in order: %(checks)s. Reason: %(reason)s", checks=checks, reason=reason
            )
        )
        self.exception_reason = False

    def action_open_checks(self):
        """Show the checks of the books."""
        self.ensure_one()
        return self._open("recurring_revenue.recurring_revenue_check_action", [("company_id", "=", self.company_id.id)])
