from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestPlanItems(RecurringContractsCommon):
    """F4, F5, F35: the plan's template of items and what becomes of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "plan_seller", groups="sales_team.group_sale_salesman")
        cls.manager = new_test_user(cls.env, "plan_manager", groups="sales_team.group_sale_manager")
        cls.fee = cls._create_service("Renewal fee", 75.0, charge="one_time")
        cls.calls = cls._create_service("Calls", 0.25, charge="usage")
        cls.licence = cls._create_service("Licence", 900.0, charge="one_time")
        cls.plan = cls._create_plan(
            "Programme",
            term_count=12,
            item_ids=[
                Command.create({"role": "setup", "product_id": cls.setup_fee.id}),
                Command.create(
                    {
                        "role": "recurring",
                        "product_id": cls.service.id,
                        "quantity": 2.0,
                        "price_source": "fixed",
                        "price_unit": 80.0,
                        "name": "Hosting, as you like it",
                    }
                ),
                Command.create({"role": "overage", "product_id": cls.calls.id, "included_quantity": 30.0}),
                Command.create({"role": "perpetual", "product_id": cls.licence.id}),
                Command.create({"role": "recurring", "product_id": cls.support.id, "is_optional": True}),
                Command.create(
                    {"role": "renewal_fee", "product_id": cls.fee.id, "price_source": "percent", "percent": 15.0}
                ),
            ],
        )

    def _quote(self, **values):
        form = Form(self.env["sale.order"].with_user(self.seller))
        form.partner_id = self.partner
        form.recurring_plan_id = self.plan
        form.recurring_date_start = date(2026, 1, 1)
        order = form.save()
        order.order_line.tax_ids = False
        return order

    def test_f5_choosing_the_plan_quotes_its_items(self):
        order = self._quote()
        lines = order.order_line
        self.assertEqual(lines.filtered("is_optional").name, "Options")
        sold = lines.filtered("product_id")
        self.assertEqual(sold.product_id, self.setup_fee | self.service | self.calls | self.licence | self.support)
        hosting, calls, licence, support = sold[1], sold[2], sold[3], sold[4]
        self.assertEqual((hosting.price_unit, hosting.product_uom_qty), (80.0, 2.0))
        self.assertEqual(hosting.name, "Hosting, as you like it")
        self.assertEqual(calls.recurring_included_quantity, 30.0)
        self.assertTrue(licence.recurring_perpetual)
        self.assertTrue(support._is_line_optional())
        self.assertEqual(support.product_uom_qty, 0.0)
        self.assertEqual(order.recurring_first_invoice, 500.0 + 160.0 + 900.0)
        self.assertEqual(order.recurring_renewal_fee, 75.0)
        self.assertFalse(order.recurring_has_plan_items_left)

    def test_f5_options_become_items_only_where_chosen(self):
        order = self._quote()
        order.action_confirm()
        self.assertNotIn(self.support, order.recurring_contract_id.item_ids.product_id)
        order = self._quote()
        order.order_line[-1].product_uom_qty = 1.0
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertIn(self.support, contract.item_ids.product_id)
        self.assertEqual(contract.mrr, 160.0 + 40.0)
        licence = contract.item_ids.filtered("perpetual")
        self.assertEqual((licence.product_id, licence.date_end), (self.licence, False))

    def test_f5_the_button_adds_what_is_missing_once(self):
        order = self._create_order([(self.support, 1)], plan=self.plan)
        self.assertTrue(order.recurring_has_plan_items_left)
        order.with_user(self.manager).action_recurring_add_plan_items()
        self.assertEqual(len(order.order_line.filtered("product_id")), 6)
        with self.assertRaisesRegex(UserError, "all items of its plan"):
            order.action_recurring_add_plan_items()

    def test_the_lines_of_a_quotation_stay_when_a_plan_is_chosen(self):
        form = Form(self.env["sale.order"])
        form.partner_id = self.partner
        with form.order_line.new() as line:
            line.product_id = self.support
        form.recurring_plan_id = self.plan
        self.assertEqual(len(form.order_line), 1)

    def test_f5_the_fixed_price_stands_when_prices_are_updated(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Half",
                "item_ids": [
                    Command.create({"applied_on": "3_global", "compute_price": "percentage", "percent_price": 50.0})
                ],
            }
        )
        order = self._quote()
        order.pricelist_id = pricelist
        order.action_update_prices()
        hosting = order.order_line.filtered(lambda line: line.product_id == self.service)
        setup = order.order_line.filtered(lambda line: line.product_id == self.setup_fee)
        self.assertEqual((hosting.price_unit, hosting.discount), (80.0, 0.0))
        self.assertEqual(setup.price_unit * (100.0 - setup.discount), 25000.0)
        self.assertEqual(order.recurring_renewal_fee, 37.5)

    def test_f5_by_hand_without_the_form(self):
        contract = self._create_contract([], plan=self.plan, started=False)
        contract.with_user(self.manager).action_add_plan_items()
        self.assertEqual(len(contract.item_ids), 4)
        hosting = contract.item_ids.filtered(lambda item: item.product_id == self.service)
        self.assertEqual((hosting.price_unit, hosting.quantity), (80.0, 2.0))
        self.assertEqual(contract.renewal_fee_ids.price_unit, 75.0)
        setup = contract.item_ids.filtered(lambda item: item.product_id == self.setup_fee)
        setup.price_unit = 1000.0
        self.assertEqual(contract.renewal_fee_ids.price_unit, 150.0)
        contract.action_start()
        with self.assertRaisesRegex(UserError, "all items of its plan"):
            contract.action_add_plan_items()

    def test_f5_who_may_change_an_agreed_fee(self):
        contract = self._create_contract([(self.setup_fee, 1, 500.0)], plan=self.plan, user_id=self.seller.id)
        values = {"contract_id": contract.id, "product_id": self.fee.id, "price_unit": 75.0}
        with self.assertRaises(AccessError):
            self.env["recurring.renewal.fee"].with_user(self.seller).create(values)
        fee = self.env["recurring.renewal.fee"].with_user(self.manager).create(values)
        for change in (
            lambda: fee.with_user(self.seller).write({"price_unit": 1.0}),
            fee.with_user(self.seller).unlink,
        ):
            with self.assertRaises(AccessError):
                change()
        fee.price_unit = 60.0
        self.assertIn("60.00", contract.message_ids[0].body)

    def test_f5_roles_sell_what_is_charged_in_their_way(self):
        for values in (
            {"role": "setup", "product_id": self.service.id},
            {"role": "overage", "product_id": self.setup_fee.id},
            {"role": "recurring", "product_id": self.calls.id},
        ):
            with self.assertRaisesRegex(ValidationError, "Contract Charge"):
                self.plan.item_ids = [Command.create(values)]

    def test_f35_preview_follows_the_items(self):
        self.assertEqual(self.plan.preview_first_invoice, 500.0 + 160.0 + 900.0)
        self.assertEqual((self.plan.preview_period, self.plan.preview_renewal), (160.0, 75.0))
        self.plan.billing_count = 3
        self.plan.item_ids.filtered(lambda i: i.role == "setup").unlink()
        self.assertEqual((self.plan.preview_first_invoice, self.plan.preview_renewal), (1060.0, 0.0))

    def test_f35_a_new_price_of_a_plan_is_sold_at_once(self):
        groups = "sales_team.group_sale_manager,product.group_product_manager,product.group_product_pricelist"
        manager = new_test_user(self.env, "price_manager", groups=groups)
        pricelist = self.env["product.pricelist"].search([], limit=1) or self.env["product.pricelist"].create(
            {"name": "Ours"}
        )
        form = Form(self.env["recurring.plan"].with_user(manager))
        form.name = "New offer"
        with form.item_ids.new() as line:
            line.product_id = self.service
        with form.price_rule_ids.new() as rule:
            rule.pricelist_id = pricelist
            rule.product_tmpl_id = self.service.product_tmpl_id
            rule.fixed_price = 66.0
        plan = form.save()
        self.assertEqual(plan.with_user(manager).preview_period, 66.0)
        order = Form(self.env["sale.order"].with_user(self.seller))
        order.partner_id = self.partner
        order.recurring_plan_id = plan
        order = order.save()
        self.assertEqual(order.pricelist_id, pricelist)
        self.assertEqual(order.order_line.price_unit, 66.0)
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.mrr, 66.0)
        other = self._create_order([(self.service, 1)], pricelist_id=pricelist.id)
        self.assertEqual(other.order_line.price_unit, 100.0)

    def test_copying_a_plan_copies_its_items(self):
        self.assertEqual(len(self.plan.copy().item_ids), 6)

    def test_only_managers_build_plans(self):
        with self.assertRaises(AccessError):
            self.plan.item_ids[0].with_user(self.seller).quantity = 5.0
