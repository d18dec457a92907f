import datetime

from odoo import api, fields, models
from odoo.tools import date_utils

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up, to_decimal

from ..domain.recognition import MILESTONE, PERCENT, monthly_amounts


class RecurringRevenuePreview(models.TransientModel):
    """What an amount becomes month by month: of a rule, an invoice line or a schedule.

    It is only ever shown, and books nothing.
    """

    _name = "recurring.revenue.preview"
    _description = "Preview of Recognised Revenue"

    rule_id = fields.Many2one("recurring.revenue.rule", "Revenue Rule", readonly=True)
    schedule_id = fields.Many2one("recurring.revenue.schedule", readonly=True)
    line_id = fields.Many2one("account.move.line", "Invoice Line", readonly=True)
    is_moved = fields.Boolean(readonly=True, help="The dates are those of recognition already.")
    is_example = fields.Boolean(compute="_compute_is_example")
    is_on_hold = fields.Boolean(related="schedule_id.on_hold", related_sudo=False)
    currency_id = fields.Many2one(
        "res.currency", required=True, readonly=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(default=1200.0)
    date_start = fields.Date("From", default=lambda self: self._default_date_start())
    date_end = fields.Date("To", default=lambda self: self._default_date_end(), help="The last day.")
    line_ids = fields.One2many("recurring.revenue.preview.line", "preview_id", "Months", compute="_compute_line_ids")

    def _default_date_start(self):
        return date_utils.start_of(fields.Date.context_today(self), "year")

    def _default_date_end(self):
        return date_utils.end_of(fields.Date.context_today(self), "year")

    @api.depends("is_moved", "schedule_id")
    def _compute_is_example(self):
        for preview in self:
            preview.is_example = not preview.is_moved and not preview.schedule_id

    @api.depends("amount", "currency_id", "date_end", "date_start", "is_moved", "rule_id", "schedule_id")
    def _compute_line_ids(self):
        Line = self.env["recurring.revenue.preview.line"]
        for preview in self:
            lines, recognised = Line, 0
            months = preview._get_months()
            total = preview._get_total(months)
            for month, amount in months:
                recognised += amount
                lines += Line.new(
                    {
                        "date": month,
                        "name": preview._get_accounts_label(),
                        "currency_id": preview.currency_id.id,
                        "amount": float(amount),
                        "remaining": float(total - recognised),
                    }
                )
            for name, amount in preview._get_steps_ahead():
                recognised += amount
                lines += Line.new(
                    {
                        "name": name,
                        "currency_id": preview.currency_id.id,
                        "amount": float(amount),
                        "remaining": float(total - recognised),
                    }
                )
            preview.line_ids = lines

    def _get_total(self, months):
        """Return what is recognised in all, steps ahead included."""
        return sum(amount for _month, amount in months) + sum(amount for _name, amount in self._get_steps_ahead())

    def _get_steps_ahead(self):
        """Return what no day is known of yet: milestones and progress.

        :return: a description with the amount that will be recognised
        :rtype: list[tuple[str, Decimal]]
        """
        self.ensure_one()
        rule, schedule = self.rule_id, self.schedule_id
        method = schedule.method if schedule else rule.method
        total = to_decimal(self.currency_id.round(self.amount))
        rounding = to_decimal(self.currency_id.rounding)
        if method == PERCENT:
            done = to_decimal(schedule.percent_complete) if schedule else ZERO
            return [(self.env._("As progress is reported"), total - round_half_up(total * done / 100, rounding))]
        if method != MILESTONE:
            return []
        reached = schedule.step_ids.filtered("date")
        share = sum((to_decimal(step.percent) for step in reached), ZERO)
        ahead, before = [], round_half_up(total * share / 100, rounding)
        for step in (schedule.step_ids - reached) if schedule else rule.step_ids:
            share += to_decimal(step.percent)
            through = round_half_up(total * share / 100, rounding)
            ahead.append((step.name, through - before))
            before = through
        return ahead

    def _get_accounts_label(self):
        """Return between which accounts each month moves its amount, nothing for the example of a rule."""
        line, schedule = self.line_id, self.schedule_id
        deferred = schedule.deferred_account_id or line.recurring_cutoff_account_id or line.account_id
        revenue = schedule.revenue_account_id or line.recurring_revenue_account_id
        if not deferred or not revenue or deferred == revenue:
            return ""
        return self.env._("Debit %(deferred)s, credit %(revenue)s", deferred=deferred.code, revenue=revenue.code)

    def _get_months(self):
        """Return the last day of each month with the amount that it earns.

        :rtype: list[tuple[datetime.date, Decimal]]
        """
        self.ensure_one()
        if self.schedule_id:
            return self.schedule_id._get_monthly_amounts()
        if not (self.rule_id and self.date_start and self.date_end and self.date_start <= self.date_end):
            return []
        dates = (self.date_start, self.date_end)
        if not self.is_moved:
            dates = self.rule_id._get_recognition_dates(*dates)
        rounding = to_decimal(self.currency_id.rounding)
        total = to_decimal(self.currency_id.round(self.amount))
        day = datetime.timedelta(days=1)
        steps = self.rule_id._get_steps(*dates)
        if self.rule_id._is_by_progress():
            return []
        return monthly_amounts(total, dates[0], dates[1] + day, self.rule_id.method, rounding, steps)

    @api.model
    def _open(self, context):
        """Return the action that shows a preview.

        :param dict context: the defaults of the preview's fields
        :rtype: dict
        """
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_preview_action")
        return action | {"context": context}
