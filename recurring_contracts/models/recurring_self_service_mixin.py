from odoo import fields, models

QUANTITY_RIGHTS = [
    ("none", "Asks us"),
    ("next", "Himself, from the next billing period"),
    ("now", "Himself, from the same day"),
]


class RecurringSelfServiceMixin(models.AbstractModel):
    """What customers may change by themselves in the portal: set on a plan, copied to the contract."""

    _name = "recurring.self.service.mixin"
    _description = "Self-Service Rights"

    self_service_quantity = fields.Selection(
        QUANTITY_RIGHTS,
        "To Change a Quantity, the Customer",
        required=True,
        default="none",
        help="In the portal, with the amounts credited and charged shown first.",
    )
    self_service_min = fields.Float(
        "Lowest Quantity", digits="Product Unit", default=1.0, help="What customers may go down to by themselves."
    )
    self_service_max = fields.Float(
        "Highest Quantity",
        digits="Product Unit",
        help="What customers may go up to by themselves; 0: no limit.",
    )
    self_service_notice = fields.Boolean(
        "The Customer Gives Notice Himself",
        help="In the portal, with the earliest end by notice period and term.",
    )
