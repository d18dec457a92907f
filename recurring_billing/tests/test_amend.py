from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16")
class TestAmendEffect(RecurringBillingCommon):
    """Each change shows first what it bills and credits; billing it then comes to just that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.support = cls._create_service("Support", list_price=40.0)
        cls.year = cls._create_plan(name="A year", term_count=12, renewal_policy="tacit", notice_days=30)
        cls.seller = new_test_user(
            cls.env, "amend_seller", groups="sales_team.group_sale_salesman", company_id=cls.company.id
        )

    def _contract(self, **values):
        # sudo: the test reads journal and charges as they are, whatever the seller may see
        items = values.pop("items", [{"quantity": 2}, {"product_id": self.support.id, "price_unit": 40.0}])
        return self._create_contract(items=items, user_id=self.seller.id, **values).sudo()

    def _wizard(self, contract, action, user=None, **values):
        Wizard = self.env["recurring.contract.amend"].with_user(user or self.seller)
        return Wizard.create({"contract_id": contract.id, "action": action, "reason": "agreed", **values})

    def _effect(self, wizard):
        """Return what the preview says, after it was opened as the user does."""
        wizard.action_preview()
        self.assertTrue(wizard.is_previewed)
        return wizard.contract_id._get_effect(wizard._try, wizard._get_date())

    def _amounts(self, effect):
        return [(line["text"], round(line["amount"], 2)) for line in effect["billing"]["lines"]]

    def assertComesTrue(self, wizard, through=None):
        """Confirm, bill, and compare the sum of what is billed with the preview; return the preview."""
        contract = wizard.contract_id.sudo()  # sudo: the clerk's billing is not the seller's
        through = through or max(wizard._get_date(), date(2026, 3, 16))
        contract._bill(through)
        before = self._history(contract)
        effect = self._effect(wizard)
        self.assertEqual(self._history(contract), before, "a preview changes nothing")
        wizard.action_confirm()
        contracts = contract + contract.transferred_into_ids
        moves = contracts._bill(through).move_ids
        billed = sum(moves.mapped(lambda m: -m.amount_untaxed if m.move_type == "out_refund" else m.amount_untaxed))
        self.assertAlmostEqual(billed, effect["billing"]["net"])
        self.assertFalse(contracts._bill(through).move_ids)
        return effect

    def _history(self, contract):
        return (
            [(s.item_id, s.date_start, s.date_end, s.quantity, s.price_unit, s.payer_id, s.suspended)
             for s in contract.item_ids.segment_ids.sorted(lambda s: (s.item_id.id, s.date_start))],
            contract.mrr, contract.date_end, contract.state, contract.terminated_by_id, contract.close_reason_id,
            contract.item_ids.mapped("owed_through"), contract.partner_invoice_id,
            len(contract.amendment_ids), len(contract.charge_ids),
        )  # fmt: skip

    def test_f27_seats_added_mid_month(self):
        contract = self._contract()
        wizard = self._wizard(contract, "change", date=date(2026, 3, 11))
        wizard.line_ids[0].quantity = 5
        effect = self.assertComesTrue(wizard)
        self.assertEqual(
            self._amounts(effect),
            [
                ("Credit for INV/2026/00001: 2 × 100.00, 21 of 31 days (11 Mar to 31 Mar)", -135.48),
                ("5 × 100.00, 21 of 31 days (11 Mar to 31 Mar)", 338.71),
            ],
        )
        self.assertEqual((effect["mrr_before"], effect["mrr_after"]), (240.0, 540.0))
        self.assertIn("338.71", str(wizard.effect))
        self.assertNotIn(contract.name, str(wizard.effect), "one contract needs no name on each line")

    def test_a_transfer_names_both_contracts(self):
        contract = self._contract()
        contract._bill(date(2026, 3, 16))
        taker = self.env["res.partner"].create({"name": "Taker"})
        wizard = self._wizard(contract, "transfer", date=date(2026, 3, 21), partner_id=taker.id)
        effect = self._effect(wizard)
        self.assertEqual(len(effect["contracts"]), 2)
        self.assertIn(f"{contract.name}:", str(wizard.effect))

    def test_f27_what_is_no_longer_billed_stands_first(self):
        contract = self._contract()
        wizard = self._wizard(contract, "change", date=date(2026, 3, 11))
        wizard.line_ids[0].quantity = 5
        lines = self._effect(wizard)["billing"]["lines"]
        self.assertTrue(lines[0]["is_gone"])

    def test_f28_a_line_is_removed(self):
        contract = self._contract()
        wizard = self._wizard(contract, "change", date=date(2026, 3, 11))
        wizard.line_ids[1].remove = True
        effect = self.assertComesTrue(wizard)
        self.assertEqual(round(effect["billing"]["net"], 2), -27.1)

    def test_f29_a_swap(self):
        contract = self._contract()
        premium = self._create_service("Premium", list_price=70.0)
        wizard = self._wizard(contract, "change", date=date(2026, 3, 11))
        wizard.line_ids[1].product_id = premium
        self.assertEqual(wizard.line_ids[1].price_unit, 70.0)
        effect = self.assertComesTrue(wizard)
        self.assertEqual(round(effect["billing"]["net"], 2), round((70 - 40) * 21 / 31, 2))
        self.assertEqual(contract.item_ids[-1].origin_item_id, contract.item_ids[1])

    def test_f30_three_months_more(self):
        # What renews tacitly would be renewed by the billing that is compared.
        self.year.renewal_policy = "end"
        contract = self._contract(plan_id=self.year.id)
        wizard = self._wizard(contract, "extend", date_end=date(2027, 3, 31))
        effect = self.assertComesTrue(wizard)
        self.assertEqual((effect["end_before"], effect["end_after"]), (date(2026, 12, 31), date(2027, 3, 31)))
        self.assertEqual(effect["billing"]["net"], 240.0)

    def test_f31_suspension_that_puts_off_the_end(self):
        contract = self._contract(plan_id=self.year.id)
        before = self._history(contract)
        wizard = self._wizard(
            contract, "suspend", date=date(2026, 3, 11), date_resume=date(2026, 3, 21), suspension_term="shift"
        )
        effect = self.assertComesTrue(wizard)
        self.assertEqual(round(effect["billing"]["net"], 2), -77.42)
        self.assertEqual(contract.date_end, date(2027, 1, 10))
        contract.with_user(self.seller).action_undo()
        self.assertEqual(self._history(contract)[:8], before[:8])

    def test_f31_suspended_but_billed(self):
        contract = self._contract()
        wizard = self._wizard(contract, "suspend", date=date(2026, 3, 11), suspension_billing="go_on")
        effect = self.assertComesTrue(wizard)
        self.assertEqual(effect["billing"]["lines"], [])
        self.assertEqual((contract.state, contract.mrr), ("suspended", 0.0))
        self.assertEqual(sum(contract._bill(date(2026, 4, 1)).move_ids.mapped("amount_untaxed")), 240.0)

    def test_f14_a_cancellation_owes_what_was_agreed(self):
        cases = [
            ("service", {}, -128.57),
            ("period", {}, 0.0),
            ("term", {}, 0.0),
            ("from", {"date_credit": date(2026, 2, 1)}, -200.0 - 200.0),
        ]
        manager = self.env.user
        for owed, values, credited in cases:
            with self.subTest(owed=owed):
                contract = self._contract(plan_id=self.year.id, items=[{"quantity": 2}])
                wizard = self._wizard(contract, "end", manager, date_end=date(2026, 2, 10), owed=owed, **values)
                contract._bill(date(2026, 2, 28))
                effect = self._effect(wizard)
                wizard.action_confirm()
                moves = contract._bill(date(2026, 2, 28)).move_ids
                expected = -sum(moves.mapped("amount_untaxed"))
                self.assertAlmostEqual(expected, credited if owed != "from" else -200.0)
                self.assertEqual(contract.state, "ended")
                further = contract._bill(date(2027, 2, 1)).move_ids
                self.assertEqual(sum(further.mapped("amount_untaxed")), 2000.0 if owed == "term" else 0.0)
                contract.action_undo()
                self.assertFalse(contract.item_ids.owed_through)
                contract._bill(date(2026, 3, 31))
                billed = sum(contract.charge_ids.filtered(lambda c: c.due_date <= date(2026, 3, 31)).mapped("amount"))
                self.assertAlmostEqual(billed, 600.0)
                self.assertTrue(effect["billing"] is not None)

    def test_a_transfer_credits_and_charges(self):
        contract = self._contract()
        other = self._create_customer("Buyer")
        wizard = self._wizard(contract, "transfer", date=date(2026, 3, 11), partner_id=other.id)
        before = self._history(contract)
        effect = self.assertComesTrue(wizard)
        self.assertEqual(effect["billing"]["net"], 0.0)
        self.assertEqual(effect["billing"]["partners"], {"Azure", "Buyer"})
        successor = contract.transferred_into_ids
        self.assertEqual((successor.partner_id, successor.mrr, contract.mrr), (other, 240.0, 0.0))
        moves = successor.charge_ids.move_id
        self.assertEqual(moves.partner_id, other)
        self.assertEqual(round(sum(moves.mapped("amount_untaxed")), 2), 162.58)
        contract.with_user(self.seller).action_undo()
        self.assertEqual(self._history(contract)[:8], before[:8])
        self.assertFalse(successor.item_ids.segment_ids)
        both = contract + successor
        both._bill(date(2026, 3, 16))
        self.assertEqual(round(sum(successor.charge_ids.mapped("amount")), 2), 0.0)

    def test_a_transfer_settled_between_the_customers(self):
        contract = self._contract()
        contract._bill(date(2026, 3, 16))
        other = self._create_customer("Buyer")
        wizard = self._wizard(
            contract, "transfer", date=date(2026, 3, 11), partner_id=other.id, transfer_credit="settled"
        )
        effect = self._effect(wizard)
        self.assertEqual(effect["billing"]["lines"], [])
        wizard.action_confirm()
        successor = contract.transferred_into_ids
        both = contract + successor
        self.assertFalse(both._bill(date(2026, 3, 31)).move_ids)
        moves = both._bill(date(2026, 4, 1)).move_ids
        self.assertEqual((moves.partner_id, moves.amount_untaxed), (other, 240.0))

    def test_another_payer_from_a_day_on(self):
        contract = self._contract()
        payer = self._create_customer("Parent")
        wizard = self._wizard(contract, "payer", date=date(2026, 4, 1), partner_invoice_id=payer.id)
        effect = self.assertComesTrue(wizard, date(2026, 3, 16))
        self.assertEqual(effect["billing"]["net"], 0.0)
        moves = contract._bill(date(2026, 4, 1)).move_ids
        self.assertEqual((moves.partner_id, moves.amount_untaxed), (payer, 240.0))

    def test_before_the_first_invoice(self):
        contract = self._contract(start=date(2026, 3, 1))
        wizard = self._wizard(contract, "change", date=date(2026, 3, 1))
        wizard.line_ids[0].quantity = 3
        effect = self._effect(wizard)
        self.assertEqual(effect["billing"]["net"], 100.0)
        self.assertEqual(effect["billing"]["gone"], -200.0)
        wizard.action_confirm()
        self.assertEqual(contract._bill(date(2026, 3, 16)).move_ids.amount_untaxed, 340.0)

    def test_taxes_change(self):
        contract = self._contract()
        reduced = self.tax.copy({"name": "10%", "amount": 10.0})
        wizard = self._wizard(contract, "change", date=date(2026, 3, 11))
        wizard.line_ids[0].tax_ids = [Command.set(reduced.ids)]
        self.assertComesTrue(wizard)
        self.assertIn(reduced, contract.charge_ids.tax_ids)
