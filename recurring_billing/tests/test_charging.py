from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_billing.domain import charging
from odoo.addons.recurring_billing.domain.charges import NEVER, Billing
from odoo.addons.recurring_contracts.domain.periods import Interval, billing_day_grid

from .domain_case import Ledger, Segment, make_billing, make_terms


def amounts(pieces):
    return [str(piece.amount) for piece in pieces]


@tagged("post_install", "-at_install")
class TestCharging(BaseCase):
    """Tables of examples for the difference engine."""

    def test_change_within_a_month_before_and_after_billing(self):
        june, july = date(2026, 6, 1), date(2026, 7, 1)
        ten, twenty = make_terms(10), make_terms(20)
        amended = [Segment(june, date(2026, 6, 11), ten), Segment(date(2026, 6, 11), None, twenty)]
        with self.subTest("known before"):
            ledger = Ledger(make_billing(june), *amended)
            self.assertEqual(amounts(ledger.run(date(2026, 6, 15))), ["3.33", "13.33"])
        with self.subTest("entered after"):
            ledger = Ledger(make_billing(june), Segment(june, None, ten))
            self.assertEqual(amounts(ledger.run(june)), ["10.00"])
            ledger.amend(*amended, since=date(2026, 6, 11))
            self.assertEqual(ledger.run(date(2026, 6, 10)), [], "effective on the 11th")
            self.assertEqual(amounts(ledger.run(date(2026, 6, 11))), ["-6.67", "13.33"])
            self.assertEqual(ledger.since, july)
            self.assertEqual(ledger.run(date(2026, 6, 30)), [])

    def test_partial_periods(self):
        with self.subTest("50.00 a month from 10 August by calendar month"):
            billing = make_billing(date(2026, 8, 1))
            ledger = Ledger(billing, Segment(date(2026, 8, 10), None, make_terms(50)))
            (piece,) = ledger.run(date(2026, 8, 10))
            self.assertEqual((str(piece.amount), piece.units, piece.total), ("35.48", 22, 31))
        with self.subTest("90.00 from 28 March, billing day 5, until 4 February"):
            start = date(2026, 3, 28)
            billing = Billing(
                "recurring",
                billing_day_grid(start, Interval("month", 1), 5),
                "advance",
                "actual",
                Decimal("0.01"),
            )
            ledger = Ledger(billing, Segment(start, date(2027, 2, 5), make_terms(90)))
            (stub,) = ledger.run(start)
            self.assertEqual((str(stub.amount), stub.units, stub.total), ("23.23", 8, 31))
            ledger.run(date(2027, 2, 28))
            self.assertEqual(ledger.total, Decimal("923.23"))
            self.assertEqual(ledger.since, NEVER)

    def test_discount_cut_at_any_day(self):
        start, end = date(2026, 1, 1), date(2026, 2, 1)
        terms = make_terms("24.99", discount=20)
        for day in range(1, 31):
            cut = start + timedelta(days=day)
            with self.subTest(cut=cut):
                ledger = Ledger(make_billing(start), Segment(start, cut, terms))
                ledger.run(end)
                ledger.amend(Segment(start, end, terms), since=cut)
                ledger.run(end)
                self.assertEqual(ledger.total, Decimal("19.99"))

    def test_back_dated_price_after_quantity(self):
        june = date(2026, 6, 1)
        day6, day11 = date(2026, 6, 6), date(2026, 6, 11)
        two, three = make_terms(100, 2), make_terms(100, 3)
        both = [
            Segment(june, day6, two),
            Segment(day6, day11, make_terms(120, 2)),
            Segment(day11, None, make_terms(120, 3)),
        ]
        ordered = Ledger(make_billing(june), *both)
        ordered.run(date(2026, 6, 30))
        late = Ledger(make_billing(june), Segment(june, None, two))
        late.run(june)
        late.amend(Segment(june, day11, two), Segment(day11, None, three), since=day11)
        late.run(date(2026, 6, 15))
        late.amend(*both, since=day6)
        late.run(date(2026, 6, 20))
        self.assertEqual(late.total, ordered.total)
        self.assertEqual(late.total, Decimal("313.33"))

    def test_month_ends_come_from_the_anchor(self):
        anchor = date(2026, 1, 31)
        ledger = Ledger(make_billing(anchor), Segment(anchor, None, make_terms(10)))
        pieces = ledger.run(date(2026, 5, 30))
        starts = [piece.period.start for piece in pieces]
        expected = [anchor, date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
        self.assertEqual(starts, expected)
        self.assertEqual(amounts(pieces), ["10.00"] * 4)

    def test_leap_day(self):
        for year, total in ((2027, 28), (2028, 29)):
            billing = make_billing(date(year, 1, 1))
            segment = Segment(date(year, 2, 15), date(year, 3, 1), make_terms(29))
            (piece,) = Ledger(billing, segment).run(date(year, 3, 1))
            self.assertEqual((piece.units, piece.total), (total - 14, total))
        anchor = date(2028, 2, 29)
        ledger = Ledger(make_billing(anchor, "year"), Segment(anchor, None, make_terms(100)))
        starts = [piece.period.start for piece in ledger.run(date(2032, 3, 1))]
        self.assertEqual(
            starts,
            [anchor, *(date(year, 2, 28) for year in (2029, 2030, 2031)), date(2032, 2, 29)],
        )

    def test_currencies_without_and_with_three_decimals(self):
        start, cut = date(2026, 4, 1), date(2026, 4, 11)
        for rounding, price, pieces in (
            ("1", "1000", ["333", "667"]),
            ("0.001", "10", ["3.333", "6.667"]),
            ("0.05", "10", ["3.35", "6.65"]),
        ):
            with self.subTest(rounding=rounding):
                billing = make_billing(start, rounding=rounding)
                old, new = make_terms(price), make_terms(price, payer=2)
                ledger = Ledger(billing, Segment(start, cut, old), Segment(cut, None, new))
                self.assertEqual(amounts(ledger.run(start)), pieces)

    def test_arrears(self):
        start = date(2026, 8, 1)
        billing = make_billing(start, timing="arrears")
        ledger = Ledger(billing, Segment(start, None, make_terms(31)))
        self.assertEqual(ledger.run(date(2026, 8, 31)), [])
        self.assertEqual(amounts(ledger.run(date(2026, 9, 1))), ["31.00"])
        ledger.amend(Segment(start, date(2026, 9, 11), make_terms(30)), since=start)
        self.assertEqual(amounts(ledger.run(date(2026, 9, 10))), ["-31.00", "30.00"])
        self.assertEqual(amounts(ledger.run(date(2026, 9, 11))), ["10.00"])
        self.assertEqual(ledger.since, NEVER)

    def test_thirty_360(self):
        billing = make_billing(date(2026, 1, 1), proration="30e360")
        ledger = Ledger(billing, Segment(date(2026, 1, 16), date(2026, 2, 16), make_terms(30)))
        pieces = ledger.run(date(2026, 3, 1))
        self.assertEqual([(p.units, p.total) for p in pieces], [(15, 30), (15, 30)])
        self.assertEqual(amounts(pieces), ["15.00", "15.00"])

    def test_no_proration(self):
        start = date(2026, 1, 1)
        billing = make_billing(start, proration="none")
        ledger = Ledger(billing, Segment(date(2026, 1, 20), None, make_terms(30)))
        self.assertEqual(amounts(ledger.run(date(2026, 1, 20))), ["30.00"])
        ledger.amend(
            Segment(date(2026, 1, 20), date(2026, 1, 25), make_terms(30)),
            Segment(date(2026, 1, 25), date(2026, 2, 10), make_terms(60)),
            since=date(2026, 1, 25),
        )
        self.assertEqual(amounts(ledger.run(date(2026, 2, 1))), ["60.00"])
        ledger.amend(Segment(date(2026, 1, 20), None, make_terms(40)), since=date(2026, 1, 20))
        self.assertEqual(amounts(ledger.run(date(2026, 2, 1))), ["-30.00", "40.00", "-60.00", "40.00"])

    def test_one_time(self):
        start = date(2026, 1, 10)
        billing = make_billing(date(2026, 1, 1), charge_type="one_time")
        ledger = Ledger(billing, Segment(start, None, make_terms(500)))
        self.assertEqual(ledger.run(date(2026, 1, 9)), [])
        self.assertEqual(amounts(ledger.run(start)), ["500.00"])
        self.assertEqual(ledger.run(date(2027, 1, 1)), [])
        ledger.amend(Segment(start, None, make_terms(400)), since=start)
        self.assertEqual(amounts(ledger.run(date(2027, 1, 1))), ["-500.00", "400.00"])
        ledger.amend(since=start)
        self.assertEqual(amounts(ledger.run(date(2027, 1, 1))), ["-400.00"])
        self.assertEqual(ledger.total, 0)

    def test_suspension_and_end(self):
        start = date(2026, 6, 1)
        on, off = make_terms(30), make_terms(30, suspended=True)
        ledger = Ledger(make_billing(start), Segment(start, None, on))
        ledger.run(start)
        ledger.amend(
            Segment(start, date(2026, 6, 11), on),
            Segment(date(2026, 6, 11), date(2026, 6, 21), off),
            Segment(date(2026, 6, 21), None, on),
            since=date(2026, 6, 11),
        )
        (credit,) = ledger.run(date(2026, 6, 30))
        self.assertEqual((str(credit.amount), credit.corrects), ("-10.00", 1))
        ledger.amend(Segment(start, date(2026, 6, 6), on), since=date(2026, 6, 6))
        self.assertEqual(amounts(ledger.run(date(2026, 6, 30))), ["-5.00", "-10.00"])
        self.assertEqual(ledger.total, 5)

    def test_full_credit_mirrors_and_the_cent_goes_elsewhere(self):
        start = date(2026, 6, 1)
        first, second = date(2026, 6, 11), date(2026, 6, 21)
        parts = [make_terms(10, payer=payer) for payer in (1, 2, 3)]
        segments = [
            Segment(start, first, parts[0]),
            Segment(first, second, parts[1]),
            Segment(second, None, parts[2]),
        ]
        ledger = Ledger(make_billing(start), *segments)
        self.assertEqual(amounts(ledger.run(start)), ["3.33", "3.34", "3.33"])
        ledger.amend(segments[0], segments[2], since=first)
        pieces = ledger.run(date(2026, 6, 30))
        self.assertEqual(amounts(pieces), ["-3.34", "0.01"])
        self.assertEqual([piece.kind for piece in pieces], ["recurring", "rounding"])
        self.assertEqual(pieces[1].corrects, 3)
        self.assertEqual(ledger.total, Decimal("6.67"))

    def test_negative_price(self):
        start = date(2026, 6, 1)
        ledger = Ledger(make_billing(start), Segment(start, None, make_terms(-10)))
        ledger.run(start)
        ledger.amend(Segment(start, date(2026, 6, 11), make_terms(-10)), since=start)
        self.assertEqual(amounts(ledger.run(date(2026, 6, 30))), ["6.67"])

    def test_loose_charges_are_reused_or_given_up(self):
        start = date(2026, 6, 1)
        ledger = Ledger(make_billing(start), Segment(start, None, make_terms(10)))
        ledger.run(start)
        ledger.release()
        outcome = ledger.compute(start, ledger.since)
        self.assertEqual([piece.reuses for piece in outcome.pieces], [1])
        self.assertFalse(outcome.void)
        ledger.amend(Segment(start, None, make_terms(12)), since=start)
        outcome = ledger.compute(start, ledger.since)
        self.assertEqual(amounts(outcome.pieces), ["12.00"])
        self.assertEqual(outcome.void, [1])

    def test_loose_charge_with_a_standing_credit_stays(self):
        start = date(2026, 6, 1)
        ledger = Ledger(make_billing(start), Segment(start, None, make_terms(10)))
        ledger.run(start)
        ledger.amend(Segment(start, date(2026, 6, 16), make_terms(10)), since=start)
        ledger.run(date(2026, 6, 30))
        ledger.release({1})
        outcome = ledger.compute(date(2026, 6, 30), ledger.since)
        self.assertEqual((outcome.pieces, outcome.void), ([], []))

    def test_opening_covers_and_can_be_credited(self):
        start, floor = date(2024, 3, 15), date(2025, 12, 15)
        terms = make_terms(31)
        billing = make_billing(start)
        segments = [Segment(start, None, terms)]
        piece = charging.opening(billing, segments, date(2026, 1, 14))
        self.assertEqual((piece.start, piece.end), (floor, date(2026, 1, 15)))
        self.assertEqual((piece.kind, str(piece.amount)), ("opening", "31.00"))
        ledger = Ledger(make_billing(start, floor=piece.start), *segments)
        ledger.book(piece)
        (following,) = ledger.run(date(2026, 1, 31))
        self.assertEqual(following.period.start, date(2026, 1, 15))
        ledger.amend(Segment(start, date(2026, 1, 5), terms), since=date(2026, 1, 5))
        credits = ledger.run(date(2026, 1, 31))
        self.assertEqual(amounts(credits), ["-10.00", "-31.00"])
        self.assertEqual(credits[0].corrects, 1)

    def test_opening_in_the_middle_of_a_period(self):
        start = date(2025, 12, 1)
        piece = charging.opening(make_billing(start), [Segment(start, None, make_terms(31))], date(2025, 12, 10))
        self.assertEqual((str(piece.amount), piece.units, piece.total), ("10.00", 10, 31))

    def test_free_items_are_charged_nothing_and_settle(self):
        start = date(2026, 6, 1)
        ledger = Ledger(make_billing(start), Segment(start, None, make_terms(0)))
        (piece,) = ledger.run(start)
        self.assertEqual(piece.amount, 0)
        self.assertEqual(ledger.since, date(2026, 7, 1))
