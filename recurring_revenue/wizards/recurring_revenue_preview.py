import datetime

from odoo import api, fields, models
from odoo.tools import date_utils

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.recognition import monthly_amounts


class RecurringRevenuePreview(models.TransientModel):
    """What an amount becomes month by month: of a rule, an invoice line or a schedule.

    It is only ever shown, and books nothing.
    """

    _name = "recurring.revenue.preview"
    _description = "Preview of Recognised Revenue"

    rule_id = fields.Many2one("recurring.revenue.rule", "Revenue Rule", readonly=True)
    schedule_id = fields.Many2one("recurring.revenue.schedule", readonly=True)
    is_moved = fields.Boolean(readonly=True, help="The dates are those of recognition already.")
    is_example = fields.Boolean(compute="_compute_is_example")
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
            total = sum(amount for _month, amount in months)
            for month, amount in months:
                recognised += amount
                lines += Line.new(
                    {
                        "date": month,
                        "currency_id": preview.currency_id.id,
                        "amount": float(amount),
                        "remaining": float(total - recognised),
                    }
                )
            preview.line_ids = lines

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
        return monthly_amounts(total, dates[0], dates[1] + day, self.rule_id.method, rounding)

    @api.model
    def _open(self, context):
        """Return the action that shows a preview.

        :param dict context: the defaults of the preview's fields
        :rtype: dict
        """
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_preview_action")
        return action | {"context": context}
