from odoo import fields, models


class ProductCategory(models.Model):
    _inherit = "product.category"

    recurring_revenue_rule_id = fields.Many2one(
        "recurring.revenue.rule",
        "Revenue Rule",
        ondelete="restrict",
        domain="[('company_id', '=', False)]",
        help="How revenue of the category's products is recognised over the service period of an "
        "invoice line. Empty: as in the category above, else as the company has chosen.",
    )

    def _get_recurring_revenue_rule(self):
        """Return the rule of the nearest category that has one, from this one upwards."""
        category = self
        while category and not category.recurring_revenue_rule_id:
            category = category.parent_id
        return category.recurring_revenue_rule_id
