from datetime import date

from odoo.tests import tagged

from .test_obligation import DECEMBER, ObligationCommon

JUNE = date(2026, 6, 30)
JULY_FIRST = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestFigures(ObligationCommon):
    """Worked examples of the standards, from the contract to the ledger."""

    def _units(self, price):
        """Ten units a month at 100: 120 in a year, 60 of them by the end of June."""
        plan = self._create_plan(name="By month", term_count=1, term_unit="year", renewal_policy="end")
        self.rule.method = "even_months"
        self._price(self.licence, 95, plan_id=plan.id)
        item = {"product_id": self.licence.id, "quantity": 10, "price_unit": 100, "tax_ids": []}
        contract = self._create_contract(items=[item], plan_id=plan.id)
        self.assertEqual(self._close(JUNE).amount, 6000)
        added = contract.item_ids.sudo().copy(
            {
                "quantity": 5,
                "price_unit": price,
                "date_start": JULY_FIRST,
                "date_end": DECEMBER,
                "anchor_date": JULY_FIRST,
            }
        )
        contract._amend("change", JULY_FIRST, added._prepare_start_event_values())
        return contract

    def _finish(self, contract, amount):
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), amount)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(contract.revenue_allocation_id.balance, 0)
        self.assertContractTies()

    def test_f76_30_units_more_at_95_are_a_separate_contract(self):
        # IFRS 15, illustrative example 5, case A: 95 is what they are sold for alone
        contract = self._units(95)
        self.assertRecordValues(
            contract.amendment_ids.obligation_change_ids,
            [{"treatment": "separate", "price_change": 30 * 95, "share_after": 2850, "catch_up": 0}],
        )
        self.assertEqual(contract.revenue_allocation_id.obligation_ids.mapped("share"), [12000, 2850])
        self.assertEqual(self._close(date(2026, 7, 31)).amount, 10 * 100 + 5 * 95)
        self._finish(contract, 12000 + 2850)

    def test_f76_30_units_more_at_80_are_blended_to_93_33_each(self):
        # case B: 60 units at 100 and 30 at 80 are left, 93.33 each
        contract = self._units(80)
        changes = contract.amendment_ids.obligation_change_ids.sorted("obligation_id")
        self.assertRecordValues(
            changes,
            [
                {"treatment": "prospective", "earned": 6000, "share_before": 12000, "share_after": 6000 + 5600},
                {"treatment": "prospective", "earned": 0, "share_before": 0, "share_after": 2800},
            ],
        )
        for change, units in zip(changes, (60, 30), strict=True):
            self.assertAlmostEqual((change.share_after - change.earned) / units, 93.33, 2)
        self.assertAlmostEqual(self._close(date(2026, 7, 31)).amount, 15 * 93.33, 0)
        self._finish(contract, 12000 + 2400)

    def test_f76_1400_is_shared_as_801_53_and_598_47(self):
        self._price(self.licence, 750)
        self._price(self.support, 560)
        contract = self._contract(800, 600)
        obligations = contract.revenue_allocation_id.obligation_ids
        self.assertEqual(obligations.mapped("share"), [801.53, 598.47])
        self.assertEqual(obligations.mapped("moved"), [1.53, -1.53])
        self._finish(contract, 1400)

    def _credit_the_second_half(self, account):
        """Bill 100 at 0.90 for a year, release half of it, and credit the rest when the rate is 1.00."""
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 1 / 0.9), ("2026-07-01", 1.0)])
        self.rule.method = "even_months"
        item = {"product_id": self.licence.id, "price_unit": 100, "tax_ids": [], "proration": "month"}
        contract = self._contract(item, currency_id=currency.id)
        self._bill(date(2026, 1, 1))
        self._close(JUNE)
        self.assertEqual(self._balance(account), 45)
        self.assertEqual(self._balance(account, "amount_currency"), 50)
        contract._end(JUNE)
        credit = self._bill(JULY_FIRST)
        self.assertRecordValues(credit, [{"move_type": "out_refund", "amount_untaxed": 50}])
        self._close(date(2026, 7, 31))
        self.assertEqual(self._balance(account), 0)
        self.assertEqual(self._balance(account, "amount_currency"), 0)
        self.assertContractTies()

    def test_f79_100_at_90_half_released_and_the_rest_credited_at_another_rate(self):
        self._credit_the_second_half(self.balance_account)

    def test_f79_the_same_on_the_invoice_basis(self):
        self.rule.basis = "invoice"
        self._credit_the_second_half(self.deferred_account)
