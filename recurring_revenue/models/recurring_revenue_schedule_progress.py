from collections import defaultdict
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.recognition import CUSTOM, MILESTONE, PERCENT, STEPPED, added_up


class RecurringRevenueSchedule(models.Model):
    """Schedules that are recognised by steps: periods with shares of their own, milestones, progress."""

    _inherit = "recurring.revenue.schedule"

    method = fields.Selection(
        selection_add=[
            (CUSTOM, "Own percentage for each period"),
            (MILESTONE, "Milestones, when they are reached"),
            (PERCENT, "Percent complete, as entered"),
        ],
        ondelete=dict.fromkeys(STEPPED, "cascade"),
    )
    step_ids = fields.One2many("recurring.revenue.schedule.step", "schedule_id", "Steps")
    percent_complete = fields.Float("Complete (%)", compute="_compute_percent_complete", digits=(7, 4))

    @api.depends("step_ids.date", "step_ids.percent")
    def _compute_percent_complete(self):
        steps = self._fetch_steps(self.ids)
        for schedule in self:
            own = steps.get(schedule.id)
            schedule.percent_complete = float(own[-1][1] * 100) if own else 0.0

    @api.model
    def _fetch_steps(self, schedule_ids):
        """Return the steps of schedules, those that have a day.

        :param list[int] schedule_ids: any schedules
        :return: by id, see ``domain.recognition.stepped_share``
        :rtype: dict[int, tuple]
        """
        self.env["recurring.revenue.schedule.step"].flush_model()
        self.env.cr.execute(
            """
            SELECT step.schedule_id, schedule.method, step.date, step.percent::text
              FROM recurring_revenue_schedule_step step
              JOIN recurring_revenue_schedule schedule ON schedule.id = step.schedule_id
             WHERE step.schedule_id = ANY(%s) AND step.date IS NOT NULL
             ORDER BY step.schedule_id, step.date, step.id
            """,
            [list(schedule_ids)],
        )
        found, methods = defaultdict(list), {}
        for schedule_id, method, day, percent in self.env.cr.fetchall():
            methods[schedule_id] = method
            found[schedule_id].append((day, to_decimal(percent)))
        return {
            schedule_id: tuple((day, Fraction(percent) / 100) for day, percent in parts)
            if methods[schedule_id] == PERCENT
            else added_up(parts)
            for schedule_id, parts in found.items()
        }

    def _open_steps(self, line_ids):
        """Give the schedules of posted lines the steps of their rules.

        What was reported of a schedule that is posted once more stays.

        :param list[int] line_ids: the lines that have just opened their schedules
        """
        # sudo: who posts an invoice need not see the schedules that it opens
        schedules = self.sudo().search(
            [
                ("source_line_id", "in", line_ids),
                ("method", "in", (CUSTOM, MILESTONE)),
                ("is_concession", "=", False),
            ]
        )
        for schedule in schedules:
            rule = schedule.source_line_id.recurring_revenue_rule_id
            if schedule.method == CUSTOM:
                schedule.step_ids.unlink()
                days = [day for day, _share in rule._get_steps(schedule.date_start, schedule.date_end)]
            elif schedule.step_ids:
                continue
            else:
                days = [False] * len(rule.step_ids)
            schedule.step_ids = [
                Command.create(
                    {"sequence": number, "name": step.name, "percent": step.percent, "date": day, "user_id": False}
                )
                for number, (step, day) in enumerate(zip(rule.step_ids, days, strict=True))
            ]

    def _reopen_done(self):
        """Have the next close look again at schedules that were recognised in full."""
        self.filtered(lambda schedule: schedule.state == "done").write({"state": "open"})

    def _report_progress(self, date, percent, note=False):
        """Report how much of the service is complete.

        :param datetime.date date: the day on which it was; in a closed month, the next close catches up
        :param float percent: complete in all, from 0 to 100; less than before takes revenue back
        :param str note: what it was measured by
        :return: the step
        :raise UserError: where the schedule is not recognised by percent complete, or the share is beyond 100 %
        """
        self.ensure_one()
        if self.method != PERCENT:
            raise UserError(
                self.env._(
                    "%(schedule)s is not recognised by percent complete. Choose such a revenue rule on the "
                    "invoice line.",
                    schedule=self.display_name,
                )
            )
        if not 0 <= percent <= 100:
            raise UserError(
                self.env._(
                    "%(schedule)s cannot be %(percent)s %% complete. Enter a share between 0 and 100 %%.",
                    schedule=self.display_name,
                    percent=f"{to_decimal(percent).normalize():f}",
                )
            )
        return self.env["recurring.revenue.schedule.step"].create(
            {"schedule_id": self.id, "date": date, "percent": percent, "name": note}
        )

    def _get_progress_amounts(self):
        """Return what there is to recognise by progress and what was, with what follows the same progress.

        Credits and changes of the price do.

        :return: total and recognised, in company currency
        :rtype: tuple[float, float]
        """
        self.ensure_one()
        following = self | self.correction_ids.filtered(lambda schedule: schedule.state != "cancelled")
        return sum(following.mapped("total")), sum(following.mapped("recognised"))

    def _get_catch_up_note(self, date):
        """Return in which month a change of a day is booked, where that is another one than the day's.

        :param datetime.date date: the day
        :rtype: str
        """
        self.ensure_one()
        first_day = self.company_id._get_recurring_first_open_day()
        if not date or not first_day or date >= first_day:
            return ""
        return self.env._(
            "That month is closed: the difference is booked by the close of %(month)s.",
            month=self.env["recurring.revenue.run"].new({"date_end": first_day})._get_month_label(),
        )

    def action_open_steps(self):
        """Show the milestones, to be ticked."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recurring_revenue.recurring_revenue_schedule_step_action"
        )
        return action | {"domain": [("schedule_id", "=", self.id)], "context": {"default_schedule_id": self.id}}

    def action_report_progress(self):
        """Ask how much is complete."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_progress_action")
        return action | {"context": {"default_schedule_id": self.id}}
