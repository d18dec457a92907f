from odoo import fields, models


class RecurringRevenuePreviewLine(models.TransientModel):
    _name = "recurring.revenue.preview.line"
    _description = "Month of a Preview of Recognised Revenue"
    _order = "date"

    preview_id = fields.Many2one("recurring.revenue.preview", required=True, readonly=True, ondelete="cascade")
    name = fields.Char("Entry", readonly=True)
    date = fields.Date("Month Ending", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary("Recognised", readonly=True)
    remaining = fields.Monetary("Still Deferred", readonly=True, help="After the month.")
