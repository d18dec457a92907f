from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    deferred_revenue_account_id = fields.Many2one(related="company_id.deferred_revenue_account_id", readonly=False)
    recurring_revenue_booking = fields.Selection(related="company_id.recurring_revenue_booking", readonly=False)
    recurring_accrued_income_account_id = fields.Many2one(
        related="company_id.recurring_accrued_income_account_id", readonly=False
    )
    recurring_refund_liability_account_id = fields.Many2one(
        related="company_id.recurring_refund_liability_account_id", readonly=False
    )
    recurring_revenue_grouping = fields.Selection(related="company_id.recurring_revenue_grouping", readonly=False)
    recurring_revenue_journal_id = fields.Many2one(related="company_id.recurring_revenue_journal_id", readonly=False)
    recurring_revenue_rule_id = fields.Many2one(related="company_id.recurring_revenue_rule_id", readonly=False)
    recurring_revenue_user_id = fields.Many2one(related="company_id.recurring_revenue_user_id", readonly=False)
    recurring_revenue_review = fields.Boolean(related="company_id.recurring_revenue_review", readonly=False)
    recurring_revenue_four_eyes = fields.Boolean(related="company_id.recurring_revenue_four_eyes", readonly=False)
    recurring_opening_account_id = fields.Many2one(related="company_id.recurring_opening_account_id", readonly=False)
