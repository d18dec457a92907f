from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.ageing import NAMES, age, get_bucket

DAY = date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestAgeing(BaseCase):
    """In which column of an ageing an open amount stands."""

    def test_buckets(self):
        for due, expected in (
            (None, "not_due"),
            (date(2026, 4, 1), "not_due"),
            (date(2026, 3, 31), "not_due"),
            (date(2026, 3, 30), "due_30"),
            (date(2026, 3, 1), "due_30"),
            (date(2026, 2, 28), "due_60"),
            (date(2026, 1, 30), "due_60"),
            (date(2026, 1, 29), "due_90"),
            (date(2025, 12, 31), "due_90"),
            (date(2025, 12, 30), "due_older"),
        ):
            with self.subTest(due):
                self.assertEqual(get_bucket(due, DAY), expected)

    def test_age_adds_up(self):
        lines = [(date(2026, 3, 30), Decimal("10.10")), (date(2026, 3, 29), Decimal("-0.10")), (None, Decimal("1"))]
        totals = age(lines, DAY)
        self.assertEqual(tuple(totals), NAMES)
        self.assertEqual((totals["due_30"], totals["not_due"]), (Decimal("10.00"), Decimal("1")))
