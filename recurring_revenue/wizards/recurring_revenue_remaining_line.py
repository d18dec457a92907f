from odoo import fields, models


class RecurringRevenueRemainingLine(models.TransientModel):
    _name = "recurring.revenue.remaining.line"
    _description = "Remaining Obligation"
    _order = "partner_id, contract_id, id"

    report_id = fields.Many2one("recurring.revenue.remaining", required=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="report_id.currency_id")
    obligation_id = fields.Many2one("recurring.obligation", required=True, ondelete="cascade")
    contract_currency_id = fields.Many2one(related="obligation_id.currency_id", string="Contract Currency")
    partner_id = fields.Many2one(related="obligation_id.partner_id", store=True)
    contract_id = fields.Many2one(related="obligation_id.contract_id", store=True)
    product_id = fields.Many2one(related="obligation_id.product_id", store=True)
    plan_id = fields.Many2one(related="obligation_id.plan_id", store=True)
    date_end = fields.Date(related="obligation_id.date_end", store=True)
    total = fields.Monetary("Allocated", help="As it was known on the day.")
    remaining = fields.Monetary(help="Not rendered yet, at the rate at which the contract began.")
    within = fields.Monetary("Within 12 Months")
    later = fields.Monetary(help="After twelve months; and what is measured by progress that is not reported yet.")
    remaining_currency = fields.Monetary("Remaining in Currency", currency_field="contract_currency_id")
