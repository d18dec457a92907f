from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    recurring_warranty_months = fields.Integer(
        "Warranty (Months)", default=0, help="How long the warranty of a device of this product lasts."
    )

    _recurring_warranty_not_negative = models.Constraint(
        "CHECK(recurring_warranty_months >= 0)", "A warranty cannot last less than no month."
    )
