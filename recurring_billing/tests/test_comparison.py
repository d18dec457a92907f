from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..domain.comparison import compare, get_parting_names, is_comparable, is_far


@tagged("post_install", "-at_install")
class TestComparison(BaseCase):
    """What differs between two sets of rows, and what parts invoices."""

    def test_new_gone_and_changed(self):
        approved = {1: {"price": 10, "tax": "A"}, 2: {"price": 20, "tax": "A"}, 3: {"price": 30, "tax": "A"}}
        current = {4: {"price": 10, "tax": "A"}, 2: {"price": 25, "tax": "A"}, 3: {"price": 30, "tax": "A"}}
        self.assertEqual(compare(approved, current), ([4], [1], {2: {"price": (20, 25)}}))
        self.assertEqual(compare(approved, approved), ([], [], {}))
        self.assertEqual(compare({}, current), ([4, 2, 3], [], {}))

    def test_parting_names(self):
        keys = [{"currency": 1, "terms": 2}, {"currency": 1, "terms": 2}, {"currency": 1, "terms": 3}]
        self.assertEqual(get_parting_names(keys), ["terms"])
        self.assertEqual(get_parting_names(keys[:2]), [])
        self.assertEqual(get_parting_names([]), [])

    def test_far(self):
        for amount, before, percent, minimum, expected in (
            ("121", "100", "20", "0", True),
            ("120", "100", "20", "0", False),
            ("79.99", "100", "20", "0", True),
            ("121", "100", "20", "21", True),
            ("121", "100", "20", "21.01", False),
            ("5", "0", "20", "0", True),
            ("0", "0", "20", "0", False),
            ("-121", "-100", "20", "0", True),
        ):
            with self.subTest(amount=amount, percent=percent, minimum=minimum):
                values = [Decimal(value) for value in (amount, before, percent, minimum)]
                self.assertIs(is_far(*values), expected)

    def test_comparable_periods(self):
        for days, before, expected in (
            (28, 31, True),
            (31, 30, True),
            (90, 92, True),
            (31, 365, False),
            (7, 14, False),
        ):
            with self.subTest(days=days, before=before):
                self.assertIs(is_comparable(days, before), expected)
