from odoo import models

from odoo.addons.recurring_revenue.domain.recognition import PERCENT


class RecurringRevenueRun(models.Model):
    """Closes that take percent complete from projects."""

    _inherit = "recurring.revenue.run"

    def _book_month(self):
        """Take the progress of projects first, as it was at the end of the month.

        A project with nothing to measure by does not hold up the close: its schedule keeps the progress
        that was reported last, and the close says so in its chatter.
        """
        schedules = self.env["recurring.revenue.schedule"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("method", "=", PERCENT),
                ("state", "!=", "cancelled"),
                ("date", "<=", self.date_end),
                ("progress_source", "!=", False),
                ("project_id", "!=", False),
            ]
        )
        for schedule in schedules._follow_project(min(self.date_end, self.company_id._recurring_today())):
            self.message_post(body=schedule._get_unmeasured_note())
        return super()._book_month()
