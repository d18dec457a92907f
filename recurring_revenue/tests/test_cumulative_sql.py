import random
from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..domain.recognition import cumulative
from ..models.recurring_revenue_cumulative_sql import SET_BASED, cumulative_sql, share_lateral

COUNT = 20000
ROUNDINGS = [Decimal("1"), Decimal("0.01"), Decimal("0.001"), Decimal("0.05")]


@tagged("post_install", "-at_install")
class TestCumulativeSql(TransactionCase):
    def test_equals_the_domain_on_random_schedules(self):
        rng = random.Random(76)
        rows = [self._random_schedule(rng) for _number in range(COUNT)]
        columns = [list(column) for column in zip(*rows, strict=True)]
        given = SQL(
            "UNNEST(%s::numeric[], %s::date[], %s::date[], %s::text[], %s::date[], %s::numeric[])"
            " WITH ORDINALITY AS given(total, start, last_day, method, upto, rounding, number)",
            *columns,
        )
        found = self.env.execute_query(
            SQL(
                "SELECT %s FROM %s CROSS JOIN LATERAL %s share ORDER BY number",
                cumulative_sql(SQL("given.total"), SQL("given.rounding")),
                given,
                share_lateral(SQL("given.start"), SQL("given.last_day"), SQL("given.method"), SQL("given.upto")),
            )
        )
        for (amount,), (total, start, last_day, method, upto, rounding) in zip(found, rows, strict=True):
            expected = cumulative(total, start, last_day + timedelta(days=1), method, upto, rounding)
            if Decimal(str(amount)) != expected:
                self.fail(f"{method} {total} {start} to {last_day} before {upto}: {amount}, not {expected}")

    def _random_schedule(self, rng):
        """Return a schedule, often from or to the end of a month, and a day within it or near."""
        start = self._random_day(rng, date(2023, 11, 1), 900)
        last_day = max(start, self._random_day(rng, start, rng.choice((5, 40, 400, 1500))))
        if rng.random() < 0.3:
            months = rng.randint(1, 30)
            year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
            last_day = date(year, month + 1, min(start.day, 28)) - timedelta(days=1)
        upto = self._random_day(rng, start - timedelta(days=10), (last_day - start).days + 20)
        rounding = rng.choice(ROUNDINGS)
        total = rng.choice((rng.randint(-(10**6), 10**6), rng.randint(-100, 100))) * rounding
        return total, start, last_day, rng.choice(SET_BASED), upto, rounding

    def _random_day(self, rng, first, days):
        day = first + timedelta(days=rng.randint(0, days))
        if rng.random() < 0.3:
            following = day.replace(day=28) + timedelta(days=4)
            return following.replace(day=1) - timedelta(days=rng.randint(0, 1))
        return day
