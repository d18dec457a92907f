from odoo import fields, models

from ..domain.alignment import aligned_amount
from ..domain.money import ZERO, to_decimal
from ..domain.periods import Grid


class SaleOrderLine(models.Model):
    """A line that carries an item on to a common end, by one charge for all its days."""

    _inherit = "sale.order.line"

    recurring_stretch_days = fields.Integer(
        "Aligned Days",
        readonly=True,
        copy=False,
        help="How many days the price is for, charged once. 0: the price is for one billing period.",
    )
    recurring_renewal_price = fields.Float(
        "Price per Normal Period",
        min_display_digits="Product Price",
        copy=False,
        help="Price of one unit for one billing period of the plan, on which the renewal after the "
        "aligned stretch is based.",
    )

    def copy_data(self, default=None):
        """A duplicate is sold by normal billing periods."""
        values = super().copy_data(default)
        for line, vals in zip(self, values, strict=True):
            if line.recurring_stretch_days:
                vals["price_unit"] = line.recurring_renewal_price
        return values

    def _get_recurring_stretch_end(self):
        """Return the last day of the aligned stretch."""
        self.ensure_one()
        return fields.Date.add(self._get_recurring_line_start(), days=self.recurring_stretch_days - 1)

    def _get_recurring_interval(self):
        if self.recurring_stretch_days:
            return self.env["recurring.contract.item"]._get_stretch_interval(self.recurring_stretch_days)
        return super()._get_recurring_interval()

    def _get_recurring_schedule(self):
        grid, start, method, rounding = super()._get_recurring_schedule()
        if self.recurring_stretch_days:
            start = self._get_recurring_line_start()
            grid = Grid(start, self._get_recurring_interval())
        return grid, start, method, rounding

    def _get_recurring_old_amount(self, segments=None):
        """Compare a stretch with the same days at the old price."""
        if not self.recurring_stretch_days:
            return super()._get_recurring_old_amount(segments)
        amount, quantity = ZERO, ZERO
        for origin in self.recurring_origin_item_ids:
            start, end = origin._get_last_term()
            amount += aligned_amount(
                origin._get_term_price(),
                (end - start).days,
                self.recurring_stretch_days,
                ZERO,
                to_decimal(self.currency_id.rounding),
            )
            quantity += origin._get_last_terms(segments).quantity
        return amount * to_decimal(self.product_uom_qty) / quantity if quantity else ZERO

    def _prepare_recurring_successor_values(self):
        values = super()._prepare_recurring_successor_values()
        if self.recurring_stretch_days:
            values |= {
                "is_aligned": True,
                "renewal_price_unit": self.recurring_renewal_price,
                "billing_unit": "day",
                "billing_count": self.recurring_stretch_days,
                "anchor_date": self._get_recurring_line_start(),
                "anchor_day": 0,
            }
        return values
