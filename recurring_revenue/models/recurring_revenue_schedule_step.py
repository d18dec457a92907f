from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.recognition import CUSTOM, MILESTONE, PERCENT


class RecurringRevenueScheduleStep(models.Model):
    """What of a schedule is earned with a day: a period, a milestone, or a report of progress."""

    _name = "recurring.revenue.schedule.step"
    _description = "Step of a Revenue Schedule"
    _order = "schedule_id, sequence, date, id"
    _check_company_auto = True

    schedule_id = fields.Many2one("recurring.revenue.schedule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="schedule_id.company_id", store=True, index=True)
    method = fields.Selection(related="schedule_id.method")
    sequence = fields.Integer(default=10)
    name = fields.Char("Description")
    percent = fields.Float(
        "Share (%)",
        digits=(7, 4),
        required=True,
        help="Of a period or a milestone: what it earns. Of percent complete: what is complete in all.",
    )
    date = fields.Date("Reached On", index=True, help="Empty: not reached yet.")
    user_id = fields.Many2one("res.users", "Entered By", readonly=True, default=lambda self: self.env.user)
    change_id = fields.Many2one(
        "recurring.obligation.change",
        "Contract Change",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The end of the service, by which the rest counts as complete.",
    )
    date_before = fields.Date(readonly=True, help="The day that it had before the service ended.")

    _percent_in_range = models.Constraint(
        "CHECK(percent >= 0 AND percent <= 100)", "A share lies between 0 % and 100 %."
    )

    @api.constrains("percent", "schedule_id", "date")
    def _check_percent(self):
        for schedule in self.schedule_id:
            total = sum(to_decimal(step.percent) for step in schedule.step_ids)
            if schedule.method != PERCENT and total > 100:
                raise ValidationError(
                    self.env._(
                        "%(schedule)s: its milestones would add up to %(total)s %%. Change their shares first.",
                        schedule=schedule.display_name,
                        total=f"{total.normalize():f}",
                    )
                )
        for step in self:
            if step.schedule_id.method == PERCENT and not step.date:
                raise ValidationError(self.env._("Enter the day on which the progress was reached."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        if not self.env.su:
            steps._check_entered_by_hand()
        steps._after_change()
        return steps

    def write(self, vals):
        if not self.env.su:
            self._check_entered_by_hand()
        before = {step: step.date for step in self}
        if vals.get("date"):
            vals = {"user_id": self.env.uid, **vals}
        result = super().write(vals)
        for step in self.filtered(lambda step: step.date != before[step]):
            step._log()
        self._after_change(log=False)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unreached(self):
        for step in self:
            if step.date and not self.env.su:
                raise UserError(
                    self.env._(
                        "%(step)s of %(schedule)s was reached and stays on record. Empty its day, or report "
                        "the progress anew.",
                        step=step.name or step.percent,
                        schedule=step.schedule_id.display_name,
                    )
                )

    def _undo_change(self):
        """Take back what the end of a service has reported."""
        progress = self.filtered(lambda step: step.method == PERCENT)
        schedules = self.schedule_id
        for step in self - progress:
            step.write({"date": step.date_before, "date_before": False, "change_id": False})
        progress.unlink()
        schedules._reopen_done()

    def _check_entered_by_hand(self):
        for schedule in self.schedule_id:
            if schedule.method not in (MILESTONE, PERCENT):
                raise UserError(
                    self.env._(
                        "%(schedule)s is not recognised by milestones or progress.", schedule=schedule.display_name
                    )
                )

    def _after_change(self, log=True):
        """Have the next close look at the schedules again, and leave a note of what was reached."""
        # sudo: schedules follow from the steps that the user may enter
        self.schedule_id.sudo()._reopen_done()
        if log:
            for step in self.filtered("date"):
                step._log()

    def _log(self):
        if self.method == CUSTOM:
            return
        if not self.date:
            body = self.env._("%(step)s: no longer reached.", step=self.name or "")
        elif self.method == PERCENT:
            body = self.env._(
                "%(percent)s %% complete on %(date)s. %(note)s",
                percent=f"{to_decimal(self.percent).normalize():f}",
                date=format_date(self.env, self.date),
                note=self.name or "",
            )
        else:
            body = self.env._(
                "%(step)s (%(percent)s %%) reached on %(date)s.",
                step=self.name or "",
                percent=f"{to_decimal(self.percent).normalize():f}",
                date=format_date(self.env, self.date),
            )
        self.schedule_id._message_log(
            body=" ".join(filter(None, [body, self.schedule_id._get_catch_up_note(self.date)]))
        )

    # === ACTIONS === #

    def action_reach(self):
        """Tick milestones: they are reached today."""
        for step in self:
            step.date = step.schedule_id.company_id._recurring_today()
        return True
