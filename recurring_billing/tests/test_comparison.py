from odoo.tests import BaseCase, tagged

from ..domain.comparison import compare, get_parting_names


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
