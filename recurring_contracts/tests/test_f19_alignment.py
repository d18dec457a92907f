from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-05-10")
class TestAlignment(RecurringContractsCommon):
    """Co-termination, as a salesperson does it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.half_yearly = cls._create_plan(
            "Half a year", billing_count=6, term_count=6, renewal_policy="order", renewal_window_days=90
        )
        cls.yearly = cls._create_plan(
            "A year", billing_unit="year", billing_count=1, term_count=12, renewal_policy="order"
        )
        cls.seller = new_test_user(cls.env, "align_seller", groups="sales_team.group_sale_salesman")

    def _contract(self, price=6000.0, plan=None, start=date(2026, 1, 1), quantity=1, **values):
        return self._create_contract(
            [(self.service, quantity, price)],
            plan=plan or self.half_yearly,
            start=start,
            user_id=self.seller.id,
            **values,
        )

    def _wizard(self, contracts, **values):
        contracts = contracts.with_user(self.seller)
        action = contracts.action_align()
        form = Form(self.env["recurring.contract.align"].with_user(self.seller).with_context(**action["context"]))
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def _confirm(self, wizard):
        action = wizard.action_confirm()
        order = self.env["sale.order"].browse(action["res_id"]) if action.get("res_id") else None
        return order or self.env["sale.order"].search(action["domain"], order="id")

    def test_f19_shown_before_it_is_decided(self):
        contract = self._contract()
        wizard = self._wizard(contract, date_end=date(2027, 5, 2), price_rule="percent", uplift_percent=10.0)
        line = wizard.line_ids
        self.assertEqual((line.days, line.new_days), (181, 306))
        self.assertEqual((line.term_price, line.amount), (6000.0, 11158.01))
        self.assertEqual(wizard.amount_total, 11158.01)
        self.assertFalse(contract.renewal_order_ids)

    def test_f19_several_become_one_contract(self):
        first = self._contract()
        second = self._contract(1200.0, plan=self.yearly, start=date(2025, 10, 1), quantity=2)
        wizard = self._wizard(first | second, date_end=date(2027, 5, 2), price_rule="percent", uplift_percent=10.0)
        wizard.plan_id = self.yearly
        order = self._confirm(wizard)
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.recurring_renewed_contract_ids, first | second)
        self.assertEqual(order.order_line.mapped("price_subtotal"), [11158.01, round(2400 / 365 * 214 * 1.1, 2)])
        self.assertEqual(order.recurring_aligned_subtotal, order.amount_untaxed)
        self.assertEqual(order.recurring_subtotal, 0.0)
        self.assertEqual(order.recurring_contract_value, order.amount_untaxed)
        self.assertEqual(order.recurring_approval_state, False)
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertEqual((first | second).renewed_into_id, contract)
        self.assertEqual((contract.date_start, contract.date_end), (date(2026, 7, 1), date(2027, 5, 2)))
        long, short = contract.item_ids
        self.assertEqual((long.date_start, long.date_end), (date(2026, 7, 1), date(2027, 5, 2)))
        self.assertEqual((short.date_start, short.date_end), (date(2026, 10, 1), date(2027, 5, 2)))
        self.assertEqual((long.origin_item_id, short.origin_item_id), (first.item_ids, second.item_ids))
        self.assertEqual((long.billing_unit, long.billing_count), ("day", 306))
        self.assertEqual(long.billing_period_label, "Once for 306 days")
        contract._refresh_caches(date(2026, 7, 1))
        self.assertEqual(long.mrr, round(11158.01 / 306 * 365 / 12, 2))
        # prices of the plan's own period, on which the one renewal is based
        self.assertEqual((long.renewal_price_unit, short.renewal_price_unit), (13200.0, 1320.0))

    def test_f19_one_later_renewal_at_the_normal_price(self):
        contract = self._contract()
        contract.item_ids.write({"recurring_uplift_mode": "percent", "recurring_uplift_percent": 10.0})
        order = self._confirm(self._wizard(contract, date_end=date(2027, 5, 2)))
        self.assertEqual(order.order_line.price_unit, 11158.01)
        order.action_confirm()
        aligned = order.recurring_contract_id
        self.assertEqual(aligned.renewal_date, date(2027, 2, 1))
        renewal = self.env["recurring.contract"]._propose_renewals(date(2027, 2, 1), self.env.company)
        self.assertEqual(renewal.recurring_renewed_contract_ids, aligned)
        self.assertEqual(renewal.order_line.price_unit, 7260.0)
        renewal.action_confirm()
        item = renewal.recurring_contract_id.item_ids
        self.assertEqual((item.billing_unit, item.billing_count, item.is_aligned), ("month", 6, False))
        self.assertEqual(item.anchor_date, date(2027, 5, 3))

    def test_f19_the_rules_for_renewals_count_and_one_line_may_differ(self):
        contract = self._contract()
        contract.recurring_uplift_mode = "pricelist"
        self.service.list_price = 9000.0
        wizard = self._wizard(contract, date_end=date(2026, 12, 31))
        line = wizard.line_ids
        listed = contract.item_ids._get_renewal_list_price()
        term = round(6000 * float(listed) / 6000, 2)
        self.assertEqual(line.term_price, term)
        self.assertEqual(line.amount, round(term / 181 * 184, 2))
        line.uplift_percent = -5.0
        shown = line.amount
        order = self._confirm(wizard)
        self.assertEqual(order.order_line.price_subtotal, shown)
        self.assertIn("aligned", order.order_line.recurring_price_note)

    def test_f19_stay_apart_with_one_end(self):
        first, second = self._contract(), self._contract(1200.0, plan=self.yearly)
        wizard = self._wizard(first | second, target="apart")
        self.assertEqual(wizard.date_end, date(2026, 12, 31))
        self.assertEqual(wizard.line_ids.contract_id, first)
        order = self._confirm(wizard)
        order.action_confirm()
        new = order.recurring_contract_id
        self.assertEqual(new.date_end, second.date_end)
        self.assertFalse(second.renewed_into_id)
        self.assertEqual(new.plan_id, self.half_yearly)

    def test_f19_join_the_contract_that_ends_last(self):
        first, second = self._contract(), self._contract(1200.0, plan=self.yearly)
        wizard = self._wizard(first | second)
        self.assertEqual((wizard.host_id, wizard.plan_id), (second, self.yearly))
        order = self._confirm(wizard)
        self.assertEqual(order.recurring_renewed_contract_ids, first)
        order.action_confirm()
        self.assertEqual(first.renewed_into_id, second)
        self.assertEqual(order.recurring_contract_id, second)
        joined = second.item_ids - second.item_ids[0]
        self.assertEqual((joined.date_start, joined.date_end), (date(2026, 7, 1), date(2026, 12, 31)))
        self.assertEqual(joined.price_subtotal, round(6000 / 181 * 184, 2))
        renewal = second._create_renewal_orders([[second]])
        self.assertEqual(renewal.order_line.mapped("price_unit"), [1200.0, 12000.0])
        renewal._action_cancel()
        order._action_cancel()
        self.assertFalse(first.renewed_into_id)
        self.assertEqual(second.date_end, date(2026, 12, 31))
        self.assertEqual(second._get_items_to_renew(), second.item_ids[0])

    def test_f19_from_one_contract_the_others_are_proposed(self):
        first, second = self._contract(), self._contract(1200.0, plan=self.yearly)
        self._create_contract([(self.service, 1, 5.0)], user_id=self.seller.id)
        action = first.with_user(self.seller).action_align()
        self.assertEqual(action["context"]["default_contract_ids"], [Command.set((first | second).ids)])

    def test_f19_at_once_confirmed(self):
        contract = self._contract()
        order = self._confirm(self._wizard(contract, date_end=date(2026, 12, 31), document="confirmed"))
        self.assertEqual(order.state, "sale")
        self.assertEqual(contract.renewal_state, "done")

    def test_f19_refused(self):
        contract, other = self._contract(), self._contract(1200.0, plan=self.yearly)
        evergreen = self._contract(plan=self.plan_monthly)
        with self.assertRaisesRegex(UserError, "no end.*Cancel Contract"):
            (contract | evergreen).action_align()
        stranger = self._contract(partner_id=self.env["res.partner"].create({"name": "Somebody else"}).id)
        with self.assertRaisesRegex(UserError, "different customers"):
            (contract | stranger).action_align()
        foreign = self.env["product.pricelist"].create(
            {"name": "Swiss", "currency_id": self._enable_currency("CHF").id}
        )
        abroad = self._contract(pricelist_id=foreign.id)
        with self.assertRaisesRegex(UserError, "one currency"):
            (contract | abroad).action_align()
        wizard = self._wizard(contract | other, date_end=date(2026, 9, 30))
        self.assertIn("Choose a later common end", wizard.message)
        with self.assertRaisesRegex(UserError, "ends on 12/31/2026, after 09/30/2026"):
            wizard.action_confirm()
        order = contract._create_renewal_orders([[contract]])
        with self.assertRaisesRegex(UserError, f"being renewed by {order.name}"):
            (contract | other).action_align()

    def test_f19_a_changed_first_day_is_refused(self):
        order = self._confirm(self._wizard(self._contract(), date_end=date(2026, 12, 31)))
        order.order_line.recurring_date_start = date(2026, 8, 1)
        with self.assertRaisesRegex(UserError, "first day was changed"):
            order.action_confirm()

    def test_f19_a_duplicate_is_sold_by_normal_periods(self):
        order = self._confirm(self._wizard(self._contract(), date_end=date(2027, 5, 2)))
        copy = order.copy()
        self.assertEqual(copy.order_line.price_unit, 6000.0)
        self.assertFalse(copy.order_line.recurring_stretch_days)
        order.action_confirm()
        contract = order.recurring_contract_id.copy()
        item = contract.item_ids
        self.assertEqual((item.price_unit, item.billing_unit, item.billing_count), (6000.0, "month", 6))

    def test_f19_a_tacit_renewal_returns_to_normal_periods(self):
        tacit = self._create_plan("Tacit", billing_count=6, term_count=6, renewal_policy="tacit", notice_days=30)
        contract = self._contract(plan=tacit)
        order = self._confirm(self._wizard(contract, date_end=date(2027, 5, 2)))
        order.action_confirm()
        aligned = order.recurring_contract_id
        self.env["recurring.contract"]._renew_tacitly(date(2027, 4, 3), self.env.company)
        self.assertEqual(aligned.date_end, date(2027, 11, 2))
        stretch, normal = aligned.item_ids
        self.assertEqual(stretch.date_end, date(2027, 5, 2))
        self.assertEqual((normal.date_start, normal.origin_item_id), (date(2027, 5, 3), stretch))
        self.assertEqual((normal.price_unit, normal.billing_unit), (6000.0, "month"))
        self.env["recurring.contract"]._renew_tacitly(date(2027, 10, 4), self.env.company)
        self.assertEqual(normal.date_end, date(2028, 5, 2))
        self.assertEqual(len(aligned.item_ids), 2)

    def test_f19_a_stretch_amended_on_its_way_is_renewed_in_proportion(self):
        order = self._confirm(self._wizard(self._contract(), date_end=date(2027, 5, 2)))
        order.action_confirm()
        item = order.recurring_contract_id.item_ids
        day = date(2026, 9, 1)
        event = item._prepare_event_values("price", day, price_unit=item.price_unit * 0.9)
        item.contract_id._amend("change", day, [event])
        renewal = item.contract_id._create_renewal_orders([[item.contract_id]])
        self.assertEqual(renewal.order_line.price_unit, 5400.0)

    def test_f19_a_stranger_to_the_contract_cannot_align_it(self):
        contract = self._contract()
        contract.user_id = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            contract.with_user(self.seller).action_align()
