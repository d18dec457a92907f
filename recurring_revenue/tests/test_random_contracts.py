import random
from contextlib import closing
from datetime import date, timedelta

from odoo.tests import tagged
from odoo.tools import date_utils

from .test_contract import ContractCommon
from .test_cutoff import CutoffCommon

SEEDS = (1, 2)
STEPS = 14


class RandomContractsCommon(ContractCommon):
    def _change(self, rng, contract, day):
        effective = max(day + timedelta(days=rng.randint(-40, 40)), contract.date_start)
        kind = rng.choice(("price", "quantity", "end"))
        if contract.date_end:
            return
        if kind == "end":
            contract._end(effective)
        elif kind == "price":
            self._amend(contract.item_ids, "price", effective, price_unit=rng.randint(1, 99999) / 100)
        else:
            self._amend(contract.item_ids, "quantity", effective, quantity=1)


@tagged("post_install", "-at_install")
class TestRandomContracts(RandomContractsCommon):
    """Amendments, billing runs and closes in any order: every check stays green."""

    def test_all_checks_are_green_after_every_close(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), closing(self.env.cr.savepoint()):
                self._play(random.Random(seed))

    def _play(self, rng):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 1.3), ("2026-05-01", 0.8)])
        contracts = self.env["recurring.contract"].concat(
            *(
                self._create_contract(
                    start=date(2026, 1, rng.randint(1, 31)),
                    plan_id=rng.choice((self.yearly, self.monthly)).id,
                    currency_id=rng.choice((currency, self.company.currency_id)).id,
                    items=[{"price_unit": rng.randint(1, 99999) / 100}],
                )
                for _index in range(3)
            )
        )
        self.service.recurring_revenue_rule_id = rng.choice((self.rule_by_day, self.rule_by_month))
        day = date(2026, 2, 1)
        for _step in range(STEPS):
            day += timedelta(days=rng.randint(0, 30))
            action = rng.choice(("amend", "amend", "bill", "bill", "close"))
            if action == "amend":
                self._change(rng, rng.choice(contracts), day)
            elif action == "bill":
                self._bill(day)
            else:
                self._check_close(day)
        self._bill(date(2027, 6, 1))
        self._check_close(date(2029, 12, 31))
        self.assertDeferred(0)
        self.assertDeferred(0, "amount_currency")

    def _check_close(self, day):
        self._close(day)
        self.assertTies()
        self.assertFalse(self.env["recurring.revenue.check"]._get_failing(self.company))


@tagged("post_install", "-at_install")
class TestRevenueWithoutInvoices(RandomContractsCommon, CutoffCommon):
    """Under either booking, what a month shows as revenue does not hang on what was invoiced by its end."""

    def test_billing_before_a_close_changes_no_revenue(self):
        for seed in SEEDS:
            for booking in ("deferral", "cutoff"):
                with self.subTest(seed=seed, booking=booking), closing(self.env.cr.savepoint()):
                    self.company.recurring_revenue_booking = booking
                    self._play(random.Random(seed))

    def _play(self, rng):
        plans = (self.yearly, self.monthly, self._create_plan(name="Arrears", billing_timing="arrears"))
        contracts = self.env["recurring.contract"].concat(
            *(
                self._create_contract(
                    start=date(2026, 1, rng.randint(1, 31)),
                    plan_id=plan.id,
                    items=[{"price_unit": rng.randint(100, 99999) / 100}],
                )
                for plan in plans
            )
        )
        for month in range(1, 9):
            month_end = date_utils.end_of(date(2026, month, 1), "month")
            for _index in range(rng.randint(0, 2)):
                self._change(rng, rng.choice(contracts), month_end)
            if rng.random() < 0.4:
                day = month_end - timedelta(days=rng.randint(0, 27))
                self._bill(day, invoice_date=day)
            run = self._close(month_end)
            self.assertTies()
            accrued = self._balance(self.income_account, through=month_end)
            if rng.random() < 0.5:
                run.action_reopen()
                self._bill(month_end, invoice_date=month_end)
                run.action_close()
                self.assertTies()
                # pieces are rounded apart where some of them are invoiced and others are not
                billed = self._balance(self.income_account, through=month_end)
                self.assertAlmostEqual(accrued, billed, delta=0.05)
