import datetime

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal

from ..domain.recognition import CUSTOM, MILESTONE, PERCENT, STEPPED

DAY = datetime.timedelta(days=1)


class RecurringObligation(models.Model):
    """Obligations whose progress is measured by steps (IFRS 15.39 to 15.45).

    Such an obligation is one whole: a single schedule carries its steps, and whatever changes its share
    follows their progress.
    """

    _inherit = "recurring.obligation"

    method = fields.Selection(
        selection_add=[
            (CUSTOM, "Own percentage for each period"),
            (MILESTONE, "Milestones, when they are reached"),
            (PERCENT, "Percent complete, as entered"),
        ],
        ondelete=dict.fromkeys(STEPPED, "cascade"),
    )
    is_by_progress = fields.Boolean(compute="_compute_is_by_progress")
    percent_complete = fields.Float(
        "Complete (%)", compute="_compute_percent_complete", digits=(7, 4), help="By what was reported so far."
    )

    @api.depends("method")
    def _compute_is_by_progress(self):
        for obligation in self:
            obligation.is_by_progress = obligation.method in (MILESTONE, PERCENT)

    @api.depends("schedule_ids.percent_complete", "schedule_ids.state")
    def _compute_percent_complete(self):
        for obligation in self:
            obligation.percent_complete = obligation._get_progress_schedule().percent_complete

    def _get_progress_schedule(self):
        """Return the schedule that carries the steps, nothing where the obligation has none."""
        return self.schedule_ids.filtered(
            lambda s: (
                s.method in STEPPED and s.state != "cancelled" and not s.corrected_schedule_id and not s.is_concession
            )
        ).sorted("id")[:1]

    def _get_progress(self, pieces, upto):
        """Return which share of an obligation by steps is complete before a day.

        :param list pieces: of ``_get_pieces``
        :rtype: Fraction | int
        """
        return next((piece[1].share(upto) for _schedule, piece in pieces), 0)

    def _is_open_on(self, day):
        """Count what is measured by progress as open until it is complete, whatever its term."""
        if super()._is_open_on(day):
            return True
        return self.is_by_progress and self.share and self._get_progress_schedule().percent_complete < 100

    # === SCHEDULES === #

    def _prepare_schedules(self, total, start, date, segments, **values):
        """Open one schedule for an obligation by steps; days out of service do not part it."""
        if self.method not in STEPPED:
            return super()._prepare_schedules(total, start, date, segments, **values)
        schedule = self._prepare_schedule_values(total, self.date_start, self.date_end + DAY, self.method, date)
        return [schedule | self._prepare_progress() | values]

    def _prepare_progress(self):
        """Return the values of the steps of a new schedule: what was reported of the one that it replaces.

        Hook: other addons add where progress comes from.

        :rtype: dict
        """
        replaced = self._get_progress_schedule()
        steps = replaced.step_ids
        if not replaced and self.method != PERCENT:
            steps = self.rule_id.step_ids
        days = [day for day, _share in self.rule_id._get_steps(self.date_start, self.date_end)]
        return {
            "step_ids": [
                Command.create(
                    {
                        "sequence": number,
                        "name": step.name,
                        "percent": step.percent,
                        "date": step.date if replaced else days[number] if days else False,
                        "user_id": step.user_id.id if replaced else False,
                    }
                )
                for number, step in enumerate(steps)
            ]
        }

    def _prepare_reprice(self, amount, date, segments):
        """Return the values of the schedules that change the share of an obligation by steps.

        They follow the progress of the whole, what was reached before included.

        :param Decimal amount: by how much the share changes
        :param datetime.date date: from when on it counts
        :rtype: list[dict]
        """
        self.ensure_one()
        progress = self._get_progress_schedule()
        if not progress:
            return self._prepare_schedules(amount, self.date_start, date, segments)
        if not amount:
            return []
        values = self._prepare_schedule_values(amount, progress.date_start, progress.date_end + DAY, self.method, date)
        return [values | {"corrected_schedule_id": progress.id}]

    def _get_standalone_left(self, pieces, upto, alone):
        """Return what of a stand-alone selling price belongs to what is not complete on a day.

        :param Decimal alone: of the whole obligation
        :rtype: Decimal
        """
        left = 1 - self._get_progress(pieces, upto)
        numerator, denominator = left.as_integer_ratio()
        return alone * numerator / denominator if left else ZERO

    def _get_standalone_whole(self, segments, date, prices):
        """Return how the stand-alone selling price of the whole obligation is found, and what it is, on a day.

        Where several obligations make up the item, each keeps what it was opened at.

        :rtype: tuple[str, Decimal]
        """
        self.ensure_one()
        if len(self.item_id.obligation_ids.filtered(lambda o: o._is_open_on(date))) > 1:
            return self.ssp_method, to_decimal(self.standalone)
        arguments = (segments[self.item_id.id], self.date_start, self.date_end + DAY, date, prices)
        method, _ssp, alone = self.item_id._get_standalone_over(*arguments)
        return method, alone

    # === THE END OF A SERVICE === #

    def _complete_progress(self, day, change):
        """Count an obligation as complete: its service has ended, and nothing of it is left to render.

        :param datetime.date day: the last day of service
        :param change: the ``recurring.obligation.change`` that ended it; undone, it gives back what was reported
        """
        for schedule in self._get_progress_schedule():
            if schedule.method == PERCENT:
                schedule.step_ids = [
                    Command.create(
                        {
                            "date": day,
                            "percent": 100.0,
                            "name": self.env._("The service has ended."),
                            "change_id": change.id,
                        }
                    )
                ]
                continue
            for step in schedule.step_ids.filtered(lambda step: not step.date or step.date > day):
                step.write({"date_before": step.date, "date": day, "change_id": change.id})

    # === ACTIONS === #

    def action_report_progress(self):
        """Ask how much of the obligation is complete."""
        self.ensure_one()
        return self._get_progress_schedule().action_report_progress()

    def action_open_steps(self):
        """Show the milestones of the obligation, to be ticked."""
        self.ensure_one()
        return self._get_progress_schedule().action_open_steps()
