from odoo import fields, models

QUANTITY_RIGHTS = [
    ("none", "On request only"),
    ("next", "By the customer, from the next billing period"),
    ("now", "By the customer, from the same day"),
]


class RecurringSelfServiceMixin(models.AbstractModel):
    """What customers may change by themselves in the portal: set on a plan, copied to the contract."""

    _name = "recurring.self.service.mixin"
    _description = "Self-Service Rights"

    self_service_quantity = fields.Selection(
        QUANTITY_RIGHTS,
        "Quantity Changes",
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
        "Customer May Give Notice",
        help="In the portal, with the earliest end by notice period and term.",
    )
