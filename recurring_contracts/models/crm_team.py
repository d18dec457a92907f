from odoo import fields, models


class CrmTeam(models.Model):
    _inherit = "crm.team"

    recurring_discount_limit = fields.Float(
        "Discount Limit (%)",
        digits="Discount",
        default=100.0,
        help="A recurring quotation with a higher discount needs a sales manager's approval. "
        "The strictest limit of plan, sales team and company counts.",
    )
    _recurring_discount_limit_range = models.Constraint(
        "CHECK(recurring_discount_limit BETWEEN 0 AND 100)", "A discount limit lies between 0 and 100 %."
    )
