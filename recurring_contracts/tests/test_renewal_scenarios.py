from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestRenewalScenarios(RecurringContractsCommon):
    """Renewals as a salesperson makes them, under the rules that a sales manager sets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "scenario_seller", groups="sales_team.group_sale_salesman")
        cls.manager = new_test_user(cls.env, "scenario_manager", groups="sales_team.group_sale_manager")
        cls.plan_year = cls._create_plan("A year", term_count=12, renewal_policy="order")

    def _sell(self, lines, start=date(2026, 1, 1)):
        """Let the salesperson quote and confirm; return the contract."""
        order = (
            self.env["sale.order"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.partner.id,
                    "recurring_plan_id": self.plan_year.id,
                    "recurring_date_start": start,
                    "order_line": [
                        Command.create({"product_id": product.id, "product_uom_qty": quantity, "price_unit": price})
                        for product, quantity, price in lines
                    ],
                }
            )
        )
        order.action_confirm()
        return order.recurring_contract_id

    def _renew(self, contract):
        """Let the salesperson press Renew Now; return the quotation."""
        action = contract.with_user(self.seller).action_renew_now()
        return self.env["sale.order"].with_user(self.seller).browse(action["res_id"])

    def _set_rule(self, record, percent):
        """Let the sales manager set by how much renewals raise prices."""
        record = record.with_user(self.manager) if record._name != "res.company" else record
        record.write({"recurring_uplift_mode": "percent", "recurring_uplift_percent": percent})

    def test_f20_lines_of_10_10_and_12(self):
        lines = [(self.service, 1, 10.0), (self.service, 1, 10.0), (self.service, 1, 12.0)]
        for merge, count in (("price", 2), ("product", 1), ("none", 3)):
            self.plan_year.with_user(self.manager).renewal_merge = merge
            with self.subTest(merge=merge):
                order = self._renew(self._sell(lines))
                self.assertEqual((len(order.order_line), order.amount_untaxed), (count, 32.0))

    def test_f21_five_percent_over_three_years(self):
        self._set_rule(self.plan_year, 5.0)
        contract, prices = self._sell([(self.service, 1, 100.0)]), [100.0]
        for _year in range(2):
            order = self._renew(contract)
            order.action_confirm()
            contract = order.recurring_contract_id
            prices.append(contract.item_ids.price_unit)
        self.assertEqual(prices, [100.0, 105.0, 110.25])
        self.assertEqual((contract.date_start, contract.date_end), (date(2028, 1, 1), date(2028, 12, 31)))

    def test_f21_the_line_wins_over_customer_and_company(self):
        self._set_rule(self.env.company, 5.0)
        self._set_rule(self.partner, 3.0)
        contract = self._sell([(self.service, 1, 100.0), (self.support, 1, 40.0)])
        line = contract.item_ids.filtered(lambda item: item.product_id == self.support)
        line.with_user(self.seller).write({"recurring_uplift_mode": "percent", "recurring_uplift_percent": 0.0})
        order = self._renew(contract)
        by_customer, by_line = order.order_line
        self.assertEqual((by_customer.price_unit, by_line.price_unit), (103.0, 40.0))
        self.assertIn("plus 3 %, as the customer says", by_customer.recurring_price_note)
        self.assertIn("plus 0 %, as the item says", by_line.recurring_price_note)

    def test_f22_what_is_not_carried_on(self):
        contract = self._sell([(self.service, 1, 100.0), (self.support, 1, 40.0), (self.setup_fee, 1, 500.0)])
        contract.item_ids.filtered(lambda item: item.product_id == self.support).renewable = False
        self.assertEqual(self._renew(contract).order_line.product_id, self.service)

    def test_f23_another_product_at_its_own_price(self):
        self.service.product_tmpl_id.recurring_renewal_product_id = self.support
        order = self._renew(self._sell([(self.service, 2, 100.0)]))
        self.assertEqual(
            (order.order_line.product_id, order.order_line.product_uom_qty, order.order_line.price_unit),
            (self.support, 2.0, 40.0),
        )
        self.assertIn("another product", order.order_line.recurring_price_note)

    def test_f24_the_next_contract_is_chained(self):
        contract = self._sell([(self.service, 1, 100.0)])
        order = self._renew(contract)
        order.action_confirm()
        following = order.recurring_contract_id
        self.assertEqual(following.date_start, date(2027, 1, 1), "the day after")
        self.assertEqual((contract.renewed_into_id, contract.renewal_state), (following, "done"))
        self.assertEqual(contract.date_end, date(2026, 12, 31))
        self.assertEqual(following.user_id, self.seller)

    def test_f26_by_an_index(self):
        index = (
            self.env["recurring.price.index"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Consumer prices",
                    "value_ids": [
                        Command.create({"date": date(2025, 12, 1), "value": 110.0}),
                        Command.create({"date": date(2026, 12, 1), "value": 112.2}),
                    ],
                }
            )
        )
        plan = self.plan_year.with_user(self.manager)
        plan.write({"recurring_uplift_mode": "index", "recurring_uplift_index_id": index.id})
        order = self._renew(self._sell([(self.service, 1, 100.0)]))
        self.assertEqual(order.order_line.price_unit, 102.0)
        self.assertIn("2 % by Consumer prices", order.order_line.recurring_price_note)
