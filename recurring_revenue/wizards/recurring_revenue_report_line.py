from odoo import fields, models


class RecurringRevenueReportLine(models.TransientModel):
    _name = "recurring.revenue.report.line"
    _description = "Line of a Revenue Report"
    _order = "month, name, id"

    report_id = fields.Many2one("recurring.revenue.report", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="report_id.currency_id")
    name = fields.Char(required=True)
    month = fields.Date()
    opening = fields.Monetary()
    billed = fields.Monetary()
    recognised = fields.Monetary()
    exchange = fields.Monetary("Exchange Difference")
    netted = fields.Monetary("Contract Assets")
    closing = fields.Monetary()
    mrr = fields.Monetary("MRR", aggregator=False, help="At the end of the month.")
