from odoo import fields, models


class StockMoveLine(models.Model):
    """A delivered serial number, as the device that it becomes."""

    _inherit = "stock.move.line"

    def _get_recurring_day(self):
        """Return the day of delivery, as the company's time zone has it."""
        self.ensure_one()
        zone = self.company_id.partner_id.tz or self.env.user.tz
        return fields.Datetime.context_timestamp(self.with_context(tz=zone), self.date).date()

    def _prepare_recurring_equipment_values(self):
        """Return the values of the device that a delivered serial number is.

        :rtype: dict
        """
        self.ensure_one()
        order = self.move_id.sale_line_id.order_id
        site = order.partner_shipping_id
        same = site.commercial_partner_id == order.partner_id.commercial_partner_id
        return {
            "name": self.product_id.name,
            "product_id": self.product_id.id,
            "lot_id": self.lot_id.id,
            "serial_number": self.lot_id.name,
            "company_id": order.company_id.id,
            "partner_id": order.partner_id.id,
            "site_id": site.id if same else False,
            "warranty_start": self._get_recurring_day(),
        }
