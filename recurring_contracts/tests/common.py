from datetime import date

from odoo.fields import Command

from odoo.addons.sale.tests.common import SaleCommon


class RecurringContractsCommon(SaleCommon):
    """Plans, products and factories; no chart of accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan_monthly = cls._create_plan("Monthly")
        cls.service = cls._create_service("Hosting", 100.0)
        cls.support = cls._create_service("Support", 40.0)
        cls.setup_fee = cls._create_service("Setup", 500.0, charge="one_time")

    @classmethod
    def _create_plan(cls, name, **values):
        return cls.env["recurring.plan"].create({"name": name, **values})

    @classmethod
    def _create_service(cls, name, price, charge="recurring", **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": price,
                "recurring_charge_type": charge,
                "taxes_id": False,
                **values,
            }
        )

    @classmethod
    def _create_contract(cls, items, start=date(2026, 1, 1), plan=None, started=True, **values):
        """Create a contract, in force unless asked otherwise.

        :param items: triples of product, quantity and unit price, or dicts of item values
        """
        contract = cls.env["recurring.contract"].create(
            {
                "partner_id": cls.partner.id,
                "plan_id": (plan or cls.plan_monthly).id,
                "date_start": start,
                "item_ids": [
                    Command.create(
                        item
                        if isinstance(item, dict)
                        else {
                            "product_id": item[0].id,
                            "quantity": item[1],
                            "price_unit": item[2],
                        }
                    )
                    for item in items
                ],
                **values,
            }
        )
        if started:
            contract.action_start()
        return contract

    @classmethod
    def _create_order(cls, lines, plan=None, **values):
        """Create a quotation; ``lines`` are pairs of product and quantity."""
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.partner.id,
                "recurring_plan_id": (plan or cls.plan_monthly).id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": quantity})
                    for product, quantity in lines
                ],
                **values,
            }
        )
