from odoo import models


class RecurringPlan(models.Model):
    _name = "recurring.plan"
    _inherit = ["recurring.plan", "recurring.self.service.mixin"]
