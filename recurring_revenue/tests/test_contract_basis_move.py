from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .test_obligation import DECEMBER, JANUARY, ObligationCommon

MARCH, APRIL, APRIL_FIRST = date(2026, 3, 31), date(2026, 4, 30), date(2026, 4, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestContractBasisMove(ObligationCommon):
    """Contracts in mid-term move from the invoice basis to the contract basis."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.accountant = new_test_user(cls.env, "rr_accountant", "account.group_account_manager", **values)
        cls.clerk = new_test_user(cls.env, "rr_clerk", "account.group_account_invoice", **values)
        cls.rule.method = "even_months"
        cls.by_invoice = cls.env["recurring.revenue.rule"].create({"name": "By invoice", "method": "even_months"})
        cls.by_month = cls._create_plan(name="Monthly for a year", term_count=1, term_unit="year", renewal_policy="end")

    def _sold(self, *prices, rule=None, billed=None, **values):
        """Return a contract that was sold and billed on the invoice basis; its products have a contract rule by now."""
        products = self.licence + self.support
        products.recurring_revenue_rule_id = rule or self.by_invoice
        contract = self._contract(*prices, **values)
        if billed:
            self._bill(billed)
        products.recurring_revenue_rule_id = self.rule
        return contract

    def _wizard(self, contract, day=APRIL_FIRST, user=None):
        user = user or self.accountant
        action = contract.with_user(user).with_company(self.company).action_decide_contract_basis()
        Wizard = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        wizard = Wizard.create({"reason": "IFRS 15"})
        if day:
            wizard.date = day
        return wizard

    def _move(self, contract, day=APRIL_FIRST):
        wizard = self._wizard(contract, day)
        wizard.action_preview()
        self.assertFalse(contract.revenue_allocation_id, "a preview changes nothing")
        wizard.action_confirm()
        return contract.accounting_decision_ids[0].with_user(self.accountant)

    def _finish(self, contract):
        self._bill(DECEMBER)
        self._close(DECEMBER)
        for account in (self.balance_account, self.deferred_account):
            for field in ("balance", "amount_currency"):
                self.assertAlmostEqual(self._balance(account, field), 0, 4)
        self.assertAlmostEqual(contract.revenue_allocation_id.balance, 0, 4)
        for obligation in contract.revenue_allocation_id.obligation_ids:
            self.assertAlmostEqual(obligation.remaining, 0, 4)
        self.assertContractTies()

    def test_f79_billed_in_advance(self):
        self._price(self.licence, 900)
        self._price(self.support, 900)
        contract = self._sold(600, 1200, billed=date(2026, 1, 1))
        invoice = contract.charge_ids.move_id
        self._close(MARCH)
        self.assertEqual(self._balance(self.deferred_account), 1350)
        decision = self._move(contract)
        # both share 1,800 by halves; 150 and 300 of it were recognised
        obligations = contract.revenue_allocation_id.obligation_ids
        self.assertRecordValues(
            obligations,
            [
                {"share": 900, "opening_recognised": 150, "recognised": 150, "remaining": 750},
                {"share": 900, "opening_recognised": 300, "recognised": 300, "remaining": 600},
            ],
        )
        self.assertEqual(self._balance(self.deferred_account), 0)
        self.assertEqual(self._balance(self.balance_account), 1350)
        self.assertRecordValues(contract.revenue_allocation_id, [{"billed": 1800, "recognised": 450, "balance": 1350}])
        self.assertEqual(decision.move_ids.date, APRIL_FIRST)
        self.assertContractTies()
        run = self._close(APRIL)
        # a month, and no catch-up in all: what the licence lacks the support had too much
        self.assertEqual(run.amount, 150)
        self.assertEqual(obligations.mapped("recognised"), [300, 300])
        self.assertEqual(set(self._schedules(invoice).mapped("remaining")), {0})
        self.assertContractTies()
        self._finish(contract)

    def test_f79_catch_up_of_what_invoices_had_put_off(self):
        """A free quarter: by invoices revenue began in April, by contract it began in January."""
        contract = self._create_contract(
            items=[{"product_id": self.licence.id, "price_unit": 100, "discount": 100, "tax_ids": []}],
            plan_id=self.by_month.id,
            started=False,
        )
        self.licence.recurring_revenue_rule_id = self.by_invoice
        contract.action_start()
        contract._amend(
            "change",
            contract.date_start,
            [contract.item_ids._prepare_event_values("discount", APRIL_FIRST, discount=0)],
        )
        self.licence.recurring_revenue_rule_id = self.rule
        self._close(MARCH)
        wizard = self._wizard(contract)
        wizard.action_preview()
        effect = contract.with_user(self.accountant)._get_effect(lambda: wizard._decide().contract_id, APRIL_FIRST)
        self.assertAlmostEqual(effect["revenue"]["sums"]["catch_up"], 225)
        wizard.action_confirm()
        self.assertEqual(self._close(APRIL).amount, 225 + 75)
        self._finish(contract)

    def test_f79_billed_by_month_in_the_middle_of_a_month(self):
        self.by_invoice.method = "by_day"
        contract = self._sold(100, plan_id=self.by_month.id, products=(self.licence,), billed=APRIL_FIRST)
        self._close(MARCH)
        self._move(contract, date(2026, 4, 16))
        self.assertRecordValues(
            contract.revenue_allocation_id.obligation_ids, [{"share": 1200, "opening_recognised": 350}]
        )
        self.assertEqual(self._balance(self.balance_account), 50)
        self.assertEqual(self._close(APRIL).amount, 400)  # the invoice is of April
        self._finish(contract)

    def test_f79_billed_in_arrears(self):
        contract = self._sold(365, products=(self.licence,), plan_id=self.quarterly.id)
        self._close(MARCH)
        self.assertEqual(self._balance(self.income_account), 0)  # no account of accrued income
        self._bill(APRIL_FIRST)
        self._move(contract)
        self.assertRecordValues(
            contract.revenue_allocation_id.obligation_ids, [{"share": 1460, "opening_recognised": 365}]
        )
        self._close(APRIL)
        self.assertAlmostEqual(self._balance(self.income_account), 486.67)
        self._bill(date(2027, 1, 1))
        self._finish(contract)

    def test_f79_without_end_the_month_goes_on(self):
        plan = self._create_plan(name="By quarter in arrears", billing_count=3, billing_timing="arrears")
        contract = self._sold(300, products=(self.licence,), plan_id=plan.id)
        self._close(MARCH)
        self._move(contract)
        self.assertEqual(contract.revenue_allocation_id.obligation_ids.date_start, APRIL_FIRST)
        invoice = self._bill(APRIL_FIRST)  # of the quarter before: still the invoice basis
        self.assertEqual(invoice.invoice_line_ids.account_id, self.deferred_account)
        self.assertEqual(self._close(APRIL).amount, 300 + 100)
        contract._end(date(2026, 6, 30))
        self._bill(date(2026, 7, 1))
        self._finish(contract)

    def test_f79_under_cut_off(self):
        self.by_invoice.booking = "cutoff"
        contract = self._sold(1200, products=(self.licence,), billed=date(2026, 1, 1))
        self._close(MARCH)
        self.assertEqual(self._balance(self.income_account), 1200)
        self._move(contract)
        self.assertEqual(self._balance(self.income_account), 300)
        self.assertEqual(self._balance(self.balance_account), 900)
        self._close(APRIL)
        self.assertEqual(self._balance(self.income_account), 400)
        self._finish(contract)

    def test_f79_recognised_at_once(self):
        contract = self._sold(1200, products=(self.licence,), rule=self.rule_at_once, billed=date(2026, 1, 1))
        self._close(MARCH)
        self._move(contract)
        self.assertFalse(contract.accounting_decision_ids.move_ids)
        self.assertEqual(self._close(APRIL).amount, 400 - 1200)
        self._finish(contract)

    def test_f79_with_a_credit_of_days_to_come(self):
        contract = self._sold(1200, products=(self.licence,), billed=date(2026, 1, 1))
        invoice = contract.charge_ids.move_id
        credit = invoice._reverse_moves([{"date": MARCH, "invoice_date": MARCH}])
        credit.invoice_line_ids.write(
            {"price_unit": 240, "recurring_date_start": date(2026, 10, 1), "recurring_date_end": DECEMBER}
        )
        credit.action_post()
        self._close(MARCH)
        self.assertEqual(self._balance(self.deferred_account), 660)
        self._move(contract)
        self.assertEqual(self._balance(self.deferred_account), 0)
        self.assertEqual(self._balance(self.balance_account), 660)
        self.assertEqual(contract.revenue_allocation_id.obligation_ids.conceded, -240)
        self.assertEqual(self._close(APRIL).amount, 100)
        self.assertEqual(self._close(date(2026, 10, 31)).amount, 600 - 80)
        self._finish(contract)
        self.assertEqual(self._balance(self.income_account), 960)

    def test_f79_ended_early_before_it_was_credited(self):
        contract = self._sold(1200, products=(self.licence,), billed=date(2026, 1, 1))
        contract._end(date(2026, 9, 30))
        self._close(MARCH)
        self._move(contract)
        self.assertEqual(self._balance(self.balance_account), 900)
        self._bill(date(2026, 10, 1))
        self._finish(contract)

    def test_f79_in_another_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 2.0), ("2026-04-01", 1.0)])
        contract = self._sold(1200, products=(self.licence,), currency_id=currency.id)
        self._bill(date(2026, 1, 1))
        self._close(MARCH)
        self._move(contract)
        # what was invoiced keeps its rate
        self.assertEqual(self._balance(self.balance_account), 450)
        self.assertEqual(self._balance(self.balance_account, "amount_currency"), 900)
        self.assertEqual(self._close(APRIL).amount, 50)
        self._finish(contract)
        self.assertEqual(self._balance(self.income_account), 600)

    def test_f79_amended_afterwards(self):
        contract = self._sold(1200, products=(self.licence,))
        self._bill(date(2026, 1, 1))
        self._close(MARCH)
        self._move(contract)
        self._amend(contract.item_ids, "price", date(2026, 7, 1), price_unit=2400)
        contract._end(date(2026, 9, 30))
        self._bill(DECEMBER)
        self._finish(contract)
        self.assertEqual(self._balance(self.income_account), 600 + 600)

    def test_f79_amended_from_before(self):
        contract = self._sold(1200, products=(self.licence,))
        self._bill(date(2026, 1, 1))
        self._close(MARCH)
        self._move(contract)
        self._amend(contract.item_ids, "price", date(2026, 2, 1), price_unit=600)
        self._finish(contract)
        self.assertAlmostEqual(self._balance(self.income_account), 650.96)  # billed by days

    def test_f79_undone(self):
        contract = self._sold(1200, products=(self.licence,))
        invoice = self._bill(date(2026, 1, 1))
        self._close(MARCH)
        decision = self._move(contract)
        with self.assertRaisesRegex(UserError, "Undo the decision instead"):
            decision.move_ids.button_draft()
        with self.assertRaisesRegex(UserError, "undo the decision first"):
            invoice.button_draft()
        run = self._close(APRIL)
        with self.assertRaisesRegex(UserError, "Reopen it first"):
            decision.action_undo()
        run.action_reopen()
        decision.action_undo()
        self.assertFalse(contract.revenue_allocation_id)
        self.assertEqual(self._balance(self.balance_account), 0)
        self.assertEqual(self._balance(self.deferred_account), 900)
        self.assertContractTies()
        self.assertEqual(self._close(APRIL).amount, 100)
        self.assertEqual(self._schedules(invoice).remaining, 800)
        self._close(DECEMBER)
        self.assertEqual(self._balance(self.income_account), 1200)
        self.assertContractTies()

    def test_f79_undone_and_moved_again(self):
        contract = self._sold(1200, products=(self.licence,))
        self._bill(date(2026, 1, 1))
        self._close(MARCH)
        self._move(contract).action_undo()
        self._move(contract)
        self.assertEqual(contract.obligation_count, 1)
        self.assertEqual(self._close(APRIL).amount, 100)
        self._finish(contract)

    def test_f79_not_undone_once_invoiced(self):
        contract = self._sold(100, products=(self.licence,), plan_id=self.by_month.id)
        self._bill(MARCH)
        self._close(MARCH)
        decision = self._move(contract)
        invoice = self._bill(APRIL_FIRST)
        self.assertEqual(invoice.invoice_line_ids.account_id, self.balance_account)
        with self.assertRaisesRegex(UserError, "bills the contract under it"):
            decision.action_undo()

    def test_f79_what_stands_against_it(self):
        contract = self._sold(1200, products=(self.licence,))
        self._bill(date(2026, 1, 1))
        self._close(MARCH)
        for day, message in ((MARCH, "closed or locked"), (date(2026, 4, 21), "choose today or an earlier day")):
            with self.assertRaisesRegex(UserError, message):
                self._move(contract, day)
        self.assertEqual(self._wizard(contract, None).date, APRIL_FIRST)
        self.company.fiscalyear_lock_date = APRIL
        with self.assertRaisesRegex(UserError, "closed or locked"):
            self._move(contract)
        self.company.fiscalyear_lock_date = False
        self.licence.recurring_revenue_rule_id = self.by_invoice
        with self.assertRaisesRegex(UserError, "Give its products such a rule first"):
            self._move(contract)
        self.licence.recurring_revenue_rule_id = self.rule
        self._move(contract)
        with self.assertRaisesRegex(UserError, "already"):
            self._wizard(contract).action_confirm()
        with self.assertRaises(AccessError):
            contract.with_user(self.clerk).action_decide_contract_basis()

    def test_f79_drafts_stand_against_it(self):
        contract = self._sold(1200, products=(self.licence,))
        self._bill(date(2026, 1, 1)).button_draft()
        with self.assertRaisesRegex(UserError, "Post or delete them first"):
            self._move(contract)

    def test_f79_the_preview_shows_the_entry(self):
        contract = self._sold(1200, products=(self.licence,))
        self._bill(date(2026, 1, 1))
        self._close(MARCH)
        wizard = self._wizard(contract)
        wizard.action_preview()
        self.assertIn("Contract balances", str(wizard.effect))
        effect = contract._get_effect(lambda: wizard._decide().contract_id, APRIL_FIRST)
        sums = effect["revenue"]["sums"]
        self.assertEqual((sums["total_before"], sums["total_after"], sums["catch_up"]), (1200, 1200, 0))

    def test_f79_progress_begins_with_what_was_recognised(self):
        self.rule.method = "percent"
        contract = self._sold(1200, products=(self.licence,), billed=date(2026, 1, 1))
        self._close(MARCH)
        self._move(contract)
        obligation = contract.revenue_allocation_id.obligation_ids
        self.assertEqual(obligation.percent_complete, 25)
        self.assertEqual(self._close(APRIL).amount, 0)
        obligation._get_progress_schedule()._report_progress(date(2026, 5, 31), 100)
        self.assertEqual(self._close(date(2026, 5, 31)).amount, 900)
        self._finish(contract)

    def test_f79_progress_of_an_earlier_term_stays_on_the_invoice_basis(self):
        """February and March were billed by progress that nobody has reported: no obligation of April has it."""
        plan = self._create_plan(name="Monthly without end")
        percent = self.by_invoice.copy({"name": "By progress", "method": "percent"})
        contract = self._sold(100, products=(self.licence,), rule=percent, plan_id=plan.id, billed=MARCH)
        invoice = contract.charge_ids.move_id
        self._close(MARCH)
        self.assertEqual(self._balance(self.deferred_account), 300)
        self._move(contract)
        self.assertEqual(self._balance(self.deferred_account), 300)
        self.assertEqual(self._balance(self.balance_account), 0)
        self._bill(APRIL_FIRST)
        self.assertEqual(self._close(APRIL).amount, 100)
        self.assertContractTies()
        for schedule in self._schedules(invoice):
            schedule._report_progress(date(2026, 5, 31), 100)
        contract._end(date(2026, 5, 31))
        self._bill(date(2026, 5, 31))
        self.assertEqual(self._close(date(2026, 5, 31)).amount, 300 + 100)
        self._finish(contract)

    def test_f79_before_anything_was_billed_or_closed(self):
        contract = self._sold(1200, products=(self.licence,))
        self._move(contract, JANUARY)
        self._finish(contract)


@tagged("post_install", "-at_install")
@freeze_time("2026-01-10")
class TestContractBasisOpening(ObligationCommon):
    """Contracts that another system has billed and recognised under the contract basis."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.method = "even_months"
        cls.from_july = cls._create_plan(
            name="A year from July", billing_unit="year", term_count=1, term_unit="year", renewal_policy="end"
        )

    def _migrated(self, *prices, amount=0, through=date(2025, 12, 31), billed=date(2026, 6, 30), **values):
        products = (self.licence, self.support)
        items = [
            {
                "product_id": product.id,
                "price_unit": price,
                "tax_ids": [],
                "opening_billed_through": billed,
                "opening_recognised_through": through,
                "opening_recognised_amount": amount,
            }
            for product, price in zip(products, prices, strict=False)
        ]
        values = {"plan_id": self.from_july.id, "start": date(2025, 7, 1), **values}
        return self._create_contract(items=items, **values)

    def _finish(self, contract):
        self._bill(date(2026, 6, 30))
        self._close(date(2026, 6, 30))
        self.assertAlmostEqual(self._balance(self.balance_account), 0, 4)
        self.assertAlmostEqual(contract.revenue_allocation_id.balance, 0, 4)
        self.assertContractTies()

    def test_f79_billed_and_recognised_elsewhere(self):
        self._price(self.licence, 900, plan_id=False)
        self._price(self.support, 900, plan_id=False)
        contract = self._migrated(600, 1200)
        self.assertRecordValues(
            contract.revenue_allocation_id.obligation_ids,
            [{"share": 900, "opening_recognised": 450}, {"share": 900, "opening_recognised": 450}],
        )
        self.assertEqual(self._balance(self.balance_account), 900)
        self.assertEqual(self._balance(self.balance_account, through=date(2025, 12, 30)), 0)
        self.assertEqual(self._balance(self.deferred_account), 0)
        self.assertContractTies()
        self.assertEqual(self._close(JANUARY).amount, 150)
        self._finish(contract)
        self.assertEqual(self._balance(self.income_account), 900)

    def test_f79_recognised_otherwise_elsewhere_is_caught_up(self):
        contract = self._migrated(1200, amount=500)
        self.assertEqual(self._balance(self.balance_account), 700)
        self.assertEqual(self._close(JANUARY).amount, 100 + 100)
        self._finish(contract)

    def test_f79_recognised_before_it_was_billed_elsewhere(self):
        plan = self._create_plan(
            name="By quarter in arrears",
            billing_count=3,
            billing_timing="arrears",
            term_count=1,
            term_unit="year",
            renewal_policy="end",
        )
        contract = self._migrated(300, plan_id=plan.id, billed=date(2025, 9, 30))
        # 600 recognised, 300 billed: a contract asset
        self.assertEqual(contract.revenue_allocation_id.balance, -300)
        self.assertEqual(self._balance(self.balance_account), -300)
        self._bill(date(2026, 1, 1))
        self._close(JANUARY)
        self.assertEqual(self._balance(self.income_account), 100)
        self._bill(date(2026, 7, 1))
        self._close(date(2026, 7, 31))
        self.assertAlmostEqual(self._balance(self.balance_account), 0, 4)
        self.assertContractTies()

    def test_f79_in_another_currency_elsewhere(self):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 2.0), ("2026-01-01", 1.0)])
        contract = self._migrated(1200, currency_id=currency.id)
        self.assertEqual(self._balance(self.balance_account), 300)
        self.assertEqual(self._balance(self.balance_account, "amount_currency"), 600)
        self._finish(contract)
        self.assertEqual(self._balance(self.income_account), 300)

    def test_f79_the_term_that_runs(self):
        """Of a contract in its third year only that year is opened."""
        contract = self._migrated(1200, start=date(2023, 7, 1), renewal_policy="tacit", date_end=date(2026, 6, 30))
        self.assertRecordValues(
            contract.revenue_allocation_id.obligation_ids,
            [{"date_start": date(2025, 7, 1), "share": 1200, "opening_recognised": 600}],
        )

    def test_f79_billed_there_only_goes_on_by_invoice(self):
        contract = self._migrated(1200, through=False)
        self.assertFalse(contract.revenue_allocation_id)
