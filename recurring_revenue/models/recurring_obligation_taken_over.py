from odoo import fields, models
from odoo.fields import Command

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up, to_decimal

from ..domain.recognition import AT_ONCE, PERCENT, STEPPED
from .recurring_contract_obligation import DAY


class RecurringObligation(models.Model):
    """Obligations that go on with what was billed and recognised before the contract basis."""

    _inherit = "recurring.obligation"

    active = fields.Boolean(default=True)
    is_taken_over = fields.Boolean(
        "Taken Over", readonly=True, help="Its term began before the contract basis did, here or in another system."
    )
    opening_recognised = fields.Monetary(
        "Recognised Before", compute="_compute_opening_recognised", help="Before the contract basis began."
    )

    def _compute_opening_recognised(self):
        sums = dict(
            self.env["recurring.revenue.schedule"]._read_group(
                [("obligation_id", "in", self.ids)], ["obligation_id"], ["opening_recognised_currency:sum"]
            )
        )
        for obligation in self:
            obligation.opening_recognised = sums.get(obligation, 0.0)

    def _take_over_concession(self, credit, earned):
        """Lower the price of the obligation by a credit that no amendment explains, over the days that it names.

        :param credit: the ``recurring.revenue.schedule`` of the credit note
        :param list[Decimal] earned: what of it counts already, in the company's currency and in its own
        """
        self.ensure_one()
        total = to_decimal(self.currency_id.round(credit.total_currency))
        method = self.method if self.method in STEPPED else credit.corrected_schedule_id.method
        values = self._prepare_schedule_values(total, credit.date_start, credit.date_end + DAY, method, self.date)
        values |= {"name": credit.name, "is_concession": True}
        if self.method in STEPPED:
            values["corrected_schedule_id"] = self._get_progress_schedule().id
        self.env["recurring.revenue.schedule"]._create_silently([values])._begin_with(*earned)

    def _begin_with(self, own, foreign, date):
        """Count an amount as recognised before a day; the next close books what is earned beyond it.

        Progress that is entered by hand begins with the share that was recognised.

        :param Decimal own: in the company's currency
        :param Decimal foreign: in the contract's
        :param datetime.date date: the day
        """
        self.ensure_one()
        progress = self._get_progress_schedule()
        if self.method == PERCENT and self.share and not progress.step_ids:
            percent = min(max(to_decimal(foreign) / to_decimal(self.share) * 100, ZERO), to_decimal(100))
            name = self.env._("Recognised before")
            progress.step_ids = [Command.create({"date": date - DAY, "percent": float(percent), "name": name})]
        schedules = self.schedule_ids.filtered(lambda s: s.state != "cancelled").sorted("date_start")
        if not schedules and foreign:
            # of a share of nothing something was recognised: the next close takes it back
            values = self._prepare_schedule_values(ZERO, self.date_start, self.date_end + DAY, AT_ONCE, self.date)
            schedules = schedules._create_silently([values])
        parts = schedules._get_states({})
        roundings = to_decimal(self.company_id.currency_id.rounding), to_decimal(self.currency_id.rounding)
        earned = [abs(state._earned("total_currency", date, roundings[1])) for _schedule, state in parts]
        whole, before, booked = sum(earned, ZERO) or 1, ZERO, [ZERO, ZERO]
        for number, (schedule, _state) in enumerate(parts):
            before += earned[number]
            is_last = number == len(parts) - 1
            taken = [
                (amount if is_last else round_half_up(amount * before / whole, rounding)) - done
                for amount, done, rounding in zip((own, foreign), booked, roundings, strict=True)
            ]
            booked = [done + part for done, part in zip(booked, taken, strict=True)]
            schedule._begin_with(*taken)
