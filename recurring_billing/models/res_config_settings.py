from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recurring_auto_bill = fields.Boolean(related="company_id.recurring_auto_bill", readonly=False)
    recurring_hold_percent = fields.Float(related="company_id.recurring_hold_percent", readonly=False)
    recurring_hold_amount = fields.Monetary(related="company_id.recurring_hold_amount", readonly=False)
