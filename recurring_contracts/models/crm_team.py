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
