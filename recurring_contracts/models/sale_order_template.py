from odoo import fields, models


class SaleOrderTemplate(models.Model):
    _inherit = "sale.order.template"

    recurring_plan_id = fields.Many2one(
        "recurring.plan",
        check_company=True,
        help="Quotations from this template are sold under this plan.",
    )
