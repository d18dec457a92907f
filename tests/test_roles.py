"""What each role may see: every model and every menu of these addons, as the people who work with them."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.recurring_billing.tests.common import RecurringBillingCommon

SELLER = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"
CLERK = "account.group_account_invoice"
ACCOUNTANT = "account.group_account_manager"


@tagged("standard", "post_install", "-at_install")
class TestRoles(RecurringBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.recurring_revenue_rule_id = cls.env.ref("recurring_revenue.recurring_revenue_rule_by_day")
        cls.users = {
            "seller": cls._create_user("role_seller", SELLER),
            "sales manager": cls._create_user("role_manager", MANAGER),
            "clerk": cls._create_user("role_clerk", CLERK),
            "accountant": cls._create_user("role_accountant", ACCOUNTANT),
        }
        cls.company_2 = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.stranger = new_test_user(
            cls.env,
            "role_stranger",
            groups=f"{MANAGER},{ACCOUNTANT}",
            company_id=cls.company_2.id,
            company_ids=[Command.set(cls.company_2.ids)],
        )
        cls.portal = new_test_user(cls.env, "role_portal", groups="base.group_portal")
        cls.portal_other = new_test_user(cls.env, "role_portal_other", groups="base.group_portal")
        cls.mine = cls._sell(cls.portal.partner_id, cls.users["seller"])
        cls.theirs = cls._sell(cls.customer, cls.users["sales manager"])
        cls._book()

    @classmethod
    def _book(cls):
        """Bill and close a month, so that there is something of everything."""
        cls.env["recurring.bill.run"].create(
            {"company_id": cls.company.id, "date_through": date(2026, 2, 1)}
        ).action_start()
        cls.env["recurring.revenue.run"]._create_run(cls.company, date(2026, 1, 31)).action_close()

    @classmethod
    def _create_user(cls, login, groups):
        return new_test_user(cls.env, login, groups=groups, company_id=cls.company.id, company_ids=[cls.company.id])

    @classmethod
    def _sell(cls, partner, user):
        """Return a contract of an order, amended, with a device and a renewal on its way."""
        plan = cls._create_plan(
            name=f"Plan of {user.login}", term_count=12, renewal_policy="order", company_id=cls.company.id
        )
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "user_id": user.id,
                "company_id": cls.company.id,
                "recurring_plan_id": plan.id,
                "recurring_date_start": date(2026, 1, 1),
                "order_line": [Command.create({"product_id": cls.service.id, "price_unit": 310.0})],
            }
        )
        order.action_confirm()
        contract = order.recurring_contract_id
        contract.user_id = user
        item = contract.item_ids
        contract._amend(
            "change", date(2026, 2, 1), [item._prepare_event_values("quantity", date(2026, 2, 1), quantity=1)]
        )
        device = cls.env["recurring.equipment"].create(
            {"name": "Device", "serial_number": partner.name, "partner_id": partner.id, "company_id": cls.company.id}
        )
        cls.env["recurring.coverage"].create({"equipment_id": device.id, "item_id": item.id})
        contract._create_renewal_orders([[contract]])
        cls.env.flush_all()
        return contract

    # === WHAT THERE IS === #

    def _get_models(self):
        """Return the names of the models of these addons that hold records."""
        return sorted(
            name
            for name, model in self.env.registry.items()
            if name.startswith("recurring.") and not model._abstract and not model._transient
        )

    def _get_window_actions(self, user):
        """Return the window actions of the menus that a user finds below Recurring."""
        root = self.env.ref("recurring_contracts.menu_recurring_root")
        menus = self.env["ir.ui.menu"].with_user(user)
        visible = menus.browse(menus._visible_menu_ids()).filtered(lambda m: m.parent_path.startswith(root.parent_path))
        actions = [menu.sudo().action for menu in visible]
        return [action for action in actions if action and action._name == "ir.actions.act_window"]

    def _search(self, model, user):
        """Return what a user finds of a model, nothing where it is closed to him; read with all rights."""
        try:
            return self.env[model].with_user(user).search([]).sudo()
        except AccessError:
            return self.env[model]

    def _get_contracts(self, records):
        """Return the contracts that records belong to."""
        if records._name == "recurring.contract":
            return records
        for name, path in (("contract_id", "contract_id"), ("item_id", "item_id.contract_id")):
            if name in records._fields:
                return records.mapped(path)
        return self.env["recurring.contract"]

    # === TESTS === #

    def test_every_screen_opens_for_who_finds_it(self):
        for role, user in (self.users | {"stranger": self.stranger}).items():
            actions = self._get_window_actions(user)
            self.assertTrue(actions, f"{role} finds no menu")
            for action in actions:
                with self.subTest(role=role, action=action.name):
                    self._open(action, user)

    def _open(self, action, user):
        """Do what the web client does: load the views and the records with all fields that they name."""
        self.env.invalidate_all()
        Model = self.env[action.res_model].with_user(user)
        modes = action.view_mode.split(",")
        # A search view, a pivot and a graph know all fields, and read what is asked for.
        Model.get_views([(False, mode) for mode in [*modes, "search"]])
        shown = Model.get_views([(False, mode) for mode in modes if mode in ("list", "form", "kanban")])
        domain = safe_eval(action.domain or "[]", {"uid": user.id, "allowed_company_ids": user.company_ids.ids})
        for model, known in shown["models"].items():
            Shown = self.env[model].with_user(user)
            if model == action.res_model:
                Shown.search(domain, limit=20).read(list(known["fields"]))
            elif model.startswith("recurring.") and not Shown._transient and Shown.has_access("read"):
                Shown.search([], limit=20).read(list(known["fields"]))

    def test_another_company_sees_nothing_of_this_one(self):
        for model in self._get_models():
            with self.subTest(model=model):
                found = self._search(model, self.stranger)
                if "company_id" in found._fields:
                    self.assertNotIn(self.company, found.company_id)
                self.assertFalse(self._get_contracts(found))

    def test_a_seller_sees_nothing_of_a_colleague_s_contract(self):
        seen = set()
        for model in self._get_models():
            with self.subTest(model=model):
                contracts = self._get_contracts(self._search(model, self.users["seller"]))
                self.assertNotIn(self.theirs, contracts)
                if self.mine in contracts:
                    seen.add(model)
        self.assertLessEqual({"recurring.contract", "recurring.contract.item", "recurring.coverage"}, seen)

    def test_sales_manager_and_clerk_see_all_of_the_company(self):
        for role in ("sales manager", "clerk", "accountant"):
            for model in ("recurring.contract", "recurring.contract.item", "recurring.amendment", "recurring.coverage"):
                with self.subTest(role=role, model=model):
                    contracts = self._get_contracts(self._search(model, self.users[role]))
                    self.assertLessEqual(self.mine | self.theirs, contracts)

    def test_a_customer_sees_his_own_and_nothing_else(self):
        for model in self._get_models():
            with self.subTest(model=model):
                self.assertLessEqual(self._get_contracts(self._search(model, self.portal)), self.mine)
                other = self._search(model, self.portal_other)
                self.assertFalse(self._get_contracts(other))
                if "partner_id" in other._fields:
                    self.assertFalse(other.filtered("partner_id"))
        self.assertEqual(self._search("recurring.contract", self.portal), self.mine)
        self.assertEqual(self._search("recurring.equipment", self.portal).serial_number, self.portal.partner_id.name)

    def test_nobody_but_sales_writes_contracts(self):
        for role, user in (self.users | {"stranger": self.stranger, "portal": self.portal}).items():
            allowed = role in ("seller", "sales manager")
            for record in (self.mine, self.mine.item_ids, self.mine.coverage_ids):
                with self.subTest(role=role, model=record._name):
                    self.assertEqual(record.with_user(user).has_access("write"), allowed)

    def test_each_model_has_rights_and_a_rule_of_its_own(self):
        """A model that belongs to a company has a rule that says so; no model is open to everybody."""
        for model in self._get_models():
            with self.subTest(model=model):
                accesses = self.env["ir.model.access"].search([("model_id.model", "=", model)])
                self.assertTrue(all(accesses.mapped("group_id")), "a right without a group")
                if "company_id" in self.env[model]._fields and accesses:
                    rules = self.env["ir.rule"].search([("model_id.model", "=", model), ("groups", "=", False)])
                    self.assertTrue(rules.filtered(lambda rule: "company" in (rule.domain_force or "")))
