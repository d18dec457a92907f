from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestProtection(RecurringBillingCommon):
    """What a caller of the API may not do, though the screens would not offer it either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.clerk = new_test_user(cls.env, "clerk", groups="account.group_account_invoice", **values)
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman", **values)

    def _refused(self, records, **values):
        for name, value in values.items():
            with self.subTest(model=records._name, field=name), self.assertRaises(AccessError):
                records.write({name: value})

    def test_a_run_is_moved_on_by_its_buttons_only(self):
        self._create_contract()
        run = self.env["recurring.bill.run"].with_user(self.clerk).create({"date_through": DAY})
        self._refused(run, state="done", is_approved=True, paused_state="running", user_id=self.env.user.id)
        with self.assertRaises(AccessError):
            run.create({"date_through": DAY, "state": "done"})
        other = run.with_context(default_state="done", default_user_id=self.env.user.id).create({"date_through": DAY})
        self.assertEqual((other.state, other.user_id), ("draft", self.clerk))
        run.action_preview()
        run.action_start()
        self.assertEqual((run.state, run.user_id), ("done", self.clerk))

    def test_a_statement_is_sent_in_the_name_of_whoever_made_it(self):
        Statement = self.env["recurring.statement"].with_user(self.clerk)
        with self.assertRaises(AccessError):
            Statement.create({"partner_id": self.customer.id, "date": DAY, "user_id": self.env.user.id})
        statement = Statement.create({"partner_id": self.customer.id, "date": DAY})
        self.assertEqual(statement.user_id, self.clerk)
        self._refused(statement, state="sent", user_id=self.env.user.id, message="x")
        statement.action_send()
        self.assertEqual(statement.state, "to_send")

    def test_a_billed_reading_stays_billed(self):
        water = self._create_service("Water", recurring_charge_type="usage")
        contract = self._create_contract(items=[{"product_id": water.id, "price_unit": 3.2}], user_id=self.seller.id)
        Usage = self.env["recurring.usage"].with_user(self.seller)
        usage = Usage.create({"item_id": contract.item_ids.id, "date": DAY, "quantity": 3})
        self._bill(date(2026, 2, 1))
        self.assertEqual(usage.state, "billed")
        self._refused(usage, charge_id=False, is_cancelled=True)
        usage.action_cancel()
        self.assertEqual(usage.state, "cancelled")

    def test_an_invoice_stays_with_its_billing(self):
        contract = self._create_contract()
        run = self._run(DAY)
        invoice = run.move_ids.with_user(self.clerk)
        self._refused(invoice, recurring_run_id=False, recurring_rebilled=True)
        with self.assertRaises(AccessError):
            invoice.create({"move_type": "out_invoice", "partner_id": self.customer.id, "recurring_run_id": run.id})
        plain = invoice.with_context(default_recurring_run_id=run.id).create(
            {"move_type": "out_invoice", "partner_id": self.customer.id}
        )
        self.assertFalse(plain.recurring_run_id)
        invoice.button_draft()
        invoice.button_cancel()
        self._bill(DAY)
        self.assertTrue(invoice.recurring_rebilled)
        self.assertEqual(len(contract.charge_ids), 1)

    def test_only_who_may_post_invoices_moves_billing_on(self):
        values = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        contract = self._create_contract(partner_id=self.customer.id)
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": DAY})
        run.action_preview()
        statement = self.env["recurring.statement"].create({"partner_id": self.customer.id, "date": DAY})
        decision = {"decision": "reject", "reason": "No", "customer_ids": run.customer_ids.ids}
        calls = [
            *(
                (run, f"action_{name}")
                for name in (
                    "start", "preview", "discard_preview", "pause", "resume", "approve_rest", "retry", "send"
                )
            ),
            *((run.customer_ids, f"action_{name}") for name in ("approve", "retry", "readmit")),
            (statement, "action_send"),
            (contract, "action_bill_now"),
        ]  # fmt: skip
        for login, groups in {
            "seller2": "sales_team.group_sale_manager",
            "auditor": "account.group_account_readonly",
            "staff": "base.group_user",
            "portal": "base.group_portal",
        }.items():
            company = {} if login == "portal" else values
            user = new_test_user(self.env, login, groups=groups, **company)
            for records, method in calls:
                with self.subTest(user=login, method=method), self.assertRaises(AccessError):
                    getattr(records.with_user(user), method)()
            with self.subTest(user=login, method="decide"), self.assertRaises(AccessError):
                self.env["recurring.bill.run.decision"].with_user(user).create(decision).action_confirm()
        self.assertEqual((run.state, run.customer_ids.state, statement.state), ("previewed", "previewed", "draft"))
        self.assertFalse(contract.charge_ids)

    def test_a_foreign_company_s_run_is_out_of_reach(self):
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": DAY})
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for method in ("action_start", "action_preview", "action_send"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(run.with_user(stranger), method)()
        with self.assertRaises(AccessError):
            run.with_user(stranger).create({"company_id": self.company.id, "date_through": DAY})
