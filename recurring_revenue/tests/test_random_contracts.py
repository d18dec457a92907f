import random
from datetime import date, timedelta

from odoo.tests import tagged

from .test_contract import ContractCommon

SEEDS = (1, 2)
STEPS = 14


@tagged("post_install", "-at_install")
class TestRandomContracts(ContractCommon):
    """Amendments, billing runs and closes in any order: every check stays green."""

    def test_all_checks_are_green_after_every_close(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                savepoint = self.env.cr.savepoint()
                self._play(random.Random(seed))
                savepoint.rollback()
                savepoint.close()
                self.env.invalidate_all()

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

    def _check_close(self, day):
        self._close(day)
        self.assertTies()
        self.assertFalse(self.env["recurring.revenue.check"]._get_failing(self.company))
