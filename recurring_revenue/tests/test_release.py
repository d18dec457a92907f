from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_contracts.tests.properties import given, st

from ..domain.release import Releases, ScheduleState

CENT = Decimal("0.01")
AMOUNTS = st.integers(-(10**6), 10**6).map(lambda cents: cents * CENT)


def schedule(number=1, **values):
    return ScheduleState(
        **{
            "id": number,
            "method": "by_day",
            "cancelled": False,
            "start": date(2026, 1, 1),
            "end": date(2026, 1, 11),
            "currency_id": 2,
            "deferred_account_id": 3,
            "revenue_account_id": 4,
            "analytic": None,
            "total": Decimal(90),
            "total_currency": Decimal(100),
            "recognised": Decimal(0),
            "recognised_currency": Decimal(0),
            "opening": Decimal(0),
            "opening_currency": Decimal(0),
            **values,
        }
    )


@tagged("post_install", "-at_install")
class TestRelease(BaseCase):
    def test_due_is_the_difference(self):
        for name, values, expected in (
            ("new", {}, (45, 50)),
            ("partly recognised", {"recognised": 9, "recognised_currency": 10}, (36, 40)),
            ("too much recognised", {"recognised": 90, "recognised_currency": 100}, (-45, -50)),
            (
                "cancelled",
                {"cancelled": True, "recognised": 45, "recognised_currency": 50},
                (-45, -50),
            ),
            (
                "cancelled opening keeps what the other system recognised",
                {
                    "cancelled": True,
                    "recognised": 45,
                    "recognised_currency": 50,
                    "opening": 9,
                    "opening_currency": 10,
                },
                (-36, -40),
            ),
        ):
            with self.subTest(name):
                self.assertEqual(schedule(**values).due(date(2026, 1, 6), CENT, CENT), expected)

    def test_groups(self):
        releases = Releases(company_currency_id=1)
        self.assertEqual(releases.add(schedule(1), Decimal(9), Decimal(10)), 0)
        self.assertEqual(releases.add(schedule(2), Decimal(9), Decimal(10)), 0)
        self.assertEqual(releases.add(schedule(3), Decimal(-9), Decimal(-10)), 1)
        self.assertEqual(releases.add(schedule(4, analytic="{}"), Decimal(9), Decimal(10)), 2)
        own_currency = schedule(5, currency_id=1)
        self.assertEqual(releases.add(own_currency, Decimal(9), Decimal(9)), 3)
        self.assertEqual(releases.add(own_currency, Decimal(-5), Decimal(-5)), 3)
        self.assertEqual([release.count for release in releases], [2, 1, 1, 2])

    @given(st.lists(st.tuples(AMOUNTS, AMOUNTS)))
    def test_journal_items_never_mix_signs_and_lose_nothing(self, amounts):
        releases = Releases(company_currency_id=1)
        for number, pair in enumerate(amounts):
            releases.add(schedule(number), *pair)
        parts = [part for release in releases for part in release.parts()]
        for amount, amount_currency in parts:
            self.assertGreaterEqual(amount * amount_currency, 0)
        self.assertEqual(sum(part[0] for part in parts), sum(pair[0] for pair in amounts))
        self.assertEqual(sum(part[1] for part in parts), sum(pair[1] for pair in amounts))
