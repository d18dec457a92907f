from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .test_obligation import DECEMBER, JANUARY, ObligationCommon

JUNE = date(2026, 6, 30)
JULY_FIRST = date(2026, 7, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-07-01")
class TestAccountingTerm(ObligationCommon):
    """The accounting term ends where the customer may leave without a substantive penalty (IFRS 15.11)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.accountant = new_test_user(cls.env, "rr_accountant", "account.group_account_manager", **values)
        cls.clerk = new_test_user(cls.env, "rr_clerk", "account.group_account_invoice", **values)
        cls.rule.method = "even_months"
        cls.three_years = cls._create_plan(
            name="Monthly, three years", term_count=3, term_unit="year", renewal_policy="end"
        )

    def _subscription(self, plan=None, price=100, started=True, **values):
        item = {"product_id": self.licence.id, "quantity": 1, "price_unit": price, "tax_ids": []}
        plan = plan or self.three_years
        return self._create_contract(items=[item], plan_id=plan.id, started=started, **values)

    def _obligations(self, contract):
        return contract.revenue_allocation_id.obligation_ids.sorted("date_start")

    def _wizard(self, contract, user=None, **values):
        action = contract.with_user(user or self.accountant).action_decide_accounting_term()
        Wizard = self.env[action["res_model"]].with_user(user or self.accountant).with_context(**action["context"])
        return Wizard.create({"reason": "No fee for leaving", **values})

    def _decide(self, contract, **values):
        wizard = self._wizard(contract, **values)
        wizard.action_preview()
        wizard.action_confirm()
        return contract.accounting_decision_ids[0].with_user(self.accountant)

    def _finish(self, contract):
        contract._end(DECEMBER)
        self._bill(date(2027, 1, 31))
        self._close(date(2027, 1, 31))
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(contract.revenue_allocation_id.balance, 0)
        self.assertContractTies()

    def test_f76_terms_of_a_contract(self):
        for name, plan_values, values, end in (
            ("as agreed", {}, {}, date(2028, 12, 31)),
            ("notice", {}, {"accounting_term": "notice"}, JANUARY),
            ("notice of a plan", {"accounting_term": "notice", "notice_days": 90}, {}, date(2026, 4, 30)),
            (
                "until a day",
                {},
                {"accounting_term": "date", "accounting_term_end": DECEMBER},
                DECEMBER,
            ),
            ("no end, no notice", {"term_count": 0}, {}, JANUARY),
            ("no end, notice of 30 days", {"term_count": 0, "notice_days": 30}, {}, JANUARY),
            ("no end, notice of 31 days", {"term_count": 0, "notice_days": 31}, {}, date(2026, 2, 28)),
        ):
            with self.subTest(name):
                plan = self.three_years.copy({"name": name, **plan_values})
                contract = self._subscription(plan, started=False)
                contract.write(values)
                contract.action_start()
                self.assertEqual(self._obligations(contract).date_end, end)
                months = (end.year - 2026) * 12 + end.month
                self.assertEqual(contract.revenue_allocation_id.price, 100 * months)

    def test_f76_next_terms_open_when_they_begin(self):
        contract = self._subscription(started=False)
        contract.write({"accounting_term": "date", "accounting_term_end": DECEMBER})
        contract.action_start()
        self._close(date(2027, 2, 28))
        self.assertEqual(
            self._obligations(contract).mapped("date_end"), [DECEMBER, date(2027, 1, 31), date(2027, 2, 28)]
        )
        self.assertEqual(self._balance(self.income_account), 1400)

    def test_f76_term_that_ends_within_a_billing_period(self):
        """Both halves of 8.85 are 4.425: the first term has 4.43 of it, the next one the rest."""
        contract = self._subscription(self.quarterly, price=8.85, started=False)
        contract.write({"accounting_term": "date", "accounting_term_end": date(2026, 8, 15)})
        contract.action_start()
        self._bill(date(2027, 1, 1))
        self._close(DECEMBER)
        self.assertEqual(self._obligations(contract).mapped("price"), [22.13, 4.42, 8.85])
        self._close(date(2027, 1, 31))
        self.assertRecordValues(contract.revenue_allocation_id, [{"billed": 35.4, "recognised": 35.4, "balance": 0}])
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertContractTies()

    def test_f76_shorter_term_moves_what_was_allocated(self):
        """The price of the licence falls after a year: over three years it is 800 a year, over one 1,200."""
        contract = self._subscription(started=False)
        item = contract.item_ids
        contract.action_start()
        contract._amend(
            "change", contract.date_start, [item._prepare_event_values("price", date(2027, 1, 1), price_unit=50)]
        )
        self._close(JUNE)
        self.assertEqual(self._balance(self.income_account), 400)
        decision = self._decide(contract, accounting_term="date", accounting_term_end=DECEMBER)
        self.assertRecordValues(
            decision.change_ids,
            [
                {
                    "treatment": "prospective",
                    "share_before": 2400,
                    "share_after": 1200,
                    "earned": 400,
                    "date_end_before": date(2028, 12, 31),
                }
            ],
        )
        self.assertEqual(self._obligations(contract).date_end, DECEMBER)
        self.assertEqual(contract.accounting_end, DECEMBER)
        # 800 over the six months left
        self.assertAlmostEqual(self._close(date(2026, 7, 31)).amount, 133.33)
        self.assertIn("No fee for leaving", contract.message_ids[0].body)
        self.assertIn("No fee for leaving", contract.revenue_allocation_id.message_ids[0].body)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 1200)
        # then it is bound for the notice period only, each month a contract of its own
        self.assertEqual(self._close(date(2027, 1, 31)).amount, 50)

    def test_f76_longer_term(self):
        contract = self._subscription(started=False)
        contract.accounting_term = "notice"
        contract.action_start()
        self._close(JUNE)
        self._close(date(2026, 7, 31))
        contract._amend(
            "change",
            date(2026, 8, 1),
            [contract.item_ids._prepare_event_values("price", date(2026, 8, 1), price_unit=40)],
        )
        effect = self._wizard(contract, accounting_term="date", accounting_term_end=DECEMBER)
        effect.action_preview()
        self.assertIn("From the change on", str(effect.effect))
        effect.action_confirm()
        self.assertEqual(self._obligations(contract)[-1].date_end, DECEMBER)
        self.assertRecordValues(
            contract.accounting_decision_ids.change_ids, [{"share_before": 100, "share_after": 300}]
        )
        self._finish(contract)

    def test_f76_undone(self):
        contract = self._subscription()
        self._close(JUNE)
        decision = self._decide(contract, accounting_term="notice")
        self.assertEqual(self._obligations(contract).date_end, date(2026, 7, 31))
        decision.action_undo()
        self.assertRecordValues(decision, [{"is_undone": True, "undone_user_id": self.accountant.id}])
        self.assertRecordValues(self._obligations(contract), [{"date_end": date(2028, 12, 31), "share": 3600}])
        self.assertEqual(contract.accounting_term, "agreed")
        with self.assertRaisesRegex(UserError, "undone already"):
            decision.action_undo()
        self.assertEqual(self._close(date(2026, 7, 31)).amount, 100)
        self._finish(contract)

    def test_f76_not_undone_once_something_was_built_on_it(self):
        contract = self._subscription()
        first = self._decide(contract, accounting_term="notice")
        second = self._decide(contract, accounting_term="date", accounting_term_end=DECEMBER)
        with self.assertRaisesRegex(UserError, "Undo that"):
            first.action_undo()
        second.action_undo()
        self._close(date(2026, 8, 31))
        with self.assertRaisesRegex(UserError, "next term"):
            first.action_undo()

    def test_f76_a_later_term_is_open(self):
        contract = self._subscription(started=False)
        contract.accounting_term = "notice"
        contract.action_start()
        self._close(date(2026, 8, 31))
        with self.assertRaisesRegex(UserError, "open already"):
            self._decide(contract, accounting_term="agreed")

    def test_f76_who_decides_and_what_is_asked(self):
        contract = self._subscription()
        with self.assertRaises(AccessError):
            contract.with_user(self.clerk).action_decide_accounting_term()
        with self.assertRaises(UserError):
            contract.write({"accounting_term": "notice"})
        with self.assertRaisesRegex(UserError, "until when the customer is bound"):
            self._decide(contract, accounting_term="date", accounting_term_end=JUNE)
