from odoo import api, fields, models


class RecurringUpliftMixin(models.AbstractModel):
    """How prices change at a renewal, where this record says so; the nearest that does counts."""

    _name = "recurring.uplift.mixin"
    _description = "Renewal Price Rule"

    recurring_uplift_mode = fields.Selection(
        [
            ("percent", "By a percentage"),
            ("index", "By a price index"),
            ("pricelist", "To the current price list"),
        ],
        "Renewal Price",
        help="What is set on the item comes first, then on the contract, the customer, the plan and the "
        "company. Where none says anything, the price stays.",
    )
    recurring_uplift_percent = fields.Float(
        "Uplift (%)", digits=(16, 4), help="0 keeps the price; a negative one lowers it."
    )
    recurring_uplift_index_id = fields.Many2one("recurring.price.index", "Price Index")

    @api.model
    def _get_uplift_field_names(self):
        return [
            "recurring_uplift_mode",
            "recurring_uplift_percent",
            "recurring_uplift_index_id",
        ]

    def _prepare_renewed_price_rule_values(self):
        """Return this record's rule as values for the record that follows it by a renewal.

        :rtype: dict
        """
        self.ensure_one()
        return {name: self._fields[name].convert_to_write(self[name], self) for name in self._get_uplift_field_names()}
