from odoo import api, fields, models


class RecurringEquipment(models.Model):
    """A device that was delivered from stock."""

    _inherit = "recurring.equipment"

    lot_id = fields.Many2one(
        "stock.lot",
        "Delivered As",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        domain="[('product_id', '=', product_id)]",
        help="The serial number in stock that the device was delivered as.",
    )
    serial_number = fields.Char(compute="_compute_serial_number", store=True, readonly=False, precompute=True)

    @api.depends("lot_id")
    def _compute_serial_number(self):
        for equipment in self:
            equipment.serial_number = equipment.lot_id.name or equipment.serial_number
