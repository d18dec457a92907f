from datetime import date

from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestPlanItems(RecurringBillingCommon):
    """F4, F5: a plan with its items is built, sold, billed and renewed with its fee.

    The users build and sell. What follows is the system's, and so done with sudo: the nightly renewal,
    the billing, and reading what they came to.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_manager,product.group_product_manager"
        cls.manager = new_test_user(cls.env, "f5_manager", groups=groups)
        cls.seller = new_test_user(cls.env, "f5_seller", groups="sales_team.group_sale_salesman")
        once = {"recurring_charge_type": "one_time", "taxes_id": False}
        cls.setup_fee.write({"list_price": 500.0, "taxes_id": False})
        cls.service.write({"list_price": 300.0, "taxes_id": False})
        cls.fee = cls._create_service("Yearly renewal", **once)
        cls.calls = cls._create_service("Calls", list_price=0.1, recurring_charge_type="usage", taxes_id=False)
        cls.deposit = cls._create_service("Router deposit", list_price=200.0, **once)
        cls.extra = cls._create_service("More space", list_price=400.0, taxes_id=False)

    def _build_plan(self, *items, **values):
        """Build a plan on its form, as a sales manager does."""
        form = Form(self.env["recurring.plan"].with_user(self.manager))
        form.name = "Service programme"
        form.term_count = 12
        for name, value in values.items():
            form[name] = value
        for role, product, extra in items:
            with form.item_ids.new() as line:
                line.role = role
                line.product_id = product
                for name, value in extra.items():
                    line[name] = value
        return form.save()

    def _programme(self, *more, **values):
        return self._build_plan(
            ("setup", self.setup_fee, {}),
            ("recurring", self.service, {}),
            ("renewal_fee", self.fee, {"price_source": "percent", "percent": 15.0}),
            ("overage", self.calls, {"included_quantity": 100.0}),
            *more,
            **values,
        )

    def _sell(self, plan):
        """Quote a plan on the form and confirm it, as a salesperson does."""
        form = Form(self.env["sale.order"].with_user(self.seller))
        form.partner_id = self.customer
        form.recurring_plan_id = plan
        form.recurring_date_start = date(2026, 1, 1)
        order = form.save()
        order.action_confirm()
        return order

    def test_f5_setup_and_first_period_then_the_fee_of_the_renewal(self):
        plan = self._programme()
        self.assertEqual((plan.preview_first_invoice, plan.preview_period), (800.0, 300.0))
        self.assertEqual(plan.preview_renewal, 75.0)
        order = self._sell(plan)
        self.assertEqual((order.recurring_first_invoice, order.recurring_renewal_fee), (800.0, 75.0))
        self.assertFalse(order.recurring_has_plan_items_left)
        self.assertEqual(order.recurring_contract_value, 500.0 + 12 * 300.0)
        contract = order.recurring_contract_id.sudo()
        self.assertEqual(contract.renewal_fee_ids.price_unit, 75.0)
        self.assertEqual(self._bill(date(2026, 1, 1)).amount_untaxed, 800.0)
        self.assertEqual(self._bill(date(2026, 2, 1)).amount_untaxed, 300.0)
        self._bill(date(2026, 12, 31))
        self.env["recurring.contract"].sudo()._renew_tacitly(date(2027, 1, 1), self.company)
        renewed = self._bill(date(2027, 1, 1))
        self.assertEqual(renewed.amount_untaxed, 300.0 + 75.0)
        fee = renewed.invoice_line_ids.filtered(lambda line: line.product_id == self.fee)
        self.assertEqual(fee.price_subtotal, 75.0)

    def test_f5_after_adding_400_the_next_invoice_shows_700(self):
        contract = self._sell(self._programme()).recurring_contract_id
        self._bill(date(2026, 1, 1))
        wizard = Form(
            self.env["recurring.contract.amend"].with_user(self.seller).with_context(default_contract_id=contract.id)
        )
        wizard.date = date(2026, 2, 1)
        wizard.reason = "More space"
        with wizard.line_ids.new() as line:
            line.product_id = self.extra
        wizard.save().action_confirm()
        invoice = self._bill(date(2026, 2, 1))
        self.assertEqual(invoice.amount_untaxed, 700.0)
        self.assertEqual(sorted(invoice.invoice_line_ids.mapped("price_subtotal")), [300.0, 400.0])

    def test_f5_a_deposit_is_on_the_first_invoice_only(self):
        plan = self._programme(("deposit", self.deposit, {}))
        self.assertEqual((plan.preview_first_invoice, plan.preview_deposit), (1000.0, 200.0))
        contract = self._sell(plan).recurring_contract_id.sudo()
        self.assertTrue(contract.item_ids.filtered("is_deposit"))
        self.assertEqual(self._bill(date(2026, 1, 1)).amount_untaxed, 1000.0)
        self._bill(date(2026, 12, 31))
        self.env["recurring.contract"].sudo()._renew_tacitly(date(2027, 1, 1), self.company)
        self.assertEqual(self._bill(date(2027, 1, 1)).amount_untaxed, 375.0)

    def test_f5_the_share_is_of_the_setup_as_sold(self):
        plan = self._programme()
        form = Form(self.env["sale.order"].with_user(self.seller))
        form.partner_id = self.customer
        form.recurring_plan_id = plan
        order = form.save()
        setup = order.order_line.filtered(lambda line: line.product_id == self.setup_fee)
        setup.write({"price_unit": 600.0, "discount": 50.0})
        self.assertEqual(order.recurring_renewal_fee, 45.0)
        order.action_confirm()
        contract = order.recurring_contract_id
        plan.item_ids.filtered(lambda item: item.role == "renewal_fee").percent = 90.0
        self.assertEqual(contract.renewal_fee_ids.price_unit, 45.0)

    def test_f5_a_fee_for_each_term_that_is_caught_up(self):
        contract = self._sell(self._programme()).recurring_contract_id.sudo()
        self.env["recurring.contract"].sudo()._renew_tacitly(date(2028, 1, 1), self.company)
        fees = contract.item_ids.filtered(lambda item: item.product_id == self.fee)
        self.assertEqual(fees.mapped("date_start"), [date(2027, 1, 1), date(2028, 1, 1)])
        self.assertEqual(fees.mapped("date_end"), [date(2027, 12, 31), date(2028, 12, 31)])
        self.assertEqual(contract.date_end, date(2028, 12, 31))
        contract.action_undo()
        self.assertFalse(fees.segment_ids)
        self.assertEqual(contract.date_end, date(2026, 12, 31))

    def test_f5_a_renewal_by_order_quotes_the_fee_and_the_next_contract_keeps_it(self):
        contract = self._sell(self._programme(renewal_policy="order")).recurring_contract_id
        renewal = contract.sudo()._create_renewal_orders([[contract.sudo()]])
        fee = renewal.order_line.filtered(lambda line: line.product_id == self.fee)
        self.assertEqual((fee.price_unit, fee.recurring_charge_type), (75.0, "one_time"))
        self.assertEqual((renewal.recurring_first_invoice, renewal.recurring_renewal_fee), (375.0, 75.0))
        renewal.action_confirm()
        following = renewal.recurring_contract_id
        self.assertEqual(following.renewal_fee_ids.price_unit, 75.0)
        self._bill(date(2026, 12, 31))
        self.assertEqual(self._bill(date(2027, 1, 1)).amount_untaxed, 375.0)

    def test_f5_entered_by_hand(self):
        form = Form(self.env["recurring.contract"].with_user(self.seller))
        form.partner_id = self.customer
        form.plan_id = self._programme()
        form.date_start = date(2026, 1, 1)
        contract = form.save()
        self.assertEqual(len(contract.item_ids), 3)
        self.assertEqual(contract.renewal_fee_ids.price_unit, 75.0)
        self.assertFalse(contract.has_plan_items_left)
        contract.action_start()
        self.assertEqual(self._bill(date(2026, 1, 1)).amount_untaxed, 800.0)

    def test_f4_the_template_says_when_and_how_it_is_billed(self):
        plan = self._programme(billing_timing="arrears")
        self.assertEqual(plan.preview_first_invoice, 500.0)
        self._sell(plan)
        self.assertEqual(self._bill(date(2026, 1, 31)).amount_untaxed, 500.0)
        self.assertEqual(self._bill(date(2026, 2, 1)).amount_untaxed, 300.0)

    def test_f11_goods_go_with_the_order_and_the_rest_with_the_contract(self):
        goods = self.env["product.product"].create(
            {"name": "Router", "type": "consu", "list_price": 80.0, "taxes_id": False, "invoice_policy": "order"}
        )
        training = self.env["product.product"].create(
            {"name": "Training", "type": "service", "list_price": 90.0, "taxes_id": False, "invoice_policy": "order"}
        )
        form = Form(self.env["sale.order"].with_user(self.seller))
        form.partner_id = self.customer
        form.recurring_plan_id = self._programme()
        form.recurring_date_start = date(2026, 1, 1)
        for product in (goods, training):
            with form.order_line.new() as line:
                line.product_id = product
        order = form.save()
        order.action_confirm()
        self.assertEqual(order.recurring_first_invoice, 970.0)
        own = order.sudo()._create_invoices()
        self.assertEqual(own.invoice_line_ids.product_id, goods | training)
        self.assertEqual(own.amount_untaxed, 170.0)
        billed = order.recurring_contract_id.sudo()._bill(date(2026, 1, 1)).move_ids
        self.assertEqual(billed.amount_untaxed, 800.0)

    def test_f3_several_contracts_of_one_customer(self):
        plan = self._programme()
        quarterly = self._build_plan(("recurring", self.extra, {}), billing_count=3)
        contracts = self._sell(plan).recurring_contract_id | self._sell(quarterly).recurring_contract_id
        self.assertEqual(contracts.partner_id, self.customer)
        self.assertEqual(contracts.mapped("mrr"), [300.0, 400.0])
        invoice = self._bill(date(2026, 1, 1))
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.amount_untaxed, 800.0 + 1200.0)


@tagged("post_install", "-at_install")
class TestPlanItemsAndSetupTaxes(RecurringBillingCommon):
    def test_a_tacit_renewals_fee_bears_the_taxes_of_its_product(self):
        fee = self._create_service("Fee", recurring_charge_type="one_time")
        plan = self._create_plan(
            term_count=12,
            item_ids=[
                Command.create(
                    {"role": "renewal_fee", "product_id": fee.id, "price_source": "fixed", "price_unit": 75.0}
                )
            ],
        )
        contract = self._create_contract(
            plan_id=plan.id, renewal_fee_ids=[Command.create({"product_id": fee.id, "price_unit": 75.0})]
        )
        self.env["recurring.contract"].sudo()._renew_tacitly(date(2027, 1, 1), self.company)
        item = contract.item_ids.filtered(lambda i: i.product_id == fee)
        self.assertEqual(item.tax_ids, self.tax)
        self.assertEqual((item.renewable, item.billing_unit), (False, "month"))
