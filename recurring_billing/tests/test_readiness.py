from datetime import date

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_billing.domain.readiness import COMPLETE, MONTH_END, READY, is_invoiced_on, last_month_end


@tagged("post_install", "-at_install")
class TestReadiness(BaseCase):
    def test_last_month_end(self):
        for day, expected in (
            (date(2026, 8, 31), date(2026, 8, 31)),
            (date(2026, 9, 1), date(2026, 8, 31)),
            (date(2026, 9, 29), date(2026, 8, 31)),
            (date(2028, 2, 29), date(2028, 2, 29)),
            (date(2028, 3, 1), date(2028, 2, 29)),
            (date(2026, 1, 15), date(2025, 12, 31)),
        ):
            with self.subTest(day=day):
                self.assertEqual(last_month_end(day), expected)

    def test_is_invoiced_on(self):
        ordered = date(2026, 8, 9)
        for when, day, since, complete, expected in (
            (READY, date(2026, 8, 10), ordered, False, True),
            (COMPLETE, date(2026, 8, 10), ordered, False, False),
            (COMPLETE, date(2026, 8, 10), ordered, True, True),
            (MONTH_END, date(2026, 8, 30), ordered, True, False),
            (MONTH_END, date(2026, 8, 31), ordered, False, True),
            (MONTH_END, date(2026, 9, 1), ordered, False, True),
            (MONTH_END, date(2026, 9, 29), date(2026, 8, 31), True, False),
            (MONTH_END, date(2026, 9, 30), date(2026, 8, 31), True, True),
            (MONTH_END, date(2026, 9, 30), date(2026, 9, 1), True, True),
        ):
            with self.subTest(when=when, day=day, since=since, complete=complete):
                self.assertEqual(is_invoiced_on(when, day, since, complete), expected)
