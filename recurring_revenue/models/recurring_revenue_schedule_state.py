import datetime

from odoo import models

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.release import ScheduleState

DAY = datetime.timedelta(days=1)


class RecurringRevenueSchedule(models.Model):
    """Schedules as a close reads them, for whoever shows what a close will do."""

    _inherit = "recurring.revenue.schedule"

    def _get_states(self, pending, known=None):
        """Return the schedules as a close reads them, all that is booked considered.

        :param dict pending: corrections that no posted credit note bears, by schedule id
        :param known: ids of the credits that count, ``None`` for all
        :return: each schedule with its ``ScheduleState``
        :rtype: list[tuple]
        """
        changes = self._fetch_corrections(self.ids, datetime.date.max, pending, known)
        steps, adjustments = self._fetch_steps(self.ids), self._fetch_adjustments(self.ids)
        states = []
        for schedule in self:
            own, foreign = schedule.company_currency_id, schedule.currency_id
            names = ("total", "recognised", "opening_recognised")
            amounts = [
                to_decimal(currency.round(schedule[f"{name}{suffix}"]))
                for name in names
                for currency, suffix in ((own, ""), (foreign, "_currency"))
            ]
            state = ScheduleState(
                schedule.id,
                schedule.method,
                schedule.state == "cancelled",
                schedule.date_start,
                schedule.date_end + DAY,
                foreign.id,
                schedule.deferred_account_id.id,
                schedule.revenue_account_id.id,
                None,
                *amounts,
                steps=steps.get(schedule.id, ()),
                adjustments=adjustments.get(schedule.id, ()),
                on_hold=schedule.on_hold,
                **changes.get(schedule.id, {}),
            )
            states.append((schedule, state))
        return states
