import random
from contextlib import closing
from datetime import date, timedelta

from odoo.tests import tagged

from .test_obligation import ObligationCommon

SEEDS = (1, 2, 3, 4)
STEPS = 12


@tagged("post_install", "-at_install")
class TestRandomObligations(ObligationCommon):
    """Contracts under the contract basis, amended, billed, credited and closed in any order.

    After every close the ledger is what was billed less what was recognised, contract by contract; in
    the end every obligation has recognised its share, to the cent.
    """

    def test_ledger_is_billed_less_recognised_after_every_close(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), closing(self.env.cr.savepoint()):
                self._play(random.Random(seed))

    def _play(self, rng):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 1.3), ("2026-05-01", 0.8)])
        self.rule.write({"method": rng.choice(("by_day", "by_month", "even_months"))})
        for product in (self.licence, self.support):
            if rng.random() < 0.7:
                self._price(product, rng.randint(1, 99999) / 100)
        contracts = self._random_contracts(rng, currency)
        self._take_steps(rng, contracts)
        for contract in contracts:
            if not contract.date_end:
                contract._end(date(2027, 1, 15))
        self._bill(date(2027, 6, 1))
        self._check_close(date(2027, 12, 31))
        self._check_end(contracts)

    def _random_contracts(self, rng, currency):
        return self.env["recurring.contract"].concat(
            *(
                self._contract(
                    rng.randint(1, 99999) / 100,
                    rng.randint(1, 99999) / 100,
                    start=date(2026, 1, rng.randint(1, 31)),
                    plan_id=rng.choice((self.one_year, self.quarterly, self.monthly)).id,
                    currency_id=rng.choice((currency, self.company.currency_id)).id,
                )
                for _index in range(3)
            )
        )

    def _take_steps(self, rng, contracts):
        day = date(2026, 2, 1)
        for _step in range(STEPS):
            day += timedelta(days=rng.randint(0, 30))
            action = rng.choice(("amend", "amend", "undo", "bill", "bill", "credit", "close", "close"))
            if action == "amend":
                self._change(rng, rng.choice(contracts), day)
            elif action == "undo":
                self._undo(rng.choice(contracts))
            elif action == "bill":
                self._bill(day)
            elif action == "credit":
                self._credit(rng, contracts, day)
            else:
                self._check_close(day)

    def _check_end(self, contracts):
        for allocation in contracts.revenue_allocation_id:
            self.assertAlmostEqual(allocation.balance, 0, 4)
            for obligation in allocation.obligation_ids:
                self.assertAlmostEqual(obligation.remaining, 0, 4)
        for field in ("balance", "amount_currency"):
            self.assertAlmostEqual(self._balance(self.balance_account, field), 0, 4)
            self.assertAlmostEqual(self._balance(self.asset_account, field), 0, 4)

    def _change(self, rng, contract, day):
        if contract.date_end and contract.date_end < day:
            return
        effective = max(day + timedelta(days=rng.randint(-40, 40)), contract.date_start)
        kind = rng.choice(("price", "quantity", "end"))
        item = rng.choice(contract.item_ids)
        if kind == "end" and rng.random() < 0.3:
            if not contract.terminated_by_id:
                contract._end(effective)
        elif kind == "price":
            self._amend(item, "price", effective, price_unit=rng.randint(1, 99999) / 100)
        else:
            self._amend(item, "quantity", effective, quantity=1)

    def _undo(self, contract):
        last = contract.amendment_ids._get_last_undoable()
        if last.kind != "new":
            last.action_undo()

    def _credit(self, rng, contracts, day):
        """Give some of an invoice back, which no amendment explains."""
        invoices = self.env["account.move"].search(
            [("move_type", "=", "out_invoice"), ("line_ids.recurring_contract_id", "in", contracts.ids)]
        )
        if not invoices:
            return
        invoice = rng.choice(list(invoices))
        credit = invoice._reverse_moves([{"date": max(day, invoice.date), "invoice_date": max(day, invoice.date)}])
        for line in credit.invoice_line_ids:
            line.price_unit = round(line.price_unit * rng.random() / 10, 2)
        credit.action_post()

    def _check_close(self, day):
        run = self._close(day)
        self.assertContractTies()
        for row in run.balance_ids:
            self.assertFalse(row.liability and row.asset)
            if row.currency_id == row.company_currency_id:
                self.assertAlmostEqual(row.liability - row.asset, row.billed - row.recognised, 4)
        for obligation in run.balance_ids.allocation_id.obligation_ids:
            for schedule in obligation.schedule_ids.filtered(lambda s: s.state != "cancelled"):
                self.assertLessEqual(abs(schedule.recognised_currency), abs(schedule.total_currency) + 0.0001)
