import random
from contextlib import closing
from datetime import date, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..domain import replay
from .test_amend_kinds import AmendCase

SEEDS = (1, 2, 3)
STEPS = 12
START = date(2026, 1, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16")
class TestAmendProperties(AmendCase):
    """Any amendments in any order, back-dated and on one day, undone and renewed: the journal adds up."""

    def test_f34_random_histories(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), closing(self.env.cr.savepoint()):
                self._play(random.Random(seed))

    def _play(self, rng):
        self.entered, self.undo = START, []
        self._mark_entry()
        for _step in range(STEPS):
            self._step(rng)
            self._mark_entry()
            self.assertAddsUp()
        self.assertSnapshots(rng)
        while self.undo:
            before = self.undo.pop()
            self.contract.action_undo()
            self.assertEqual(self._state(), before)
            self.assertAddsUp()

    def _step(self, rng):
        """Enter one amendment, or undo one, or renew; refusals leave everything as it was."""
        before = self._state()
        kind = rng.choice(("change", "change", "change", "swap", "add", "suspend", "resume", "extend", "end", "payer",
                           "transfer", "undo", "renew"))  # fmt: skip
        if kind == "undo":
            if self.undo:
                self.contract.action_undo()
                self.assertEqual(self._state(), self.undo.pop())
            return
        if kind == "renew":
            if self.contract.transferred_into_ids.filtered("item_ids.segment_ids"):
                return
            renewed = self.contract._renew_tacitly(date(2027, 1, 1))
            if self.contract in renewed:
                self.undo.append(before)
            return
        wizard = self._wizard_of(rng, kind)
        try:
            with self.env.cr.savepoint():
                wizard.action_confirm()
        except (UserError, ValidationError):
            self.assertEqual(self._state(), before)
            return
        self.undo.append(before)

    def _wizard_of(self, rng, kind):
        day = START + timedelta(days=rng.choice((0, 0, 10, 10, rng.randint(0, 400))))
        values = {"date": day}
        if kind in ("extend", "end"):
            values = {"date_end": day, "owed": rng.choice(("service", "period"))}
        if kind == "payer":
            values["partner_invoice_id"] = rng.choice((self.buyer, self.partner)).id
        if kind == "transfer":
            values |= {"partner_id": self.buyer.id, "transfer_credit": rng.choice(("credit", "settled"))}
        if kind == "suspend":
            values["suspension_term"] = rng.choice(("stay", "shift"))
            values["suspension_billing"] = rng.choice(("stop", "go_on"))
            if rng.random() < 0.5:
                values["date_resume"] = day + timedelta(days=rng.randint(1, 60))
        wizard = self._wizard(kind if kind not in ("swap", "add") else "change", self.env.user, **values)
        if kind == "add":
            wizard.line_ids = [(0, 0, {"product_id": self.support.id, "quantity": rng.randint(1, 5)})]
        elif kind in ("change", "swap") and wizard.line_ids:
            line = rng.choice(wizard.line_ids)
            if kind == "swap":
                line.product_id = rng.choice((self.service, self.support))
            else:
                field = rng.choice(("quantity", "price_unit", "discount"))
                line[field] = rng.randint(1, 90)
        return wizard

    def _mark_entry(self):
        """Let what was just entered have been entered on a day of its own."""
        self.env.flush_all()
        self.entered += timedelta(days=1)
        self.env.cr.execute(
            "UPDATE recurring_contract_event SET create_date = %s WHERE create_date >= '2026-03-16'", [self.entered]
        )
        self.env.invalidate_all()

    def assertAddsUp(self):
        """Movements add up to the MRR of every day, and segments follow from the journal alone."""
        contracts = self.contract + self.contract.transferred_into_ids
        journal = contracts.item_ids._get_journal()
        segments = contracts.item_ids._get_segments()
        for item in contracts.item_ids:
            self.assertEqual(segments[item.id], replay.replay(journal[item.id]))
            # No overlap, and no hole but where the item ended.
            ends = {event.date for event in replay.effective(journal[item.id]) if event.kind == replay.END}
            for one, two in zip(segments[item.id], segments[item.id][1:], strict=False):
                self.assertTrue(one.end == two.start or one.end < two.start and one.end in ends)
        for contract in contracts:
            days = set(contract.event_ids.mapped("date"))
            for day in days | {day - timedelta(days=1) for day in days}:
                moved = sum(contract.event_ids.filtered(lambda e, day=day: e.date <= day).mapped("mrr_delta"))
                mrr = sum(
                    float(item._get_mrr(terms))
                    for item in contract.item_ids
                    if (terms := item._get_terms_on(day, segments))
                )
                self.assertAlmostEqual(moved, mrr, msg=f"{contract.name} on {day}")

    def assertSnapshots(self, rng):
        """What was known on a day is a replay of what was entered by then."""
        for _number in range(8):
            day = START + timedelta(days=rng.randint(0, 500))
            known_on = START + timedelta(days=rng.randint(0, STEPS + 2))
            snapshot = self.env["recurring.contract.snapshot"].create(
                {"contract_id": self.contract.id, "date": day, "known_on": known_on}
            )
            expected = {}
            for item in self.contract.item_ids:
                # In the journal's own terms, read apart from the screen.
                entered = item.event_ids.filtered(lambda e, day=known_on: e.create_date.date() <= day)
                known = [e for e in item._get_journal()[item.id] if e.sequence in entered.ids]
                terms = [s.terms for s in replay.replay(known) if s.covers(day)]
                if terms:
                    expected[item] = (float(terms[0].quantity), float(terms[0].price), terms[0].suspended)
            shown = {line.item_id: (line.quantity, line.price_unit, line.suspended) for line in snapshot.line_ids}
            self.assertEqual(shown, expected)
