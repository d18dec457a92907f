import datetime

from odoo import fields, models

TASKS = "tasks"
HOURS = "hours"
MILESTONES = "milestones"


class ProjectProject(models.Model):
    """Measures how much of a project is complete."""

    _inherit = "project.project"

    def _get_recurring_progress(self, source, date, lines=None):
        """Return how much of the project was complete at the end of a day.

        :param str source: ``tasks`` (those that are closed), ``hours`` (spent over planned where the tasks keep
            time, else the planned hours of closed tasks) or ``milestones`` (those that are reached, by their
            share of the ordered quantity where they have one)
        :param datetime.date date: the day (inclusive). What bears a later day is left out: milestones the day
            on which they were reached, time its own, tasks that on which they came to a folded stage; a task
            that is closed in another way bears none
        :param lines: the ``sale.order.line`` whose milestones count, where it has any; else all of the project
        :return: done and all, such as hours; all is zero where the project has none
        :rtype: tuple[float, float]
        """
        self.ensure_one()
        if source == MILESTONES:
            return self._get_milestone_progress(date, lines)
        tasks = self.env["project.task"].search([("project_id", "=", self.id), ("state", "!=", "1_canceled")])
        closed = tasks.filtered("is_closed").filtered(
            lambda task: not task.date_end or fields.Datetime.context_timestamp(task, task.date_end).date() <= date
        )
        if source == TASKS:
            return float(len(closed)), float(len(tasks))
        own = tasks.filtered(lambda task: not task.parent_id)
        planned = sum(own.mapped("allocated_hours"))
        if "timesheet_ids" in tasks._fields:
            return self._get_hours_spent(date), planned
        return sum((closed & own).mapped("allocated_hours")), planned

    def _get_milestone_progress(self, date, lines):
        milestones = self.milestone_ids
        if lines:
            milestones = milestones.filtered(lambda milestone: milestone.sale_line_id in lines) or milestones
        weights = {milestone: milestone.quantity_percentage for milestone in milestones}
        if not any(weights.values()):
            weights = dict.fromkeys(milestones, 1.0)
        reached = milestones.filtered(lambda milestone: milestone.is_reached and milestone.reached_date <= date)
        return sum(weights[milestone] for milestone in reached), sum(weights.values())

    def _get_hours_spent(self, date):
        """Return the hours that were recorded on the project's tasks through a day."""
        [[hours]] = self.env["account.analytic.line"]._read_group(
            [
                ("task_id.project_id", "=", self.id),
                ("task_id.state", "!=", "1_canceled"),
                ("date", "<", date + datetime.timedelta(days=1)),
            ],
            [],
            ["unit_amount:sum"],
        )
        return hours or 0.0
