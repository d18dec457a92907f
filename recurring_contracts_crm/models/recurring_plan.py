from odoo import fields, models


class RecurringPlan(models.Model):
    _inherit = "recurring.plan"

    renewal_document = fields.Selection(
        selection_add=[("opportunity", "Opportunity"), ("quotation",)],
        ondelete={"opportunity": "set default"},
    )
