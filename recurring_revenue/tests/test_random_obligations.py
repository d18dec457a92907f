from contextlib import closing
from datetime import date, timedelta

from odoo.tests import tagged

from odoo.addons.recurring_contracts.tests.properties import given, settings, st

from .test_obligation import ObligationCommon

EXAMPLES = 5
STEPS = 14
METHODS = ("by_day", "by_month", "even_months")
ACTIONS = ("amend", "amend", "undo", "bill", "bill", "credit", "close", "close", "lock")


@tagged("post_install", "-at_install")
class TestRandomObligations(ObligationCommon):
    """Contracts under the contract basis in several currencies, beside one on the invoice basis.

    They are amended, billed, credited, closed and locked in any order. After every close the ledger is what
    was billed less what was recognised, account by account and currency by currency; in the end every
    obligation has recognised its share, to the cent. Accounting decisions and reported progress are tried
    by scenarios of their own: they are not held here in every order.
    """

    @settings(max_examples=EXAMPLES)
    @given(st.randoms(use_true_random=False))
    def test_f76_ledger_is_billed_less_recognised_after_every_close(self, rng):
        # closing: what is done within is rolled back, caches included
        with closing(self.env.cr.savepoint()):
            self._play(rng)

    def _play(self, rng):
        currencies = [
            self.setup_other_currency("CHF", rates=[("2025-01-01", 1.3), ("2026-05-01", 0.8)]),
            self.setup_other_currency("JPY", rates=[("2025-01-01", 140), ("2026-08-01", 160)], rounding=1),
            self.company.currency_id,
        ]
        self.by_invoice = self.env["recurring.revenue.rule"].create(
            {"name": "By invoice", "method": rng.choice(METHODS)}
        )
        self.rule.write({"method": rng.choice(METHODS)})
        for product in (self.licence, self.support):
            if rng.random() < 0.7:
                self._price(product, rng.randint(1, 99999) / 100)
        self.locked = date(2025, 12, 31)
        contracts = self._random_contracts(rng, currencies)
        self._take_steps(rng, contracts)
        self._finish(contracts)

    def _random_contracts(self, rng, currencies):
        """Return contracts, the first one on the invoice basis."""
        plans = (self.one_year, self.quarterly, self.monthly)
        contracts = self.env["recurring.contract"]
        for number in range(3):
            rules = {product: product.recurring_revenue_rule_id for product in (self.licence, self.support)}
            if not number:
                (self.licence + self.support).recurring_revenue_rule_id = self.by_invoice
            currency = rng.choice(currencies)
            prices = [currency.round(rng.randint(100, 99999) / 100) for _item in range(2)]
            day = date(2026, 1, rng.randint(1, 31))
            plan = rng.choice(plans)
            contracts += self._contract(*prices, start=day, plan_id=plan.id, currency_id=currency.id)
            if not number:
                self._bill(rng.choice((day, date(2026, 2, 1))))
            for product, rule in rules.items():
                product.recurring_revenue_rule_id = rule
        return contracts

    def _take_steps(self, rng, contracts):
        day = date(2026, 2, 1)
        for _step in range(STEPS):
            day += timedelta(days=rng.randint(0, 30))
            action = rng.choice(ACTIONS)
            if action == "amend":
                self._change(rng, rng.choice(contracts), day)
            elif action == "undo":
                self._undo(rng.choice(contracts))
            elif action == "bill":
                self._bill(day)
            elif action == "credit":
                self._credit(rng, contracts, day)
            elif action == "lock":
                self._lock(day)
            else:
                self._check_close(day)

    def _finish(self, contracts):
        """End what runs, bill, complete and close: nothing is left."""
        for contract in contracts:
            if not contract.date_end:
                contract._end(date(2027, 1, 15))
        self._bill(date(2027, 6, 1))
        self._check_close(date(2027, 12, 31))
        self._check_end(contracts)

    def _check_end(self, contracts):
        for allocation in contracts.revenue_allocation_id:
            self.assertAlmostEqual(allocation.balance, 0, 4)
            for obligation in allocation.obligation_ids:
                self.assertAlmostEqual(obligation.remaining, 0, 4)
        for field in ("balance", "amount_currency"):
            for account in (self.balance_account, self.asset_account, self.deferred_account):
                self.assertAlmostEqual(self._balance(account, field), 0, 4)

    # === STEPS === #

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
            price = contract.currency_id.round(rng.randint(100, 99999) / 100)
            self._amend(item, "price", effective, price_unit=price)
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
            line.price_unit = invoice.currency_id.round(line.price_unit * rng.random() / 10)
        credit.action_post()

    def _lock(self, day):
        """Lock what was before the month of a day, whether it was closed or not."""
        self.locked = max(self.locked, day.replace(day=1) - timedelta(days=1))
        self.company.fiscalyear_lock_date = self.locked

    # === CHECKS === #

    def _check_close(self, day):
        if day <= self.locked:
            return
        run = self._close(day)
        self.assertContractTies()
        for row in run.balance_ids:
            self.assertFalse(row.liability and row.asset)
            if row.currency_id == row.company_currency_id:
                self.assertAlmostEqual(row.liability - row.asset, row.billed - row.recognised, 4)
        for obligation in run.balance_ids.allocation_id.obligation_ids:
            for schedule in obligation.schedule_ids.filtered(lambda s: s.state != "cancelled"):
                self.assertLessEqual(abs(schedule.recognised_currency), abs(schedule.total_currency) + 0.0001)
        self.env.cr.execute(
            """
            SELECT move_id FROM account_move_line
             WHERE company_id = %s AND parent_state = 'posted'
             GROUP BY move_id HAVING SUM(balance) <> 0
            """,
            [self.company.id],
        )
        self.assertFalse(self.env.cr.fetchall(), "every entry balances")
