from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recurring_auto_bill = fields.Boolean(related="company_id.recurring_auto_bill", readonly=False)
    recurring_bill_review = fields.Boolean(related="company_id.recurring_bill_review", readonly=False)
    recurring_billing_user_id = fields.Many2one(related="company_id.recurring_billing_user_id", readonly=False)
    recurring_hold_percent = fields.Float(related="company_id.recurring_hold_percent", readonly=False)
    recurring_hold_amount = fields.Monetary(related="company_id.recurring_hold_amount", readonly=False)
    recurring_join_orders = fields.Boolean(related="company_id.recurring_join_orders", readonly=False)
    recurring_credit_policy = fields.Selection(
        related="company_id.recurring_credit_policy", readonly=False, required=True
    )
    recurring_invoice_report_id = fields.Many2one(related="company_id.recurring_invoice_report_id", readonly=False)
    recurring_auto_send = fields.Boolean(related="company_id.recurring_auto_send", readonly=False)
