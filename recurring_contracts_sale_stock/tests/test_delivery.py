from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.recurring_contracts.tests.common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestDelivery(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yearly = cls._create_plan("A year", term_count=12, renewal_policy="order")
        cls.router = cls._create_service("Router", 20.0, type="consu", recurring_warranty_months=24)

    def _first_order(self, quantity=5):
        order = self._create_order([(self.router, quantity)], plan=self.yearly, recurring_date_start=date(2026, 1, 1))
        order.action_confirm()
        return order

    def _renewal(self, contract, quantity):
        order = contract._create_renewal_orders([[contract]])
        order.order_line.product_uom_qty = quantity
        order.action_confirm()
        return order

    def _deliver(self, order, serials=()):
        picking = order.picking_ids
        if serials:
            move = picking.move_ids
            move.move_line_ids.unlink()
            lots = self.env["stock.lot"].create([{"name": s, "product_id": self.router.id} for s in serials])
            self.env["stock.move.line"].create(
                [
                    {
                        "move_id": move.id,
                        "picking_id": picking.id,
                        "product_id": self.router.id,
                        "quantity": 1.0,
                        "lot_id": lot.id,
                        "location_id": move.location_id.id,
                        "location_dest_id": move.location_dest_id.id,
                    }
                    for lot in lots
                ]
            )
        picking.move_ids.picked = True
        picking._action_done()
        return picking

    def test_what_is_sold_first_is_delivered(self):
        order = self._first_order()
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 5.0)

    def test_a_renewal_delivers_only_the_difference(self):
        for quantity, delivered in ((5, 0.0), (7, 2.0), (3, 0.0)):
            with self.subTest(quantity=quantity):
                contract = self._first_order().recurring_contract_id
                order = self._renewal(contract, quantity)
                self.assertEqual(sum(order.picking_ids.move_ids.mapped("product_uom_qty")), delivered)
                self.assertEqual(order.order_line.qty_to_deliver, delivered)

    def test_a_confirmed_renewal_that_is_raised_delivers_what_was_added(self):
        contract = self._first_order().recurring_contract_id
        order = self._renewal(contract, 7)
        order.order_line.product_uom_qty = 8
        self.assertEqual(sum(order.picking_ids.move_ids.mapped("product_uom_qty")), 3.0)

    def test_another_product_is_delivered_in_full(self):
        newer = self._create_service("Newer Router", 25.0, type="consu")
        self.router.product_tmpl_id.recurring_renewal_product_id = newer
        contract = self._first_order().recurring_contract_id
        order = contract._create_renewal_orders([[contract]])
        order.action_confirm()
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 5.0)

    def test_an_ordinary_order_is_delivered_as_ever(self):
        goods = self.env["product.product"].create({"name": "Cable", "type": "consu"})
        order = self._create_order([(self.router, 1), (goods, 4)], plan=self.yearly)
        order.action_confirm()
        self.assertEqual(sorted(order.picking_ids.move_ids.mapped("product_uom_qty")), [1.0, 4.0])

    def test_f08_delivered_serial_numbers_become_equipment(self):
        self.router.write({"is_storable": True, "tracking": "serial"})
        order = self._first_order(2)
        self.assertFalse(self.env["recurring.equipment"].search([("product_id", "=", self.router.id)]))
        picking = self._deliver(order, ("R-1", "R-2"))
        self.assertEqual(picking.state, "done")
        equipment = self.env["recurring.equipment"].search([("product_id", "=", self.router.id)])
        self.assertEqual(sorted(equipment.mapped("serial_number")), ["R-1", "R-2"])
        self.assertEqual(sorted(equipment.lot_id.mapped("name")), ["R-1", "R-2"])
        self.assertEqual(equipment.partner_id, self.partner)
        self.assertEqual(set(equipment.mapped("warranty_end")), {date(2028, 11, 9)})
        item = order.recurring_contract_id.item_ids
        self.assertEqual(item.coverage_ids.equipment_id, equipment)
        self.assertEqual((item.covered_count, item.is_coverage_exceeded), (2, False))
        renewal = self._renewal(order.recurring_contract_id, 2)
        self.assertFalse(renewal.picking_ids)
        self.assertEqual(renewal.recurring_contract_id.coverage_ids.equipment_id, equipment)

    def test_f08_without_a_contract_no_equipment(self):
        self.router.write({"is_storable": True, "tracking": "serial", "recurring_charge_type": False})
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        self.env["sale.order.line"].create({"order_id": order.id, "product_id": self.router.id, "product_uom_qty": 1})
        order.action_confirm()
        self._deliver(order, ("R-9",))
        self.assertFalse(self.env["recurring.equipment"].search([("product_id", "=", self.router.id)]))
