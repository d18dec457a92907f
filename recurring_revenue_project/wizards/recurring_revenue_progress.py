from odoo import api, fields, models
from odoo.exceptions import UserError


class RecurringRevenueProgress(models.TransientModel):
    """Reports progress by hand, or chooses the project that it comes from."""

    _inherit = "recurring.revenue.progress"

    project_id = fields.Many2one(
        "project.project", compute="_compute_project_id", store=True, readonly=False, help="Progress comes from it."
    )
    progress_source = fields.Selection(
        lambda self: self.env["recurring.revenue.schedule"]._fields["progress_source"]._description_selection(self.env),
        "Progress From",
        compute="_compute_project_id",
        store=True,
        readonly=False,
        help="Each close takes the percentage from the project first. Empty: it is entered by hand.",
    )

    @api.depends("schedule_id")
    def _compute_project_id(self):
        for progress in self:
            progress.project_id = progress.schedule_id.project_id
            progress.progress_source = progress.schedule_id.progress_source

    @api.onchange("date", "project_id", "progress_source")
    def _onchange_progress_source(self):
        if self.date and self.progress_source and self._may_see_project():
            # sudo: an accountant need not see the tasks; only their sums are read
            done, planned = self.sudo().project_id._get_recurring_progress(
                self.progress_source, self.date, self.schedule_id.sudo()._get_progress_lines()
            )
            self.percent = min(max(done / planned, 0.0), 1.0) * 100 if planned else 0.0

    def _may_see_project(self):
        """Tell whether its sums may be shown: it is the schedule's own, or one that the user sees anyway."""
        project = self.project_id._origin
        return bool(project) and (project == self.schedule_id.project_id or project.has_access("read"))

    def action_report(self):
        """Choose the source; report what it says, or without one what was entered.

        :raise UserError: where the project has nothing to measure by
        """
        self.ensure_one()
        schedule = self.schedule_id
        source = self.project_id and self.progress_source
        if (schedule.project_id, schedule.progress_source) != (self.project_id, source):
            schedule._set_progress_source(self.project_id, source)
        if not source:
            return super().action_report()
        schedule._check_may_adjust()
        unmeasured = schedule._follow_project(self.date)
        if unmeasured:
            raise UserError(unmeasured._get_unmeasured_note())
        return {"type": "ir.actions.act_window_close"}
