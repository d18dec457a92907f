from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recurring_uplift_mode = fields.Selection(related="company_id.recurring_uplift_mode", readonly=False)
    recurring_uplift_percent = fields.Float(related="company_id.recurring_uplift_percent", readonly=False)
    recurring_uplift_index_id = fields.Many2one(related="company_id.recurring_uplift_index_id", readonly=False)
    recurring_item_creation = fields.Selection(
        related="company_id.recurring_item_creation", readonly=False, required=True
    )
    recurring_discount_limit = fields.Float(related="company_id.recurring_discount_limit", readonly=False)
    recurring_renewal_window_days = fields.Integer(related="company_id.recurring_renewal_window_days", readonly=False)
    recurring_notice_reminder_days = fields.Integer(related="company_id.recurring_notice_reminder_days", readonly=False)
    recurring_end_reminder_days = fields.Integer(related="company_id.recurring_end_reminder_days", readonly=False)
    recurring_remind_manager = fields.Boolean(related="company_id.recurring_remind_manager", readonly=False)
    recurring_remind_customer = fields.Boolean(related="company_id.recurring_remind_customer", readonly=False)
