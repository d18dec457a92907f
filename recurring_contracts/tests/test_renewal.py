from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestRenewal(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan_yearly_term = cls._create_plan("A year, renewed by an order", term_count=12, renewal_policy="order")

    def _contract(self, items=None, **values):
        items = items or [(self.service, 2, 100.0)]
        return self._create_contract(items, plan=self.plan_yearly_term, **values)

    def _propose(self, day):
        return self.env["recurring.contract"]._propose_renewals(day, self.env.company)

    def test_f16_the_window(self):
        contract = self._contract()
        self.assertEqual(contract.renewal_date, date(2026, 10, 2))
        self.assertEqual(contract.renewal_state, "due")
        self.assertFalse(self._propose(date(2026, 10, 1)))
        order = self._propose(date(2026, 10, 2))
        self.assertEqual(order.recurring_renewed_contract_ids, contract)
        self.assertEqual(contract.renewal_state, "progress")
        self.assertFalse(self._propose(date(2026, 10, 3)))
        self.assertEqual(order.recurring_date_start, date(2027, 1, 1))
        self.assertEqual(order.activity_ids.date_deadline, date(2026, 12, 31))
        self.assertEqual(order.validity_date, date(2026, 12, 31))

    def test_f17_a_confirmed_order(self):
        self.plan_yearly_term.renewal_document = "confirmed"
        contract = self._contract()
        order = self._propose(date(2026, 11, 1))
        self.assertEqual(order.state, "sale")
        self.assertEqual(contract.renewal_state, "done")

    def test_f18_renew_now(self):
        contract = self._contract()
        action = contract.action_renew_now()
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual(order.state, "draft")
        self.assertEqual(contract.action_renew_now()["res_id"], order.id)
        evergreen = self._create_contract([(self.service, 1, 10.0)])
        with self.assertRaisesRegex(UserError, "no end"):
            evergreen.action_renew_now()

    def test_f24_the_next_contract_starts_the_day_after(self):
        contract = self._contract()
        order = self._propose(date(2026, 11, 1))
        order.action_confirm()
        new = order.recurring_contract_id
        self.assertEqual((new.date_start, new.date_end), (date(2027, 1, 1), date(2027, 12, 31)))
        self.assertEqual(contract.renewed_into_id, new)
        self.assertEqual(new.renewed_from_ids, contract)
        self.assertEqual(new.item_ids.origin_item_id, contract.item_ids)
        self.assertEqual(new.item_ids.anchor_date, contract.item_ids.anchor_date)
        self.assertEqual(contract.date_end, date(2026, 12, 31))
        self.assertEqual(contract.renewal_state, "done")
        other = contract.copy()
        self.assertFalse(other.renewed_into_id)
        with self.assertRaisesRegex(UserError, "renewed into"):
            contract.action_renew_now()

    def test_a_renewal_taken_back_can_be_signed_again(self):
        contract = self._contract()
        order = self._propose(date(2026, 11, 1))
        order.action_confirm()
        order._action_cancel()
        self.assertFalse(contract.renewed_into_id)
        self.assertEqual(contract.renewal_state, "lost")
        order.action_draft()
        self.assertEqual(contract.renewal_state, "progress")
        order.action_confirm()
        self.assertEqual(contract.renewed_into_id, order.recurring_contract_id)

    def test_two_renewals_of_one_contract_are_refused(self):
        contract = self._contract()
        order = self._propose(date(2026, 11, 1))
        copy = order.copy({"recurring_renewed_contract_ids": [Command.set(contract.ids)]})
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "renewed by another order"):
            copy.action_confirm()

    def test_a_refused_renewal_lets_the_contract_end(self):
        contract = self._contract()
        order = self._propose(date(2026, 11, 1))
        order._action_cancel()
        self.assertEqual(contract.renewal_state, "lost")
        self.assertFalse(self._propose(date(2026, 11, 2)))
        contract._refresh_caches(date(2027, 1, 1))
        self.assertEqual(contract.state, "ended")

    def test_f21_the_nearest_rule_wins_and_says_so(self):
        contract = self._contract(
            [
                {"product_id": self.service.id, "price_unit": 100.0},
                {
                    "product_id": self.support.id,
                    "price_unit": 40.0,
                    "recurring_uplift_mode": "percent",
                    "recurring_uplift_percent": 0.0,
                },
            ]
        )
        percent = {"recurring_uplift_mode": "percent"}
        self.env.company.write(percent | {"recurring_uplift_percent": 5.0})
        self.assertEqual(self._renewed_prices(contract), [105.0, 40.0])
        self.partner.write(percent | {"recurring_uplift_percent": 3.0})
        order = contract._create_renewal_orders([[contract]])
        self.assertEqual(order.order_line.mapped("price_unit"), [103.0, 40.0])
        service, support = order.order_line
        self.assertIn("3 %, as the customer says", service.recurring_price_note)
        self.assertIn("0 %, as the item says", support.recurring_price_note)

    def _renewed_prices(self, contract):
        lines = contract._prepare_renewal_line_values(date(2027, 1, 1), contract.item_ids._get_segments())
        return [line["price_unit"] for line in lines]

    def test_f26_by_a_price_index(self):
        index = self.env["recurring.price.index"].create(
            {
                "name": "Prices",
                "value_ids": [
                    Command.create({"date": date(2025, 12, 1), "value": 120.0}),
                    Command.create({"date": date(2026, 12, 1), "value": 123.6}),
                ],
            }
        )
        contract = self._contract()
        contract.write({"recurring_uplift_mode": "index", "recurring_uplift_index_id": index.id})
        self.assertEqual(self._renewed_prices(contract), [103.0])
        index.value_ids.filtered(lambda v: v.value == 120.0).date = date(2026, 6, 1)
        with self.assertRaisesRegex(UserError, "no value for"):
            self._renewed_prices(contract)

    def test_price_rules_go_on_after_the_renewal(self):
        contract = self._contract(
            [
                (self.service, 1, 100.0),
                {
                    "product_id": self.support.id,
                    "price_unit": 40.0,
                    "recurring_uplift_mode": "percent",
                    "recurring_uplift_percent": 0.0,
                },
            ]
        )
        contract.write({"recurring_uplift_mode": "percent", "recurring_uplift_percent": 5.0})
        order = self._propose(date(2026, 11, 1))
        order.action_confirm()
        self.assertEqual(self._renewed_prices(order.recurring_contract_id), [110.25, 40.0])

    def test_to_the_current_price_list(self):
        contract = self._contract()
        contract.recurring_uplift_mode = "pricelist"
        self.service.list_price = 130.0
        self.assertEqual(self._renewed_prices(contract), [130.0])

    def test_f23_with_another_product(self):
        self.service.product_tmpl_id.recurring_renewal_product_id = self.support
        order = self._contract()._create_renewal_orders([[self._contract()]])
        self.assertEqual(order.order_line.product_id, self.support)
        self.assertEqual(order.order_line.price_unit, 40.0)

    def test_f22_what_is_left_behind(self):
        contract = self._contract(
            [
                (self.service, 1, 100.0),
                (self.setup_fee, 1, 500.0),
                {"product_id": self.support.id, "price_unit": 9.0, "renewable": False},
            ]
        )
        order = contract._create_renewal_orders([[contract]])
        self.assertEqual(order.order_line.product_id, self.service)

    def test_f20_lines_of_one_product(self):
        items = [(self.service, 1, 10.0), (self.service, 1, 10.0), (self.service, 1, 12.0)]
        for by, count in (("none", 3), ("price", 2), ("product", 1)):
            self.plan_yearly_term.renewal_merge = by
            contract = self._contract(items)
            order = contract._create_renewal_orders([[contract]])
            with self.subTest(by=by):
                self.assertEqual(len(order.order_line), count)
                self.assertEqual(order.amount_untaxed, 32.0)
                self.assertEqual(order.order_line.recurring_origin_item_ids, contract.item_ids)

    def test_several_contracts_of_a_customer_in_one_order(self):
        first = self._contract()
        second = self._contract([(self.support, 1, 40.0)], start=date(2026, 2, 1))
        action = (first | second).action_renew_now()
        order = self.env["sale.order"].browse(action["res_id"])
        order.action_confirm()
        new = order.recurring_contract_id
        self.assertEqual((first | second).renewed_into_id, new)
        self.assertEqual(new.item_ids.mapped("date_start"), [date(2027, 1, 1), date(2027, 2, 1)])
        self.assertEqual((new.date_start, new.date_end), (date(2027, 1, 1), date(2028, 1, 31)))

    def test_discounts_and_references_are_carried(self):
        contract = self._contract(
            [{"product_id": self.service.id, "price_unit": 100.0, "discount": 15.0}],
            client_order_ref="PO 9",
        )
        order = contract._create_renewal_orders([[contract]])
        self.assertEqual(order.order_line.discount, 15.0)
        self.assertEqual(order.client_order_ref, "PO 9")

    def test_notice_ends_the_renewal(self):
        contract = self._contract()
        contract._end(date(2026, 12, 31), reason="left")
        self.assertEqual(contract.renewal_state, "lost")
        self.assertFalse(self._propose(date(2026, 11, 1)))

    def test_an_end_without_a_term_is_no_renewal(self):
        contract = self._create_contract([(self.service, 1, 10.0)], date_end=date(2027, 1, 31))
        self.assertEqual(contract.renewal_policy, "tacit")
        self.assertFalse(contract.renewal_state)
        self.assertFalse(contract.notice_deadline)
        self.assertNotIn(contract, self.env["recurring.contract"]._renew_tacitly(date(2027, 3, 1)))

    def test_renewed_by_an_order_is_not_extended_tacitly_as_well(self):
        plan = self._create_plan("Tacit", term_count=12)
        contract = self._create_contract([(self.service, 1, 10.0)], plan=plan)
        order = contract._create_renewal_orders([[contract]])
        order.action_confirm()
        self.assertFalse(contract.notice_deadline)
        self.assertFalse(self.env["recurring.contract"]._renew_tacitly(date(2027, 1, 1), self.env.company))
        order._action_cancel()
        self.assertEqual(contract.notice_deadline, date(2026, 12, 31))

    def test_an_order_cannot_renew_what_was_extended_meanwhile(self):
        plan = self._create_plan("Tacit", term_count=12)
        contract = self._create_contract([(self.service, 1, 10.0)], plan=plan)
        order = contract._create_renewal_orders([[contract]])
        self.env["recurring.contract"]._renew_tacitly(date(2027, 1, 1), self.env.company)
        with self.assertRaisesRegex(UserError, "goes on until 12/31/2027"):
            order.action_confirm()

    def test_tacit_renewals_are_planned(self):
        plan = self._create_plan("A year, tacitly", term_count=12)
        contract = self._create_contract([(self.service, 1, 10.0)], plan=plan)
        self.assertEqual(contract.renewal_state, "planned")

    def test_many_at_once_cost_few_queries_of_ours(self):
        """What is left for each contract is what Odoo itself asks to create an order."""

        def queries(count):
            for _number in range(count):
                self._contract([(self.service, 1, 10.0)] * 3)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._propose(date(2026, 11, 1))
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(2)
        few, many = queries(4), queries(24)
        self.assertLess((many - few) / 20, 10, (few, many))

    def test_the_cron_makes_each_once(self):
        contract = self._contract()
        cron = self.env.ref("recurring_contracts.ir_cron_recurring_contract_renew")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            self.assertEqual(len(contract.renewal_order_ids), 1)
            cron.method_direct_trigger()
        self.assertEqual(len(contract.renewal_order_ids), 1)
