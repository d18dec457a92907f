from odoo import api, fields, models


class RecurringRevenueAdjust(models.TransientModel):
    """Asks why, before a schedule is held, released, adjusted or written off."""

    _name = "recurring.revenue.adjust"
    _description = "Adjust a Revenue Schedule"

    kind = fields.Selection(
        [
            ("hold", "Hold"),
            ("release", "Release"),
            ("adjustment", "Adjust"),
            ("write_off", "Write off the remainder"),
        ],
        required=True,
        readonly=True,
    )
    schedule_ids = fields.Many2many("recurring.revenue.schedule", string="Schedules", required=True, readonly=True)
    schedule_id = fields.Many2one("recurring.revenue.schedule", compute="_compute_schedule_id")
    # not sudo: of another company's schedule nothing is shown
    currency_id = fields.Many2one(related="schedule_id.company_currency_id", related_sudo=False)
    total = fields.Monetary(related="schedule_id.total", related_sudo=False)
    recognised = fields.Monetary(related="schedule_id.recognised", related_sudo=False)
    remaining = fields.Monetary(related="schedule_id.remaining", related_sudo=False)
    amount = fields.Monetary(
        "Recognise in Addition", help="Below zero: less is recognised. The rest is spread over what remains."
    )
    reason = fields.Text(required=True)
    message = fields.Char(compute="_compute_message")

    @api.depends("schedule_ids")
    def _compute_schedule_id(self):
        for wizard in self:
            wizard.schedule_id = wizard.schedule_ids[:1]._origin if len(wizard.schedule_ids) == 1 else False

    @api.depends("kind", "schedule_ids")
    def _compute_message(self):
        for wizard in self:
            wizard.message = wizard._get_message()

    def _get_message(self):
        if self.kind == "hold":
            return self.env._("Closes recognise nothing until it is released; then they catch up.")
        return self.schedule_id._get_adjustment_note() if self.schedule_id else ""

    def action_apply(self):
        self.ensure_one()
        schedules = self.schedule_ids
        if self.kind in ("hold", "release"):
            schedules._set_hold(self.kind == "hold", self.reason)
        else:
            for schedule in schedules:
                schedule._adjust(self.kind, self.reason, self.amount)
        return {"type": "ir.actions.act_window_close"}
