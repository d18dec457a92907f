from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestAmend(RecurringContractsCommon):
    def _terms(self, item):
        return [
            (s.date_start, s.date_end, s.quantity, s.price_unit, s.mrr) for s in item.segment_ids.sorted("date_start")
        ]

    def _amend(self, contract, day, **changes):
        wizard = self.env["recurring.contract.amend"].create(
            {"contract_id": contract.id, "date": day, "reason": "agreed"}
        )
        wizard.line_ids[0].write(changes)
        after = wizard.mrr_after
        wizard.action_confirm()
        return after

    def test_amend_back_dated_and_undo(self):
        contract = self._create_contract([(self.service, 2, 100.0)])
        item = contract.item_ids
        self._amend(contract, date(2026, 1, 11), quantity=3)
        self._amend(contract, date(2026, 1, 6), price_unit=120.0)
        self.assertEqual(
            self._terms(item),
            [
                (date(2026, 1, 1), date(2026, 1, 5), 2.0, 100.0, 200.0),
                (date(2026, 1, 6), date(2026, 1, 10), 2.0, 120.0, 240.0),
                (date(2026, 1, 11), False, 3.0, 120.0, 360.0),
            ],
        )
        events = contract.event_ids.sorted("id")
        self.assertEqual(events.mapped("mrr_delta"), [200.0, 120.0, 40.0])
        self.assertEqual(events.mapped("value_after"), [0.0, 3.0, 120.0])
        contract.action_undo()
        self.assertEqual(len(item.segment_ids), 2)
        self.assertEqual(item.price_unit, 100.0)
        self.assertEqual(contract.mrr, 300.0)
        contract.action_undo()
        self.assertEqual(self._terms(item), [(date(2026, 1, 1), False, 2.0, 100.0, 200.0)])
        with self.assertRaises(UserError):
            contract.action_undo()

    def test_amend_shows_the_mrr_first(self):
        contract = self._create_contract([(self.service, 2, 100.0)])
        self.assertEqual(self._amend(contract, date(2026, 2, 1), discount=10), 180.0)
        self.assertEqual(contract.mrr, 180.0)

    def test_amend_without_change_is_refused(self):
        contract = self._create_contract([(self.service, 2, 100.0)])
        with self.assertRaisesRegex(UserError, "Nothing was changed"):
            self._amend(contract, date(2026, 2, 1))

    def _wizard(self, contract, action, **values):
        return self.env["recurring.contract.amend"].create(
            {"contract_id": contract.id, "action": action, "reason": "agreed", **values}
        )

    def test_f27_add_an_item_mid_term(self):
        plan = self._create_plan("A year", term_count=12)
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan)
        wizard = self._wizard(contract, "change", date=date(2026, 3, 10))
        self.assertEqual(wizard.line_ids.item_id, contract.item_ids)
        wizard.line_ids = [Command.create({"product_id": self.support.id, "quantity": 2})]
        self.assertEqual(wizard.line_ids[-1].price_unit, 40.0)
        self.assertEqual((wizard.mrr_before, wizard.mrr_after), (100.0, 180.0))
        wizard.action_confirm()
        added = contract.item_ids[-1]
        self.assertEqual(self._terms(added), [(date(2026, 3, 10), date(2026, 12, 31), 2.0, 40.0, 80.0)])
        self.assertEqual(added.anchor_date, date(2026, 1, 1))
        contract.action_undo()
        self.assertFalse(added.segment_ids)
        self.assertEqual(contract.mrr, 100.0)

    def test_the_form_changes_and_adds_items(self):
        contract = self._create_contract([(self.service, 2, 100.0)])
        action = contract.action_amend()
        form = Form(self.env["recurring.contract.amend"].with_context(**action["context"]))
        form.date = date(2026, 3, 1)
        form.reason = "grows"
        with form.line_ids.edit(0) as line:
            line.quantity = 5
        with form.line_ids.new() as line:
            line.product_id = self.support
        self.assertEqual((form.mrr_before, form.mrr_after), (200.0, 540.0))
        form.save().action_confirm()
        self.assertEqual(contract.mrr, 540.0)

    def test_f28_remove_an_item(self):
        contract = self._create_contract([(self.service, 1, 100.0), (self.support, 1, 40.0)])
        wizard = self._wizard(contract, "change", date=date(2026, 3, 1))
        wizard.line_ids[1].remove = True
        self.assertEqual(wizard.mrr_after, 100.0)
        wizard.action_confirm()
        self.assertEqual(contract.item_ids[1].date_end, date(2026, 2, 28))
        self.assertEqual((contract.mrr, contract.state), (100.0, "active"))

    def test_f30_move_the_end(self):
        plan = self._create_plan("A year", term_count=12)
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan)
        for day in (date(2027, 3, 31), date(2026, 6, 30)):
            self._wizard(contract, "extend", date_end=day).action_confirm()
            self.assertEqual(contract.date_end, day)
            self.assertEqual(len(contract.item_ids.segment_ids), 1)
        with self.assertRaisesRegex(UserError, "already"):
            self._wizard(contract, "extend", date_end=date(2026, 6, 30)).action_confirm()
        with self.assertRaisesRegex(UserError, "starts on"):
            self._wizard(contract, "extend", date_end=date(2025, 6, 30)).action_confirm()
        contract.action_undo()
        contract.action_undo()
        self.assertEqual(contract.date_end, date(2026, 12, 31))

    def test_f30_what_was_renewed_cannot_be_extended_as_well(self):
        """Two contracts would bill the same days: by a later end, or by one that a suspension puts off."""
        plan = self._create_plan("A year", term_count=12, renewal_policy="order")
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan)
        contract._create_renewal_orders([[contract]]).action_confirm()
        renewed = contract.renewed_into_id
        suspension = {"date": date(2026, 6, 1), "date_resume": date(2026, 7, 1), "suspension_term": "shift"}
        for action, values in (("extend", {"date_end": date(2027, 1, 31)}), ("suspend", suspension)):
            with self.subTest(action=action), self.assertRaisesRegex(UserError, renewed.name):
                self._wizard(contract, action, **values).action_confirm()
        self._wizard(contract, "extend", date_end=date(2026, 11, 30)).action_confirm()
        self.assertEqual(contract.date_end, date(2026, 11, 30))
        self._wizard(contract, "extend", date_end=date(2026, 12, 31)).action_confirm()
        self.assertEqual(contract.date_end, date(2026, 12, 31))

    def test_f30_an_extension_after_a_termination_passes_the_term(self):
        plan = self._create_plan("A year", term_count=12)
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan)
        contract._end(date(2026, 6, 30), reason="left")
        self._wizard(contract, "extend", date_end=date(2027, 6, 30)).action_confirm()
        self.assertEqual(self._terms(contract.item_ids), [(date(2026, 1, 1), date(2027, 6, 30), 1.0, 100.0, 100.0)])

    def test_what_was_agreed_for_later_cannot_fall_below_zero(self):
        contract = self._create_contract([(self.service, 5, 100.0)])
        wizard = self._wizard(contract, "change", date=date(2026, 3, 1))
        wizard.line_ids.quantity = 1
        wizard.action_confirm()
        wizard = self._wizard(contract, "change", date=date(2026, 2, 1))
        wizard.line_ids.quantity = 2
        with self.assertRaisesRegex(UserError, "would have a quantity of -2"):
            wizard.action_confirm()

    def test_an_ended_contract_is_corrected_afterwards(self):
        contract = self._create_contract([(self.service, 1, 100.0)])
        contract._end(date(2026, 6, 30), reason="left")
        self.assertEqual(contract.state, "ended")
        contract.action_amend()
        wizard = self._wizard(contract, "change", date=date(2026, 5, 1))
        wizard.line_ids.discount = 50
        wizard.action_confirm()
        self.assertEqual(contract.item_ids.segment_ids.sorted("date_start")[-1].mrr, 50.0)

    def test_f30_an_end_for_an_evergreen_contract(self):
        contract = self._create_contract([(self.service, 1, 100.0)])
        self._wizard(contract, "extend", date_end=date(2030, 6, 30)).action_confirm()
        self.assertEqual(contract.date_end, date(2030, 6, 30))
        contract.action_undo()
        self.assertFalse(contract.date_end)

    def test_f31_suspend_and_resume(self):
        contract = self._create_contract([(self.service, 1, 100.0)])
        wizard = self._wizard(contract, "suspend", date=date(2026, 2, 1))
        self.assertEqual((wizard.mrr_before, wizard.mrr_after), (100.0, 0.0))
        wizard.action_confirm()
        self.assertEqual((contract.state, contract.mrr), ("suspended", 0.0))
        with self.assertRaisesRegex(UserError, "Nothing is in force"):
            self._wizard(contract, "suspend", date=date(2026, 2, 1)).action_confirm()
        wizard = self._wizard(contract, "resume", date=date(2026, 3, 1))
        self.assertEqual((wizard.mrr_before, wizard.mrr_after), (0.0, 100.0))
        wizard.action_confirm()
        self.assertEqual((contract.state, contract.mrr), ("active", 100.0))
        self.assertEqual(contract.event_ids.sorted("id").mapped("mrr_delta"), [100.0, -100.0, 100.0])
        with self.assertRaisesRegex(UserError, "Nothing is suspended"):
            self._wizard(contract, "resume", date=date(2026, 3, 1)).action_confirm()

    def test_f34_as_of_any_day_as_known_on_any_other(self):
        contract = self._create_contract([(self.service, 2, 100.0)])
        wizard = self._wizard(contract, "change", date=date(2026, 3, 1))
        wizard.line_ids.quantity = 5
        wizard.action_confirm()
        # What the journal says of when things were entered cannot be written through Odoo.
        self.env.cr.execute(
            "UPDATE recurring_contract_event SET create_date = '2026-01-01' WHERE kind = 'new';"
            "UPDATE recurring_contract_event SET create_date = '2026-06-15' WHERE kind = 'quantity'"
        )

        def seen(day, known_on):
            snapshot = self.env["recurring.contract.snapshot"].create(
                {"contract_id": contract.id, "date": day, "known_on": known_on}
            )
            return snapshot.line_ids.mapped("quantity"), snapshot.mrr

        self.assertEqual(seen(date(2026, 2, 28), date(2026, 7, 1)), ([2.0], 200.0))
        self.assertEqual(seen(date(2026, 3, 1), date(2026, 7, 1)), ([5.0], 500.0))
        self.assertEqual(seen(date(2026, 3, 1), date(2026, 6, 14)), ([2.0], 200.0))
        self.assertEqual(seen(date(2025, 12, 31), date(2026, 7, 1)), ([], 0.0))

    def test_before_the_start_nothing_can_be_amended(self):
        contract = self._create_contract([(self.service, 1, 100.0)])
        with self.assertRaisesRegex(UserError, "starts on"):
            self._wizard(contract, "suspend", date=date(2025, 2, 1)).action_confirm()
