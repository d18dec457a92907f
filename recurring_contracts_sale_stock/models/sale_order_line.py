from odoo import api, models


class SaleOrderLine(models.Model):
    """What a line renews stands with the customer already: only the difference is delivered."""

    _inherit = "sale.order.line"

    def _get_recurring_renewed_quantity(self):
        """Return how much of the line the customer has from the items that it renews, in its unit.

        Another product than before is delivered in full.

        :rtype: float
        """
        self.ensure_one()
        renewed = 0.0
        for item in self.recurring_origin_item_ids.filtered(lambda i: i.product_id == self.product_id):
            quantity = float(item._get_last_terms().quantity)
            renewed += item.product_uom_id._compute_quantity(quantity, self.product_uom_id, round=False)
        return min(renewed, self.product_uom_qty)

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        quantity = super()._get_qty_procurement(previous_product_uom_qty)
        return quantity + self._get_recurring_renewed_quantity()

    @api.depends("recurring_origin_item_ids")
    def _compute_qty_to_deliver(self):
        result = super()._compute_qty_to_deliver()
        for line in self.filtered("recurring_origin_item_ids"):
            line.qty_to_deliver = max(line.qty_to_deliver - line._get_recurring_renewed_quantity(), 0.0)
            line.display_qty_widget = line.display_qty_widget and line.qty_to_deliver > 0
        return result
