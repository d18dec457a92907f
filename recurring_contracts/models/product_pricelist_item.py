from decimal import Decimal

from odoo import fields, models

from ..domain.money import round_half_up, to_decimal


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    recurring_plan_id = fields.Many2one(
        "recurring.plan",
        index="btree_not_null",
        ondelete="cascade",
        help="The rule counts only under this plan, and wins there over rules without a plan. "
        "A fixed price is then the price of one billing period.",
    )

    def _compute_price(self, product, quantity, uom, date, currency=None, **kwargs):
        """Scale a fixed price that names no plan from the product's own length of time.

        The keyword ``recurring_plan`` names the ``recurring.plan`` that is sold; an ordinary sale
        passes none.
        """
        price = super()._compute_price(product, quantity, uom, date, currency, **kwargs)
        if self.compute_price == "fixed" and not self.recurring_plan_id:
            return self._scale_to_plan(price, product, kwargs.get("recurring_plan"), currency)
        return price

    def _compute_base_price(self, product, quantity, uom, date, currency, **kwargs):
        """Scale the product's price or cost to the plan; another pricelist's price is scaled already.

        The keyword ``recurring_plan`` names the ``recurring.plan`` that is sold; an ordinary sale
        passes none.
        """
        price = super()._compute_base_price(product, quantity, uom, date, currency, **kwargs)
        if self.base == "pricelist" and self.base_pricelist_id:
            return price
        return self._scale_to_plan(price, product, kwargs.get("recurring_plan"), currency)

    def _scale_to_plan(self, price, product, plan, currency):
        factor = product._get_recurring_price_factor(plan)
        if factor == 1:
            return price
        scaled = to_decimal(price) * factor
        if factor != factor.to_integral_value():
            currency = currency or self.currency_id or self.env.company.currency_id
            scaled = round_half_up(scaled, Decimal(1).scaleb(-currency.decimal_places))
        return float(scaled)
