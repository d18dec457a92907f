from odoo import models
from odoo.tools import SQL

from ..domain.recognition import MILESTONE, PERCENT


class RecurringRevenueSchedule(models.Model):
    """A schedule that takes the place of another one, since its line was posted anew with other accounts."""

    _inherit = "recurring.revenue.schedule"

    def _relink_corrections(self, detached):
        """Have the successor of a schedule go on with what persons have decided about it, too."""
        result = super()._relink_corrections(detached)
        if detached:
            pairs = SQL(", ").join(SQL("(%s, %s)", old_id, line_id) for old_id, line_id in detached)
            for query in self._get_succession_queries(SQL("(VALUES %s) pair (old_id, line_id)", pairs)):
                self.env.cr.execute(query)
            self.env["recurring.revenue.adjustment"].invalidate_model()
            self.env["recurring.revenue.schedule.step"].invalidate_model()
        return result

    def _get_succession_queries(self, pairs):
        """Return the statements that hand over a hold, adjustments, and the milestones or progress reported.

        Hook: other addons hand over what is theirs.

        :param SQL pairs: a table expression of ``old_id``, the old schedule's, and ``line_id``
        :rtype: list[SQL]
        """
        successors = SQL(
            """
            %s
              JOIN recurring_revenue_schedule old ON old.id = pair.old_id
              JOIN recurring_revenue_schedule new ON new.source_line_id = pair.line_id
            """,
            pairs,
        )
        return [
            SQL(
                """
                UPDATE recurring_revenue_schedule schedule
                   SET on_hold = old.on_hold, is_adjusted = old.is_adjusted
                  FROM %s
                 WHERE schedule.id = new.id
                """,
                successors,
            ),
            SQL(
                """
                UPDATE recurring_revenue_adjustment adjustment
                   SET schedule_id = new.id, company_id = new.company_id
                  FROM %s
                 WHERE adjustment.schedule_id = old.id
                """,
                successors,
            ),
            SQL(
                """
                UPDATE recurring_revenue_schedule_step step
                   SET schedule_id = new.id, company_id = new.company_id
                  FROM %s
                 WHERE step.schedule_id = old.id AND new.method = old.method AND old.method IN %s
                """,
                successors,
                (MILESTONE, PERCENT),
            ),
        ]
