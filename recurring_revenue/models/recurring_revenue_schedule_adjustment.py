from collections import defaultdict
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import date_utils, format_amount

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.correction import Service

ADJUSTMENT = "adjustment"
WRITE_OFF = "write_off"
MOVED = "moved"


class RecurringRevenueSchedule(models.Model):
    """What an accountant may do about a schedule: hold it, adjust it, write its remainder off."""

    _inherit = "recurring.revenue.schedule"

    on_hold = fields.Boolean(readonly=True, help="Closes recognise nothing of it until it is released.")
    is_adjusted = fields.Boolean(readonly=True)
    adjustment_ids = fields.One2many("recurring.revenue.adjustment", "schedule_id", "Adjustments", readonly=True)

    # === WHAT THE CLOSE READS === #

    @api.model
    def _fetch_adjustments(self, schedule_ids):
        """Return the adjustments in force.

        :param list[int] schedule_ids: any schedules
        :return: by id, see ``domain.recognition.adjusted_share``
        :rtype: dict[int, tuple]
        """
        self.env["recurring.revenue.adjustment"].flush_model()
        self.env.cr.execute(
            """
            SELECT adjustment.schedule_id, adjustment.date, adjustment.kind, adjustment.amount::text,
                   schedule.total::text
              FROM recurring_revenue_adjustment adjustment
              JOIN recurring_revenue_schedule schedule ON schedule.id = adjustment.schedule_id
             WHERE adjustment.schedule_id = ANY(%s) AND adjustment.is_undone IS NOT TRUE AND schedule.total <> 0
             ORDER BY adjustment.schedule_id, adjustment.date, adjustment.id
            """,
            [list(schedule_ids)],
        )
        found = defaultdict(list)
        for schedule_id, day, kind, amount, total in self.env.cr.fetchall():
            share = None if kind in (WRITE_OFF, MOVED) else Fraction(to_decimal(amount)) / Fraction(to_decimal(total))
            found[schedule_id].append((day, share))
        return {schedule_id: tuple(parts) for schedule_id, parts in found.items()}

    # === ADJUSTMENTS === #

    def _check_may_adjust(self):
        """Refuse who is not an accountant.

        :raise AccessError: where the user may not close months
        """
        if not self.env["recurring.revenue.run"].has_access("write"):
            raise AccessError(self.env._("Only an accountant may hold or adjust the recognition of revenue."))
        self.check_access("read")

    def _get_adjustment_date(self):
        """Return the first day of the month that books what is decided now: the first open one."""
        self.ensure_one()
        first_day = self.company_id._get_recurring_first_open_day() or self.date
        return date_utils.start_of(max(first_day, date_utils.start_of(self.date, "month")), "month")

    def _get_adjustment_note(self):
        """Return which close books what is decided now."""
        month = self.env["recurring.revenue.run"].new({"date_end": self._get_adjustment_date()})._get_month_label()
        return self.env._("It is booked by the close of %(month)s, the first open month.", month=month)

    def _get_planned(self, day):
        """Return what is earned before a day, in company currency, credits left aside."""
        self.ensure_one()
        end = fields.Date.add(self.date_end, days=1)
        steps, adjustments = self._fetch_steps(self.ids), self._fetch_adjustments(self.ids)
        service = Service(self.date_start, end, self.method, steps.get(self.id, ()), adjustments.get(self.id, ()))
        return self.company_currency_id.round(float(service.share(day)) * self.total)

    def _adjust(self, kind, reason, amount=0.0):
        """Have the next close recognise an amount out of turn; the rest is spread over what remains.

        :param str kind: ``adjustment`` or ``write_off`` (all the rest at once)
        :param str reason: why
        :param float amount: of an adjustment, in company currency and in addition to what is earned
        :return: the ``recurring.revenue.adjustment``
        :raise UserError: where more than the total or less than nothing would be recognised
        """
        self.ensure_one()
        self._check_may_adjust()
        date = self._get_adjustment_date()
        earned = self._get_planned(date)
        if self.state == "cancelled":
            raise UserError(self.env._("%(schedule)s is cancelled.", schedule=self.display_name))
        if kind == WRITE_OFF:
            amount = self.total - earned
        amount = self.company_currency_id.round(amount)
        currency = self.company_currency_id
        least, most = sorted((-earned, self.total - earned))
        if (
            currency.is_zero(amount)
            or currency.compare_amounts(amount, least) < 0
            or currency.compare_amounts(amount, most) > 0
        ):
            raise UserError(
                self.env._(
                    "%(schedule)s: %(earned)s of %(total)s are earned by then. An adjustment may not take it "
                    "below nothing or beyond its total: enter an amount between %(least)s and %(most)s.",
                    schedule=self.display_name,
                    earned=format_amount(self.env, earned, currency),
                    total=format_amount(self.env, self.total, currency),
                    least=format_amount(self.env, least, currency),
                    most=format_amount(self.env, most, currency),
                )
            )
        # sudo: nobody writes adjustments by hand; the right to enter one was checked above
        adjustment = (
            self.env["recurring.revenue.adjustment"]
            .sudo()
            .create(
                {
                    "schedule_id": self.id,
                    "kind": kind,
                    "date": date,
                    "amount": amount,
                    "reason": reason,
                    "user_id": self.env.user.id,
                }
            )
        )
        labels = dict(adjustment._fields["kind"]._description_selection(self.env))
        self._after_adjustment(
            self.env._(
                "%(kind)s of %(amount)s. %(note)s Reason: %(reason)s",
                kind=labels[kind],
                amount=format_amount(self.env, amount, currency),
                note=self._get_adjustment_note(),
                reason=reason,
            )
        )
        return adjustment.with_env(self.env)

    def _set_hold(self, on_hold, reason):
        """Hold schedules, or release them: the next close then catches up what was held.

        :param bool on_hold: whether closes leave them alone from now on
        :param str reason: why
        """
        self._check_may_adjust()
        for schedule in self.filtered(lambda schedule: bool(schedule.on_hold) != on_hold):
            # sudo: nobody writes schedules by hand; the right to hold one was checked above
            schedule.sudo().on_hold = on_hold
            if on_hold:
                body = self.env._("On hold: nothing is recognised. Reason: %(reason)s", reason=reason)
            else:
                body = self.env._(
                    "Released: what was held is caught up. %(note)s Reason: %(reason)s",
                    note=schedule._get_adjustment_note(),
                    reason=reason,
                )
            schedule._message_log(body=body)

    def _after_adjustment(self, body):
        # sudo: schedules follow from their adjustments
        schedule = self.sudo()
        schedule._reopen_done()
        schedule.is_adjusted = True
        self._message_log(body=body)

    # === ACTIONS === #

    def action_hold(self):
        return self._open_adjust("hold")

    def action_release(self):
        return self._open_adjust("release")

    def action_adjust(self):
        return self._open_adjust(ADJUSTMENT)

    def action_write_off(self):
        return self._open_adjust(WRITE_OFF)

    def _open_adjust(self, kind):
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_adjust_action")
        return action | {"context": {"default_kind": kind, "default_schedule_ids": self.ids}}
