import runpy
from datetime import date

from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from .common import RecurringBillingCommon

JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-05-10")
class TestLastDayFree(RecurringBillingCommon):
    """F62: the last day in force is free, but the eve of what carries an item on is not its last day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hired = cls._create_plan(
            name="Hire", last_day_free=True, term_count=6, renewal_policy="order", renewal_merge="product"
        )

    def _renew(self, contract):
        order = contract._create_renewal_orders([[contract]])
        order.action_confirm()
        return order

    def _total(self, contract):
        return round(sum(contract.charge_ids.mapped("amount")), 2)

    def test_f62_lines_that_a_renewal_merges_are_paid_to_their_last_day(self):
        contract = self._create_contract(items=[{"price_unit": 30}, {"price_unit": 30}], plan_id=self.hired.id)
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._total(contract), 2 * (5 * 30 + 29))
        renewed = self._renew(contract).recurring_contract_id
        self.assertEqual(len(renewed.item_ids), 1, "both lines are one now")
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._total(contract), 2 * 6 * 30)
        self._bill(date(2026, 12, 31))
        self.assertEqual(self._total(renewed), 5 * 60 + 58.06, "30 of 31 days of December")
        self.assertFalse(self._bill(date(2026, 12, 31)))

    def test_f62_a_renewal_that_is_not_in_force_carries_nothing_on(self):
        contract = self._create_contract(items=[{"price_unit": 30}], plan_id=self.hired.id)
        order = contract._create_renewal_orders([[contract]])
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._total(contract), 179)
        order.action_confirm()
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._total(contract), 180)
        order._action_cancel()
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._total(contract), 179, "the renewal was taken back: the last day is credited")

    def test_f62_what_ends_before_its_renewal_begins_has_a_last_day(self):
        contract = self._create_contract(items=[{"price_unit": 30}], plan_id=self.hired.id)
        self._renew(contract)
        contract._end(date(2026, 6, 10))
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._total(contract), 5 * 30 + 9)

    def test_f62_what_was_free_before_the_upgrade_is_looked_at_again(self):
        contract = self._create_contract(items=[{"price_unit": 30}, {"price_unit": 30}], plan_id=self.hired.id)
        self._bill(date(2026, 6, 30))
        self._renew(contract)
        # as an earlier version left it: settled, the last day not billed
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recurring_contract_item SET settled_until = %s, next_billing_date = %s WHERE id IN %s",
            (date.max, date.max, tuple(contract.item_ids.ids)),
        )
        self.env.invalidate_all()
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._total(contract), 2 * 179)
        script = file_path("recurring_billing/migrations/19.0.1.2.0/post-last_days.py")
        runpy.run_path(script)["migrate"](self.env.cr, "19.0.1.1.0")
        self.env.invalidate_all()
        self._bill(date(2026, 6, 30))
        self.assertEqual(self._total(contract), 2 * 180)
