from datetime import date

from odoo.tests import tagged

from .test_obligation import DECEMBER, JANUARY, ObligationCommon

JUNE = date(2026, 6, 30)
JULY_FIRST = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestObligationChange(ObligationCommon):
    """Amendments of contracts under the contract basis: IFRS 15.20 and 15.21."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.method = "even_months"
        cls.by_month = cls._create_plan(name="Monthly for a year", term_count=1, term_unit="year", renewal_policy="end")

    def _subscription(self, quantity=10, price=100):
        item = {"product_id": self.licence.id, "quantity": quantity, "price_unit": price, "tax_ids": []}
        return self._create_contract(items=[item], plan_id=self.by_month.id)

    def _changes(self, contract):
        return contract.amendment_ids.obligation_change_ids.sorted("id")

    def test_f76_added_at_its_price_alone_is_a_separate_contract(self):
        self._price(self.licence, 100, plan_id=self.by_month.id)
        contract = self._subscription()
        self._close(JUNE)
        self._price(self.licence, 100, plan_id=self.by_month.id, date_start=date(2026, 6, 1))
        self._amend(contract.item_ids, "quantity", JULY_FIRST, quantity=5)
        self.assertRecordValues(
            self._changes(contract),
            [{"treatment": "separate", "price_change": 3000, "share_before": 0, "share_after": 3000, "catch_up": 0}],
        )
        self.assertEqual(contract.revenue_allocation_id.obligation_ids.mapped("share"), [12000, 3000])
        self.assertEqual(self._close(date(2026, 7, 31)).amount, 1500)
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_f76_another_price_is_blended_with_what_remains(self):
        self._price(self.licence, 95, plan_id=self.by_month.id)
        contract = self._subscription()
        self._close(JUNE)
        # 10 at 100 for the six months left, and 5 more; all of them at 93.33 from now on
        item = contract.item_ids
        contract._amend(
            "change",
            JULY_FIRST,
            [
                item._prepare_event_values("quantity", JULY_FIRST, quantity=5),
                item._prepare_event_values("price", JULY_FIRST, price_unit=1400 / 15),
            ],
        )
        self.assertRecordValues(
            self._changes(contract),
            [
                {
                    "treatment": "prospective",
                    "price_change": 2400,
                    "share_before": 12000,
                    "share_after": 14400,
                    "earned": 6000,
                }
            ],
        )
        self.assertEqual(self._close(date(2026, 7, 31)).amount, 1400)
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 14400)
        self.assertContractTies()

    def test_catch_up_where_the_rule_says_so(self):
        self.rule.modification = "catch_up"
        contract = self._subscription()
        self._close(JUNE)
        self._amend(contract.item_ids, "price", JULY_FIRST, price_unit=120)
        # 13,200 over twelve months: six of them were recognised at 1,000, and are 1,100 each
        self.assertRecordValues(
            self._changes(contract),
            [{"treatment": "catch_up", "price_change": 1200, "share_after": 13200, "earned": 6000, "catch_up": 600}],
        )
        self.assertEqual(self._close(date(2026, 7, 31)).amount, 600 + 1100)
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 13200)
        self.assertContractTies()

    def test_undone_as_if_it_had_not_been(self):
        for treatment in ("separate", "prospective", "catch_up"):
            with self.subTest(treatment):
                self.rule.modification = treatment
                contract = self._subscription()
                obligations = contract.revenue_allocation_id.obligation_ids
                self._amend(contract.item_ids, "price", JULY_FIRST, price_unit=120).action_undo()
                self.assertTrue(all(self._changes(contract).mapped("is_undone")))
                self.assertEqual(sum(obligations.mapped("price")), 12000)
                self.assertEqual(sum(contract.revenue_allocation_id.obligation_ids.mapped("share")), 12000)
                self.assertContractTies()
                contract._end(date(2025, 12, 31))

    def test_undone_after_a_close_is_taken_back_by_the_next(self):
        contract = self._subscription()
        amendment = self._amend(contract.item_ids, "price", JULY_FIRST, price_unit=200)
        self.assertEqual(self._close(date(2026, 7, 31)).amount, 6000 + 2000)
        amendment.action_undo()
        self.assertEqual(self._close(date(2026, 8, 31)).amount, 0)
        self.assertEqual(self._balance(self.income_account), 8000)
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 12000)
        self.assertContractTies()

    def test_ended_early(self):
        contract = self._subscription()
        self._close(JUNE)
        contract._end(date(2026, 9, 30))
        self.assertRecordValues(self._changes(contract), [{"price_change": -3000, "share_after": 9000}])
        self._bill(DECEMBER)
        self._close(date(2026, 9, 30))
        self.assertEqual(self._balance(self.income_account), 9000)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_ended_early_and_owed_to_the_end(self):
        contract = self._subscription()
        self._close(JUNE)
        contract._cancel_service(date(2026, 9, 30), owed="term")
        self.assertRecordValues(self._changes(contract), [{"price_change": 0, "share_after": 12000, "earned": 9000}])
        self.assertEqual(self._close(date(2026, 9, 30)).amount, 3000)
        self.assertEqual(self._close(date(2026, 10, 31)).amount, 3000)  # nothing is left to render
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 12000)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_ended_early_and_credited_from_before(self):
        contract = self._subscription()
        self._close(JUNE)
        contract._cancel_service(date(2026, 9, 30), owed="from", date_credit=date(2026, 9, 1))
        self.assertRecordValues(self._changes(contract), [{"price_change": -4000, "share_after": 8000}])
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 8000)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_ended_early_and_undone(self):
        contract = self._subscription()
        self._close(JUNE)
        contract._cancel_service(date(2026, 9, 30), owed="term").action_undo()
        self.assertEqual(self._close(date(2026, 10, 31)).amount, 4000)
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 12000)
        self.assertContractTies()

    def test_an_item_without_end_owed_to_the_end_of_its_period(self):
        plan = self._create_plan(name="By quarter, without end", billing_count=3)
        item = {"product_id": self.licence.id, "quantity": 1, "price_unit": 300, "tax_ids": []}
        contract = self._create_contract(items=[item], plan_id=plan.id)
        self._bill(date(2026, 1, 1))
        self._close(date(2026, 1, 31))
        contract._cancel_service(date(2026, 2, 10), owed="period")
        self._bill(DECEMBER)
        self._close(date(2026, 3, 31))
        self.assertEqual(self._balance(self.income_account), 300)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_suspended_days_that_are_billed_all_the_same(self):
        self.rule.method = "by_day"
        contract = self._subscription()
        item = contract.item_ids
        events = [
            item._prepare_event_values("suspend", JULY_FIRST, suspension_billed=True),
            item._prepare_event_values("resume", date(2026, 9, 1)),
        ]
        contract._amend("suspend", JULY_FIRST, events)
        self.assertRecordValues(self._changes(contract), [{"price_change": 0, "share_after": 12000}])
        self._close(JUNE)
        self.assertEqual(self._close(date(2026, 8, 31)).amount, 0)
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 12000)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_ended_at_once_with_a_moved_price(self):
        self._price(self.licence, 750)
        self._price(self.support, 560)
        contract = self._contract(800, 600)
        self._bill(date(2026, 1, 1))
        self._close(JUNE)
        contract._end(JUNE)
        self._bill(JULY_FIRST)
        self._close(date(2026, 7, 31))
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_added_item_below_its_price_shares_the_rest(self):
        self._price(self.licence, 750)
        self._price(self.support, 560)
        contract = self._contract(750, products=(self.licence,))
        self._close(JUNE)
        item = contract.item_ids.sudo().copy(
            {
                "product_id": self.support.id,
                "price_unit": 200,
                "proration": "none",
                "date_start": JULY_FIRST,
                "date_end": DECEMBER,
                "anchor_date": JULY_FIRST,
            }
        )
        contract._amend("change", JULY_FIRST, item._prepare_start_event_values())
        changes = self._changes(contract)
        self.assertEqual(set(changes.mapped("treatment")), {"prospective"})
        self.assertAlmostEqual(sum(changes.mapped("share_after")), 950)
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(self._balance(self.income_account), 950)
        self.assertContractTies()

    def test_suspended_days_earn_nothing(self):
        self.rule.method = "by_day"
        contract = self._subscription()
        item = contract.item_ids
        events = [
            item._prepare_event_values("suspend", JULY_FIRST),
            item._prepare_event_values("resume", date(2026, 9, 1)),
        ]
        contract._amend("suspend", JULY_FIRST, events)
        self.assertRecordValues(self._changes(contract), [{"price_change": -2000, "share_after": 10000}])
        self._close(JUNE)
        self.assertEqual(self._close(date(2026, 8, 31)).amount, 0)
        self._bill(DECEMBER)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_goodwill_credit_lowers_the_price(self):
        contract = self._contract(365, products=(self.licence,))
        invoice = self._bill(date(2026, 1, 1))
        self._close(JANUARY)
        credit = invoice._reverse_moves([{"date": date(2026, 2, 1), "invoice_date": date(2026, 2, 1)}])
        credit.invoice_line_ids.price_unit = 73
        credit.action_post()
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 292)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(contract.revenue_allocation_id.balance, 0)
        self.assertContractTies()
