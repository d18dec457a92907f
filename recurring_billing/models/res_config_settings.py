from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recurring_auto_bill = fields.Boolean(related="company_id.recurring_auto_bill", readonly=False)
