from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_compare

from odoo.addons.recurring_revenue.domain.recognition import PERCENT

from .project_project import HOURS, MILESTONES, TASKS


class RecurringRevenueSchedule(models.Model):
    """Schedules whose percent complete comes from a project."""

    _inherit = "recurring.revenue.schedule"

    project_id = fields.Many2one(
        "project.project",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        help="Where percent complete comes from: the project of the order line that was invoiced, or another one.",
    )
    progress_source = fields.Selection(
        [
            (TASKS, "Tasks that are closed"),
            (HOURS, "Hours, done of planned"),
            (MILESTONES, "Milestones that are reached"),
        ],
        "Progress From",
        readonly=True,
        help="Each close takes the percentage from the project first.",
    )

    def _open_steps(self, line_ids):
        """Find the projects of what is recognised by percent complete."""
        result = super()._open_steps(line_ids)
        # sudo: who posts an invoice need not see the schedules that it opens, nor the projects
        self.sudo().search([("source_line_id", "in", line_ids)])._find_project()
        return result

    @api.model
    def _create_silently(self, vals_list):
        """Find the projects of obligations that are recognised by percent complete."""
        schedules = super()._create_silently(vals_list)
        schedules._find_project()
        return schedules

    def _find_project(self):
        """Note the project of the order lines that schedules by percent complete recognise, if there is one."""
        for schedule in self.filtered(
            lambda s: s.method == PERCENT and not s.project_id and not s.corrected_schedule_id and not s.is_concession
        ):
            lines = schedule._get_progress_lines()
            projects = (lines.project_id | lines.task_id.project_id | lines.order_id.project_id).filtered(
                lambda project, company=schedule.company_id: (
                    not project.company_id or project.company_id in company.parent_ids
                )
            )
            schedule.project_id = projects[:1]

    def _get_succession_queries(self, pairs):
        """Hand over the project that progress comes from, too."""
        return [
            *super()._get_succession_queries(pairs),
            SQL(
                """
                UPDATE recurring_revenue_schedule schedule
                   SET project_id = old.project_id, progress_source = old.progress_source
                  FROM %s
                  JOIN recurring_revenue_schedule old ON old.id = pair.old_id
                 WHERE schedule.source_line_id = pair.line_id AND schedule.method = old.method
                """,
                pairs,
            ),
        ]

    def _get_progress_lines(self):
        """Return the order lines of which the schedule recognises the revenue."""
        return self.source_line_id.sale_line_ids | self.item_id.sale_line_id

    def _set_progress_source(self, project, source):
        """Choose where percent complete comes from.

        :param project: the ``project.project``, empty for by hand
        :param str source: see the field
        :raise AccessError: where the user may not close months, or not see another project than the order's
        """
        self._check_may_adjust()
        if project and project != self.project_id:
            project.check_access("read")
        # sudo: nobody writes schedules by hand; the right to choose was checked above
        self.sudo().write({"project_id": project.id, "progress_source": source if project else False})

    def _measure_progress(self, date):
        """Return what of the project was done at the end of a day, and of how much; see the project's method.

        :param datetime.date date: the day (inclusive)
        :rtype: tuple[float, float]
        """
        self.ensure_one()
        # sudo: an accountant need not see the tasks; only their sums are read
        schedule = self.sudo()
        return schedule.project_id._get_recurring_progress(
            schedule.progress_source, date, schedule._get_progress_lines()
        )

    def _follow_project(self, date):
        """Report the progress of the projects at the end of a day, where it has changed.

        :param datetime.date date: the day of the report
        :return: the schedules whose project has nothing to measure by; they keep what was reported before
        """
        unmeasured = self.browse()
        for schedule in self.filtered(lambda s: s.method == PERCENT and s.project_id and s.progress_source):
            done, planned = schedule._measure_progress(date)
            if not planned:
                unmeasured |= schedule
                continue
            percent = round(min(max(done / planned, 0.0), 1.0) * 100, 4)
            before = schedule.step_ids.filtered(lambda step: step.date <= date).sorted(lambda s: (s.date, s.id))[-1:]
            if float_compare(percent, before.percent, precision_digits=4):
                note = self.env._(
                    "%(measure)s: %(done)s of %(planned)s",
                    measure=schedule._get_progress_source_label(),
                    done=f"{done:g}",
                    planned=f"{planned:g}",
                )
                schedule._report_progress(date, percent, note)
        return unmeasured

    def _get_progress_source_label(self):
        return dict(self._fields["progress_source"]._description_selection(self.env))[self.progress_source]

    def _get_unmeasured_note(self):
        """Return which project has nothing to measure by, and what to do."""
        self.ensure_one()
        return self.env._(
            "%(schedule)s: %(project)s has nothing to measure by (%(measure)s). Plan it, or enter the "
            "progress by hand.",
            schedule=self.display_name,
            project=self.sudo().project_id.display_name,  # sudo: the accountant knows of it by the schedule
            measure=self._get_progress_source_label(),
        )

    def action_follow_project(self):
        """Report the project's progress as of today.

        :raise UserError: where a project has nothing to measure by
        """
        self._check_may_adjust()
        for schedule in self:
            unmeasured = schedule._follow_project(schedule.company_id._recurring_today())
            if unmeasured:
                raise UserError(unmeasured._get_unmeasured_note())
        return True
