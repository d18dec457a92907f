from odoo import models


class SaleOrderLine(models.Model):
    """What a line renews has its project and tasks already."""

    _inherit = "sale.order.line"

    def _renews_same_service(self):
        """Tell whether the line carries on an item of the same product."""
        self.ensure_one()
        return self.product_id in self.recurring_origin_item_ids.product_id

    def _timesheet_service_generation(self):
        return super(
            SaleOrderLine, self.filtered(lambda line: not line._renews_same_service())
        )._timesheet_service_generation()
