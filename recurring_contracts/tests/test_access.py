from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import RecurringContractsCommon

MODELS = (
    "recurring.contract",
    "recurring.contract.item",
    "recurring.contract.segment",
    "recurring.contract.event",
    "recurring.amendment",
    "recurring.mrr.movement",
)


@tagged("post_install", "-at_install")
class TestAccess(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "recurring_seller", groups="sales_team.group_sale_salesman")
        cls.leader = new_test_user(cls.env, "recurring_leader", groups="sales_team.group_sale_salesman")
        cls.clerk = new_test_user(cls.env, "recurring_clerk", groups="account.group_account_invoice")
        cls.portal = new_test_user(cls.env, "recurring_portal", groups="base.group_portal")
        cls.company_2 = cls.env["res.company"].create({"name": "Other company"})
        cls.stranger = new_test_user(
            cls.env,
            "recurring_stranger",
            groups="sales_team.group_sale_manager",
            company_id=cls.company_2.id,
            company_ids=[cls.company_2.id],
        )
        cls.team = cls.env["crm.team"].create({"name": "North", "user_id": cls.leader.id})
        cls.mine = cls._create_contract([(cls.service, 1, 10.0)], user_id=cls.seller.id)
        cls.theirs = cls._create_contract([(cls.service, 1, 10.0)], user_id=cls.env.user.id, team_id=cls.team.id)

    def test_each_sees_what_he_may(self):
        for model in MODELS:
            with self.subTest(model=model):
                Model = self.env[model]
                field = "contract_id" if model != "recurring.contract" else "id"

                def contracts(user, Model=Model, field=field):
                    found = Model.with_user(user).search([])
                    return found.sudo().mapped(field) if field != "id" else found

                self.assertIn(self.mine, contracts(self.seller).sudo())
                self.assertNotIn(self.theirs, contracts(self.seller).sudo())
                self.assertIn(self.theirs, contracts(self.leader).sudo())
                self.assertLessEqual(self.mine | self.theirs, contracts(self.clerk).sudo())
                self.assertFalse(contracts(self.stranger))
                if model in ("recurring.contract", "recurring.contract.item"):
                    self.assertFalse(contracts(self.portal))
                else:
                    with self.assertRaises(AccessError):
                        contracts(self.portal)

    def test_the_clerk_changes_no_contract(self):
        contract = self.mine.with_user(self.clerk)
        with self.assertRaises(AccessError):
            contract.write({"note": "x"})
        with self.assertRaises(AccessError):
            contract._amend("end", date(2026, 2, 1), [])

    def test_the_journal_takes_no_entry_from_a_user(self):
        event = self.mine.event_ids
        with self.assertRaises(AccessError):
            self.env["recurring.contract.event"].with_user(self.seller).create(
                {
                    "item_id": event.item_id.id,
                    "contract_id": self.mine.id,
                    "amendment_id": event.amendment_id.id,
                    "kind": "end",
                    "date": date(2026, 2, 1),
                }
            )

    def test_the_seller_amends_and_ends_his_own(self):
        contract = self.mine.with_user(self.seller)
        wizard = (
            self.env["recurring.contract.amend"]
            .with_user(self.seller)
            .create({"contract_id": contract.id, "action": "end", "date_end": date(2026, 2, 28), "reason": "gone"})
        )
        wizard.action_confirm()
        self.assertEqual(contract.date_end, date(2026, 2, 28))
        contract.action_undo()
        self.assertFalse(contract.date_end)

    def test_the_seller_quotes_and_confirms(self):
        order = (
            self.env["sale.order"]
            .with_user(self.seller)
            .browse(self._create_order([(self.service, 1)], user_id=self.seller.id).id)
        )
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.state, "active")

    def test_an_order_cancels_no_contract_that_it_did_not_make(self):
        order = self._create_order([(self.service, 1)], user_id=self.seller.id).with_user(self.seller)
        order.action_confirm()
        made = order.recurring_contract_id
        order.write({"recurring_contract_id": self.theirs.id})
        order._action_cancel()
        self.assertEqual(self.theirs.state, "active")
        self.assertEqual(made.sudo().state, "active")
        with self.assertRaises(AccessError):
            order.write({"recurring_renewed_contract_ids": [Command.set(self.theirs.ids)]})

    def test_wizards_show_nothing_that_the_user_may_not_read(self):
        for model in ("recurring.contract.snapshot", "recurring.contract.amend"):
            Wizard = self.env[model].with_user(self.seller)
            with self.subTest(model=model), self.assertRaises(AccessError):
                values = {"contract_id": self.theirs.id}
                if model != "recurring.contract.snapshot":
                    values["reason"] = "curious"
                Wizard.create(values).read()
            with self.subTest(model=model, new=True), self.assertRaises(AccessError):
                wizard = Wizard.new({"contract_id": self.theirs.id})
                self.assertFalse(wizard.line_ids)
        wizard = self.env["recurring.contract.amend"].with_user(self.seller)
        wizard = wizard.create({"contract_id": self.mine.id, "reason": "curious"})
        with self.assertRaises(AccessError):
            wizard.line_ids.create(
                {
                    "wizard_id": wizard.id,
                    "item_id": self.theirs.item_ids.id,
                    "product_id": self.service.id,
                    "price_unit": 1.0,
                }
            ).read(["quantity_before"])

    def test_plans_are_the_managers(self):
        with self.assertRaises(AccessError):
            self.env["recurring.plan"].with_user(self.seller).create({"name": "Mine"})
