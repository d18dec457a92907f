from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recurring_contract_liability_account_id = fields.Many2one(
        related="company_id.recurring_contract_liability_account_id", readonly=False
    )
    recurring_contract_asset_account_id = fields.Many2one(
        related="company_id.recurring_contract_asset_account_id", readonly=False
    )
