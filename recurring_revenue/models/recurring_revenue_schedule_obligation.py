import datetime

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal

from ..domain.recognition import DAY, months_after
from ..domain.release import ScheduleState


class RecurringRevenueSchedule(models.Model):
    """Schedules of obligations: they follow from the contract, and invoices do not open them."""

    _inherit = "recurring.revenue.schedule"

    obligation_id = fields.Many2one(
        "recurring.obligation",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The obligation that it satisfies, under the contract basis.",
    )
    is_concession = fields.Boolean(
        "Price Concession", readonly=True, help="Opened by a credit note that lowers the price of its obligation."
    )
    change_id = fields.Many2one(
        "recurring.obligation.change", "Contract Change", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    @api.model
    def _create_silently(self, vals_list):
        """Create schedules without a note in their chatter."""
        return self.with_context(tracking_disable=True, mail_create_nolog=True).create(vals_list)

    def _link_corrections(self, line_ids):
        """Have price concessions follow the progress of obligations that are measured by steps."""
        result = super()._link_corrections(line_ids)
        # sudo: who posts a credit note need not see the schedules that it shortens
        concessions = self.sudo().search(
            [("source_line_id", "in", line_ids), ("is_concession", "=", True), ("corrected_schedule_id", "=", False)]
        )
        for concession in concessions:
            concession.corrected_schedule_id = concession.obligation_id._get_progress_schedule()
        return result

    def _cancel_by_undo(self):
        """Take schedules out of the sums. What was recognised of them is taken back by the next close."""
        for schedule in self:
            schedule.write(
                {
                    "state": "cancelled",
                    "remaining": schedule.opening_recognised - schedule.recognised,
                    "remaining_currency": schedule.opening_recognised_currency - schedule.recognised_currency,
                }
            )

    def _get_line_values_sql(self):
        return super()._get_line_values_sql() | {
            "obligation_id": SQL("line.recurring_obligation_id"),
            "is_concession": SQL("line.recurring_obligation_id IS NOT NULL"),
        }

    def _flush_sources(self):
        result = super()._flush_sources()
        self.env["account.move.line"].flush_model(["recurring_obligation_id"])
        return result

    def _get_months_to_come(self, closed):
        """Return what schedules have left to recognise, by month, as the closes will compute it.

        :param dict closed: the last month that was closed (its last day), by company
        :return: ``(id, last day of the month, amount)``; what is due already stands in the first open month
        :rtype: list[tuple]
        """
        self.env.flush_all()
        changes = self._fetch_corrections(self.ids, datetime.date.max)
        steps = self._fetch_steps(self.ids)
        rows = []
        for schedule in self:
            state = ScheduleState(
                schedule.id,
                schedule.method,
                schedule.state == "cancelled",
                schedule.date_start,
                schedule.date_end + DAY,
                *(None,) * 4,
                *(
                    to_decimal(schedule.company_currency_id.round(schedule[name]))
                    for name in ("total", "total_currency")
                ),
                *(ZERO,) * 4,
                **{"steps": steps.get(schedule.id, ()), **changes.get(schedule.id, {})},
            )
            rows += schedule._split_by_month(state, closed.get(schedule.company_id))
        return rows

    def _split_by_month(self, state, closed):
        """Return the rows of ``_get_months_to_come`` of one schedule.

        :param ScheduleState state: its dates, total and corrections
        :param closed: the last day of the last month that was closed, if any
        """
        self.ensure_one()
        currency = self.company_currency_id
        rounding = to_decimal(currency.rounding)
        first = closed + DAY if closed else min(self.date_start, self.date).replace(day=1)
        booked, left, amounts = to_decimal(currency.round(self.recognised)), currency.round(self.remaining), {}
        for upto in months_after(first, max(state.end, first + DAY)):
            earned = ZERO if state.cancelled else state._earned("total", upto, rounding)
            amounts[upto - DAY] = earned - booked
            booked = earned
        # steps that are not entered yet come at the end
        amounts[max(amounts)] += to_decimal(left) - sum(amounts.values())
        return [(self.id, month, amount) for month, amount in amounts.items() if amount]
