from odoo import models


class StockPicking(models.Model):
    """Serial numbers that are delivered with a contract's order become equipment."""

    _inherit = "stock.picking"

    def _action_done(self):
        result = super()._action_done()
        # sudo: who delivers need not see contracts; the devices follow from what he delivered.
        self.sudo()._create_recurring_equipment()
        return result

    def _get_recurring_delivered_lines(self):
        """Return the delivered serial numbers of orders that made or changed a contract."""
        return self.move_line_ids.filtered(
            lambda line: (
                line.state == "done"
                and line.lot_id
                and line.product_id.tracking == "serial"
                and line.location_dest_id.usage == "customer"
                and line.move_id.sale_line_id.order_id.recurring_contract_id
            )
        )

    def _create_recurring_equipment(self):
        """Make the devices that were delivered, and cover each by the item that it was sold as."""
        lines = self._get_recurring_delivered_lines()
        if not lines:
            return
        Equipment = self.env["recurring.equipment"].with_context(active_test=False)
        known = {equipment.lot_id: equipment for equipment in Equipment.search([("lot_id", "in", lines.lot_id.ids)])}
        fresh = lines.filtered(lambda line: line.lot_id not in known)
        created = Equipment.create([line._prepare_recurring_equipment_values() for line in fresh])
        known |= dict(zip(fresh.lot_id, created, strict=True))
        self.env["recurring.coverage"].create(
            [
                {"equipment_id": known[line.lot_id].id, "item_id": item.id, "date_start": line._get_recurring_day()}
                for line in lines
                for item in line.move_id.sale_line_id.recurring_item_ids[:1]
                if item not in known[line.lot_id].coverage_ids.item_id
            ]
        )
