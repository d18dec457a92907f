from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import RecurringContractsCommon

TODAY = date(2026, 3, 16)


class AmendCase(RecurringContractsCommon):
    """Amendments through the wizard, as a sales person makes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan_year = cls._create_plan("A year", term_count=12, notice_days=30)
        cls.seller = new_test_user(cls.env, "kinds_seller", groups="sales_team.group_sale_salesman")
        cls.manager = new_test_user(cls.env, "kinds_manager", groups="sales_team.group_sale_manager")
        cls.buyer = cls.env["res.partner"].create({"name": "Buyer"})
        cls.contract = cls._create_contract(
            [(cls.service, 2, 100.0), (cls.support, 1, 40.0)], plan=cls.plan_year, user_id=cls.seller.id
        )

    def _wizard(self, action, user=None, contract=None, **values):
        Wizard = self.env["recurring.contract.amend"].with_user(user or self.seller)
        contract = contract or self.contract
        return Wizard.create({"contract_id": contract.id, "action": action, "reason": "agreed", **values})

    def _state(self, contract=None):
        """Return all that an undo must restore."""
        contract = contract or self.contract
        items = contract.item_ids.filtered("segment_ids")
        segments = items.segment_ids.sorted(lambda s: (s.item_id.id, s.date_start))
        return (
            [(s.item_id, s.date_start, s.date_end, s.quantity, s.price_unit, s.discount, s.tax_ids, s.payer_id,
              s.suspended, s.suspension_billed, s.mrr) for s in segments],
            [(i.owed_from, i.owed_through, i.date_start, i.date_end, i.mrr) for i in items],
            contract.mrr, contract.date_start, contract.date_end, contract.state, contract.terminated_by_id,
            contract.close_reason_id, contract.partner_invoice_id, contract.notice_deadline, contract.renewal_state,
        )  # fmt: skip

    def assertUndone(self, before, contract=None):
        contract = contract or self.contract
        contract.with_user(self.seller).action_undo()
        self.assertEqual(self._state(contract), before)
        self.assertEqual(self._mrr_by_movements(contract), contract.mrr)

    def _mrr_by_movements(self, contract, day=TODAY):
        return sum(contract.event_ids.filtered(lambda e: e.date <= day).mapped("mrr_delta"))


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16")
class TestAmendKinds(AmendCase):
    def _confirm(self, wizard):
        wizard.action_preview()
        self.assertTrue(wizard.effect)
        wizard.action_confirm()
        self.env.invalidate_all()

    def test_each_kind_is_undone_exactly(self):
        tax = self.env["account.tax"].create({"name": "10", "amount": 10.0, "type_tax_use": "sale"})
        premium = self._create_service("Premium", 70.0)

        def edit(**values):
            wizard = self._wizard("change", date=TODAY)
            wizard.line_ids[0].write(values)
            return wizard

        cases = {
            "quantity": lambda: edit(quantity=5),
            "price": lambda: edit(price_unit=90.0),
            "discount": lambda: edit(discount=10.0),
            "taxes": lambda: edit(tax_ids=[(6, 0, tax.ids)]),
            "removed": lambda: edit(remove=True),
            "swap": lambda: edit(product_id=premium.id),
            "extended": lambda: self._wizard("extend", date_end=date(2027, 3, 31)),
            "shortened": lambda: self._wizard("extend", date_end=date(2026, 6, 30)),
            "suspended": lambda: self._wizard("suspend", date=TODAY),
            "suspended for a while": lambda: self._wizard(
                "suspend", date=date(2026, 2, 1), date_resume=date(2026, 3, 1), suspension_term="shift"
            ),
            "payer": lambda: self._wizard("payer", date=TODAY, partner_invoice_id=self.buyer.id),
            "transfer": lambda: self._wizard("transfer", date=TODAY, partner_id=self.buyer.id),
            "transfer, settled": lambda: self._wizard(
                "transfer", date=TODAY, partner_id=self.buyer.id, transfer_credit="settled"
            ),
            "transfer from the first day": lambda: self._wizard(
                "transfer", date=date(2026, 1, 1), partner_id=self.buyer.id
            ),
            "cancelled": lambda: self._wizard("end", self.manager, date_end=TODAY, owed="period"),
            "cancelled from the start": lambda: self._wizard("end", self.manager, date_end=date(2026, 1, 1)),
            "notice": lambda: self._wizard("end", owed="service"),
        }
        before = self._state()
        for name, make in cases.items():
            with self.subTest(name):
                self._confirm(make())
                self.assertNotEqual(self._state(), before)
                self.assertEqual(self._mrr_by_movements(self.contract), self.contract.mrr)
                self.assertUndone(before)

    def test_f29_a_swap_is_expansion_not_churn(self):
        premium = self._create_service("Premium", 70.0)
        wizard = self._wizard("change", date=TODAY)
        wizard.line_ids[1].product_id = premium
        self.assertEqual((wizard.line_ids[1].price_unit, wizard.mrr_after), (70.0, 270.0))
        self._confirm(wizard)
        old, new = self.contract.item_ids[1:]
        self.assertEqual(
            (new.origin_item_id, new.anchor_date, new.date_end), (old, old.anchor_date, date(2026, 12, 31))
        )
        self.env.flush_all()
        movements = self.env["recurring.mrr.movement"].search(
            [("contract_id", "=", self.contract.id), ("date", "=", TODAY)]
        )
        self.assertEqual(movements.mapped("category"), ["expansion", "expansion"])
        self.assertEqual(sum(movements.mapped("amount")), 30.0)

    def test_a_swap_for_something_charged_otherwise_is_refused(self):
        wizard = self._wizard("change", date=TODAY)
        wizard.line_ids[1].product_id = self.setup_fee
        with self.assertRaisesRegex(UserError, "cannot be swapped"):
            wizard.action_preview()

    def test_nothing_left_is_a_cancellation(self):
        wizard = self._wizard("change", date=TODAY)
        wizard.line_ids.remove = True
        with self.assertRaisesRegex(UserError, "cancel the contract instead"):
            wizard.action_confirm()

    def test_f31_resuming_puts_off_the_end(self):
        self._confirm(self._wizard("suspend", date=date(2026, 2, 1), suspension_term="shift"))
        before = self._state()
        wizard = self._wizard("resume", date=date(2026, 2, 11))
        self.assertTrue(wizard.has_shift)
        self._confirm(wizard)
        self.assertEqual(self.contract.date_end, date(2027, 1, 10))
        self.assertUndone(before)

    def test_f31_suspended_days_that_are_billed(self):
        self._confirm(self._wizard("suspend", date=TODAY, suspension_billing="go_on"))
        self.assertTrue(self.contract.item_ids.segment_ids.filtered("suspension_billed"))
        self.assertEqual((self.contract.state, self.contract.mrr), ("suspended", 0.0))
        owed = self.contract.item_ids._get_owed_segments()
        self.assertFalse(any(s.terms.suspended for segments in owed.values() for s in segments))

    def test_what_is_charged_once_is_not_shown_as_suspended(self):
        contract = self._create_contract(
            [(self.service, 2, 100.0), (self.setup_fee, 1, 500.0)], plan=self.plan_year, user_id=self.seller.id
        )
        wizard = self._wizard("suspend", contract=contract, date=TODAY, date_resume=date(2026, 5, 1))
        wizard.action_preview()
        self.assertIn("Suspended", wizard.effect)
        self.assertIn(self.service.display_name, wizard.effect)
        self.assertNotIn(self.setup_fee.display_name, wizard.effect)

    def test_a_transfer_links_both_and_carries_on_what_was_agreed(self):
        wizard = self._wizard("change", date=date(2026, 6, 1))
        wizard.line_ids[0].quantity = 5
        self._confirm(wizard)
        self._confirm(self._wizard("transfer", date=TODAY, partner_id=self.buyer.id))
        successor = self.contract.transferred_into_ids
        self.assertEqual(successor.transferred_from_id, self.contract)
        self.assertEqual((successor.partner_id, successor.partner_invoice_id), (self.buyer, self.buyer))
        self.assertEqual((successor.date_start, successor.date_end), (TODAY, date(2026, 12, 31)))
        self.assertEqual((successor.mrr, self.contract.mrr, self.contract.state), (240.0, 0.0, "ended"))
        self.assertEqual(successor.item_ids.origin_item_id, self.contract.item_ids)
        quantities = successor.item_ids[0].segment_ids.sorted("date_start").mapped("quantity")
        self.assertEqual(quantities, [2.0, 5.0])
        self.env.flush_all()
        movements = self.env["recurring.mrr.movement"].search(
            [("contract_id", "in", (self.contract + successor).ids), ("date", "=", TODAY)]
        )
        self.assertEqual(set(movements.mapped("category")), {"transfer"})
        self.assertEqual(sum(movements.mapped("amount")), 0.0)
        self.assertFalse(self.contract.renewal_state)
        domain = self.contract._get_tacit_renewal_domain(date(2027, 1, 1))
        self.assertEqual((self.contract + successor).filtered_domain(domain), successor)
        successor.with_user(self.seller).action_undo()
        self.assertEqual((self.contract.mrr, self.contract.state, successor.state), (240.0, "active", "cancelled"))

    def test_a_transfer_is_undone_after_what_came_later(self):
        self._confirm(self._wizard("transfer", date=TODAY, partner_id=self.buyer.id))
        successor = self.contract.transferred_into_ids
        wizard = self._wizard("change", contract=successor, date=TODAY)
        wizard.line_ids[0].quantity = 9
        self._confirm(wizard)
        with self.assertRaisesRegex(UserError, "not the last amendment"):
            self.contract.with_user(self.seller).action_undo()

    def test_a_transfer_needs_another_customer_in_force(self):
        with self.assertRaisesRegex(UserError, "already"):
            self._wizard("transfer", date=TODAY, partner_id=self.partner.id).action_confirm()
        with self.assertRaisesRegex(UserError, "Nothing of"):
            self._wizard("transfer", date=date(2027, 2, 1), partner_id=self.buyer.id).action_confirm()

    def test_another_payer_in_time(self):
        self._confirm(self._wizard("payer", date=date(2026, 4, 1), partner_invoice_id=self.buyer.id))
        self.assertEqual(self.contract.partner_invoice_id, self.partner)
        self.contract._refresh_caches(date(2026, 4, 1))
        self.assertEqual(self.contract.partner_invoice_id, self.buyer)
        wizard = self._wizard("change", date=date(2026, 5, 1))
        wizard.line_ids = [(0, 0, {"product_id": self.support.id, "quantity": 1})]
        self._confirm(wizard)
        self.assertEqual(self.contract.item_ids[-1].segment_ids.payer_id, self.buyer)

    def test_f14_notice_binds_sales_people_not_managers(self):
        wizard = self._wizard("end", date_end=date(2026, 6, 30))
        self.assertEqual(wizard.earliest_end, date(2026, 12, 31))
        self.assertTrue(wizard.is_early)
        with self.assertRaisesRegex(UserError, "at the earliest"):
            wizard.action_preview()
        self._confirm(wizard.with_user(self.manager))
        self.assertEqual(self.contract.date_end, date(2026, 6, 30))

    def test_f14_notice_of_an_evergreen_contract(self):
        plan = self._create_plan("Evergreen", notice_days=30)
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan, user_id=self.seller.id)
        self.assertEqual(contract.earliest_end, date(2026, 4, 15))
        wizard = self._wizard("end", contract=contract)
        self.assertEqual(wizard.date_end, date(2026, 4, 15))
        wizard.end_choice = "period"
        self.assertEqual(wizard.date_end, date(2026, 3, 31))
        wizard.notice_date = date(2026, 3, 1)
        self.assertFalse(wizard.is_early)
        self._confirm(wizard)
        self.assertEqual((contract.date_end, contract.state), (date(2026, 3, 31), "active"))

    @freeze_time("2026-12-10")
    def test_f14_late_notice_ends_with_the_next_term(self):
        self.assertEqual(self.contract._get_earliest_end(date(2026, 12, 10)), date(2027, 12, 31))
        before = self._state()
        wizard = self._wizard("end", notice_date=date(2026, 12, 10))
        self.assertEqual(wizard.date_end, date(2027, 12, 31))
        self._confirm(wizard)
        self.assertEqual(self.contract.date_end, date(2027, 12, 31))
        self.assertNotIn(self.contract, self.env["recurring.contract"]._renew_tacitly(date(2028, 1, 1)))
        self.assertUndone(before)

    def test_f7_a_cancellation_has_a_reason(self):
        reason = self.env.ref("recurring_contracts.close_reason_price")
        self._confirm(self._wizard("end", close_reason_id=reason.id, reason=False))
        self.assertEqual(self.contract.close_reason_id, reason)
        self.assertEqual(self.contract.terminated_by_id.close_reason_id, reason)
        self.assertIn("Too expensive", self.contract.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "Enter a reason"):
            self._wizard("end", reason=False).action_confirm()

    def test_f14_what_is_owed(self):
        service = self.contract.item_ids[0]
        cases = [("service", {}, False), ("period", {}, date(2026, 3, 31)), ("term", {}, date(2026, 12, 31)),
                 ("from", {"date_credit": date(2026, 2, 1)}, date(2026, 1, 31))]  # fmt: skip
        for owed, values, through in cases:
            with self.subTest(owed):
                self._confirm(self._wizard("end", self.manager, date_end=TODAY, owed=owed, **values))
                self.assertEqual(service.owed_through, through)
                self.assertEqual((self.contract.date_end, service.date_end), (TODAY, TODAY))
                self.contract.action_undo()
        with self.assertRaisesRegex(UserError, "no term"):
            contract = self._create_contract([(self.service, 1, 100.0)], user_id=self.seller.id)
            self._wizard("end", contract=contract, date_end=TODAY, owed="term").action_confirm()

    def test_an_extension_takes_a_cancellation_back(self):
        self._confirm(self._wizard("end", self.manager, date_end=date(2026, 6, 30), owed="term"))
        before = self._state()
        self._confirm(self._wizard("extend", date_end=date(2026, 12, 31)))
        self.assertFalse(self.contract.terminated_by_id)
        self.assertFalse(self.contract.item_ids[0].owed_through)
        self.assertUndone(before)

    def test_plain_choices_fill_the_day(self):
        wizard = self._wizard("change")
        self.assertEqual(wizard.date, TODAY)
        wizard.effective = "period"
        self.assertEqual(wizard.date, date(2026, 4, 1))
        wizard.date = date(2026, 2, 10)
        wizard._onchange_date()
        self.assertEqual((wizard.effective, wizard.date), ("date", date(2026, 2, 10)))

    def test_a_preview_leaves_no_trace(self):
        wizard = self._wizard("transfer", date=TODAY, partner_id=self.buyer.id)
        before, contracts = self._state(), self.env["recurring.contract"].search_count([])
        wizard.action_preview()
        self.assertEqual(self._state(), before)
        self.assertEqual(self.env["recurring.contract"].search_count([]), contracts)
        self.assertEqual(len(self.contract.amendment_ids), 1)
        wizard.action_back()
        self.assertFalse(wizard.effect)
