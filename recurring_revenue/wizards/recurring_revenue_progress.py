from odoo import api, fields, models


class RecurringRevenueProgress(models.TransientModel):
    """Reports how much of a service is complete."""

    _name = "recurring.revenue.progress"
    _description = "Report of Progress"

    schedule_id = fields.Many2one("recurring.revenue.schedule", required=True, readonly=True)
    # not sudo: of another company's schedule nothing is shown
    currency_id = fields.Many2one(related="schedule_id.company_currency_id", related_sudo=False)
    total = fields.Monetary(compute="_compute_amount", help="With credits and changes of the price.")
    recognised = fields.Monetary(compute="_compute_amount")
    percent_before = fields.Float(
        "Complete Before (%)", related="schedule_id.percent_complete", related_sudo=False, digits=(7, 4)
    )
    date = fields.Date("Reached On", required=True, default=fields.Date.context_today)
    percent = fields.Float("Complete (%)", required=True, digits=(7, 4), help="In all, from 0 to 100.")
    note = fields.Char("Measured By", help="Such as hours spent over hours planned.")
    amount = fields.Monetary(
        "To Recognise", compute="_compute_amount", help="By the next close; below zero: taken back."
    )
    message = fields.Char(compute="_compute_message")

    @api.depends("percent", "schedule_id")
    def _compute_amount(self):
        for progress in self:
            progress.total, progress.recognised = (
                progress.schedule_id._get_progress_amounts() if progress.schedule_id else (0.0, 0.0)
            )
            progress.amount = progress.total * progress.percent / 100 - progress.recognised

    @api.depends("date", "schedule_id")
    def _compute_message(self):
        for progress in self:
            progress.message = progress.schedule_id and progress.schedule_id._get_catch_up_note(progress.date)

    def action_report(self):
        self.ensure_one()
        self.schedule_id._report_progress(self.date, self.percent, self.note)
        return {"type": "ir.actions.act_window_close"}
