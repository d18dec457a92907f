from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import date_utils

from .test_obligation import JANUARY, ObligationCommon

MARCH = date(2026, 3, 31)
JULY_FIRST = date(2026, 7, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16")
class TestAmendRevenueEffect(ObligationCommon):
    """A change shows what it does to revenue; what is booked afterwards is just that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        groups = "sales_team.group_sale_manager,account.group_account_invoice"
        cls.clerk = new_test_user(cls.env, "amend_clerk", groups, **values)
        cls.seller = new_test_user(cls.env, "amend_seller", "sales_team.group_sale_manager", **values)

    def _wizard(self, contract, day, user=None, price=None, quantity=None):
        Wizard = self.env["recurring.contract.amend"].with_user(user or self.clerk)
        wizard = Wizard.create({"contract_id": contract.id, "action": "change", "reason": "agreed", "date": day})
        if price is not None:
            wizard.line_ids[0].price_unit = price
        if quantity is not None:
            wizard.line_ids[0].quantity = quantity
        return wizard

    def _effect(self, wizard):
        wizard.action_preview()
        return wizard.contract_id._get_effect(wizard._try, wizard._get_date())["revenue"]

    def _recognised(self, contract):
        schedules = self.env["recurring.revenue.schedule"].search([("contract_id", "=", contract.id)])
        return sum(schedules.mapped("recognised"))

    def assertComesTrue(self, wizard, through=date(2026, 12, 31)):
        """Confirm, bill and close: what the first open month has beyond what it would have had is the catch-up shown,
        with its own days of what changes later; in the end the total shown is recognised."""
        contract = wizard.contract_id.sudo()
        effect = self._effect(wizard)
        booked = wizard.contract_id._get_booking_day(wizard.date)
        without = self._try_close(contract, booked)
        wizard.action_confirm()
        self._bill(max(wizard.date, date(2026, 3, 16)))
        if effect["is_late"]:
            month = date_utils.end_of(booked, "month")
            later = effect["sums"]["left_after"] - effect["sums"]["left_before"] - effect["sums"]["catch_up"]
            days = (date(2026, 12, 31) - booked).days + 1
            change = later * ((month - booked).days + 1) / days
            with_change = self._try_close(contract, booked)
            self.assertAlmostEqual(with_change - without, effect["sums"]["catch_up"] + change, 2)
        self._close(through)
        self.assertAlmostEqual(self._recognised(contract), effect["sums"]["total_after"], 2)
        return effect

    def _try_close(self, contract, day):
        """Return what would be recognised of a contract once the month of a day was closed."""
        savepoint = self.env.cr.savepoint()
        self._close(day)
        recognised = self._recognised(contract)
        savepoint.rollback()
        savepoint.close()
        self.env.invalidate_all()
        return recognised

    def test_f76_invoice_basis_from_a_day_on(self):
        self.support.recurring_revenue_rule_id = self.rule_by_day
        contract = self._contract(365, products=(self.support,))
        self._bill(date(2026, 1, 1))
        self._close(JANUARY)
        wizard = self._wizard(contract, JULY_FIRST, price=730)
        effect = self.assertComesTrue(wizard)
        self.assertEqual(
            effect["sums"],
            {"total_before": 365, "total_after": 549, "left_before": 184, "left_after": 368, "catch_up": 0},
        )
        self.assertFalse(effect["is_late"])

    def test_f76_invoice_basis_back_dated_into_closed_months(self):
        self.support.recurring_revenue_rule_id = self.rule_by_day
        contract = self._contract(365, products=(self.support,))
        self._bill(date(2026, 1, 1))
        self._close(date(2026, 2, 28))
        wizard = self._wizard(contract, date(2026, 1, 11), price=730)
        effect = self.assertComesTrue(wizard)
        # 49 days to the end of February at one more each
        self.assertEqual((effect["sums"]["catch_up"], effect["sums"]["total_after"]), (49, 365 + 355))
        self.assertTrue(effect["is_late"])
        self.assertIn("March 2026", effect["month"])
        self.assertIn("March 2026", str(wizard.effect))

    def test_f76_invoice_basis_without_an_invoice_yet(self):
        self.support.recurring_revenue_rule_id = self.rule_by_day
        contract = self._contract(365, products=(self.support,))
        effect = self.assertComesTrue(self._wizard(contract, contract.date_start, price=730))
        self.assertEqual((effect["sums"]["total_before"], effect["sums"]["total_after"]), (365, 730))

    def test_f76_invoice_basis_at_once(self):
        self.support.recurring_revenue_rule_id = self.rule_at_once
        contract = self._contract(365, products=(self.support,))
        self._bill(date(2026, 1, 1))
        effect = self._effect(self._wizard(contract, JULY_FIRST, price=730))
        self.assertEqual((effect["sums"]["total_before"], effect["sums"]["total_after"]), (365, 549))

    def test_f76_contract_basis_says_which_rule(self):
        self.rule.method = "even_months"
        plan = self._create_plan(name="Monthly for a year", term_count=1, term_unit="year", renewal_policy="end")
        for modification, label, catch_up, left in (
            ("separate", "Separate contract", 0, 7200),
            ("prospective", "From the change on", 0, 7200),
            ("catch_up", "Caught up at once", 600, 6600),
        ):
            with self.subTest(modification):
                self.rule.modification = modification
                contract = self._create_contract(
                    items=[{"product_id": self.licence.id, "quantity": 10, "price_unit": 100, "tax_ids": []}],
                    plan_id=plan.id,
                )
                wizard = self._wizard(contract, JULY_FIRST, price=120)
                effect = self._effect(wizard)
                sums = effect["sums"]
                self.assertEqual({line["treatment"] for line in effect["lines"]}, {label})
                self.assertEqual((sums["total_after"] - sums["total_before"], sums["catch_up"]), (1200, catch_up))
                of_it = sums["total_after"] if modification != "separate" else 12000 + sums["total_after"]
                self.assertEqual(of_it, 13200)
                self.assertEqual(sums["left_after"] + (6000 if modification == "separate" else 0), left)
                self.assertIn(label, str(wizard.effect))
                wizard.action_confirm()
                changes = contract.amendment_ids.obligation_change_ids
                self.assertEqual(sum(changes.mapped("catch_up")), catch_up)
                self.assertEqual(sum(contract.revenue_allocation_id.obligation_ids.mapped("share")), 13200)

    def test_f76_contract_basis_back_dated_into_closed_months(self):
        contract = self._contract(365, products=(self.licence,))
        self._close(date(2026, 2, 28))
        wizard = self._wizard(contract, date(2026, 1, 11), price=730)
        effect = self.assertComesTrue(wizard)
        self.assertEqual((effect["sums"]["catch_up"], effect["sums"]["total_after"]), (49, 720))

    def test_f76_what_stays_is_not_listed(self):
        contract = self._contract(365)
        effect = self._effect(self._wizard(contract, JULY_FIRST, quantity=2))
        self.assertTrue(effect["lines"])
        wizard = self.env["recurring.contract.amend"].with_user(self.clerk)
        wizard = wizard.create({"contract_id": contract.id, "action": "payer", "reason": "moved", "date": JULY_FIRST})
        wizard.partner_invoice_id = self.partner_b
        self.assertFalse(self._effect(wizard)["lines"])

    def test_f76_only_who_may_read_revenue_sees_it(self):
        contract = self._contract(365, products=(self.licence,))
        wizard = self._wizard(contract, JULY_FIRST, user=self.seller, price=730)
        wizard.action_preview()
        self.assertNotIn("Revenue", str(wizard.effect))
