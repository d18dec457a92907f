import importlib.util
from datetime import date
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import UserError
from odoo.modules.module import get_module_path
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import RecurringContractsCommon

NIGHT = "odoo.addons.recurring_contracts.models.recurring_contract_renewal_night"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestRenewalDocuments(RecurringContractsCommon):
    """Which document a renewal is prepared as, by hand and at night, by whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "renewal_seller", groups="sales_team.group_sale_salesman")
        cls.manager = new_test_user(cls.env, "renewal_manager", groups="sales_team.group_sale_manager")
        cls.team = cls.env["crm.team"].create({"name": "Renewals", "user_id": cls.manager.id})
        cls.plan_year = cls._create_plan("A year", term_count=12, renewal_policy="order")
        cls.Contract = cls.env["recurring.contract"]

    def _contract(self, **values):
        values = {"plan": self.plan_year, "user_id": self.seller.id, "team_id": self.team.id} | values
        return self._create_contract([(self.service, 2, 100.0)], **values)

    def _renew_now(self, contracts):
        """Press Renew Now as the salesperson; return the order that opens."""
        action = contracts.with_user(self.seller).action_renew_now()
        return self.env["sale.order"].with_user(self.seller).browse(action["res_id"])

    def _night(self, day):
        """Do what the scheduled action does on a day, without its commits."""
        self.Contract._renew_on(day, self.env.company)

    def test_f17_switched_three_times(self):
        contracts = self._contract() | self._contract() | self._contract()
        for contract, document in zip(contracts, ("quotation", "approval", "confirmed"), strict=True):
            contract.with_user(self.seller).renewal_document = document
        quotation, to_approve, confirmed = (self._renew_now(contract) for contract in contracts)
        self.assertEqual((quotation.state, quotation.recurring_approval_state), ("draft", False))
        self.assertEqual((to_approve.state, to_approve.recurring_approval_state), ("draft", "requested"))
        self.assertEqual(confirmed.state, "sale")
        self.assertEqual(contracts.mapped("renewal_state"), ["progress", "progress", "done"])
        self.assertEqual(contracts[2].renewed_into_id.date_start, date(2027, 1, 1))

    def test_f17_the_night_obeys_too(self):
        contracts = self._contract() | self._contract() | self._contract()
        for contract, document in zip(contracts, ("quotation", "approval", "confirmed"), strict=True):
            contract.renewal_document = document
        self._night(date(2026, 11, 10))
        orders = contracts.renewal_order_ids
        self.assertEqual(orders.mapped("state"), ["draft", "draft", "sale"])
        self.assertEqual(orders.mapped("recurring_approval_state"), [False, "requested", False])

    def test_f17_an_order_awaiting_approval(self):
        self.plan_year.renewal_document = "approval"
        order = self._renew_now(self._contract())
        self.assertEqual(order.activity_ids.filtered(lambda a: "Approve" in a.summary).user_id, self.manager)
        for refused in (order.action_confirm, order.action_quotation_send):
            with self.assertRaisesRegex(UserError, "needs approval before it is sent"):
                refused()
        order.with_user(self.manager).action_recurring_approve()
        self.assertEqual(order.recurring_approval_state, "approved")
        self.assertEqual(order.activity_ids.user_id, self.seller, "the salesperson sends it now")
        order.action_confirm()
        self.assertEqual(order.recurring_renewed_contract_ids.renewal_state, "done")

    def test_f17_a_confirmed_order_that_may_not_be(self):
        """A renewal below the limits of discount waits for a manager even where it is to be confirmed."""
        self.plan_year.write({"renewal_document": "confirmed", "recurring_discount_limit": 10.0})
        contract = self._create_contract(
            [{"product_id": self.service.id, "price_unit": 100.0, "discount": 15.0}],
            plan=self.plan_year,
            user_id=self.seller.id,
        )
        order = self._renew_now(contract)
        self.assertEqual(order.state, "draft")
        self.assertIn("discount of 15 %", "".join(order.message_ids.mapped("body")))

    def test_f18_several_contracts_in_one_document(self):
        contracts = self._contract() | self._contract()
        contracts |= self._contract(renewal_document="approval")
        orders = contracts.with_user(self.seller).action_renew_now()
        orders = self.env["sale.order"].search(orders["domain"])
        self.assertEqual(
            sorted(len(order.recurring_renewed_contract_ids) for order in orders), [1, 2], "one for each document"
        )

    def test_f16_the_window_of_contract_plan_and_company(self):
        self.env.company.recurring_renewal_window_days = 120
        self.assertEqual(self._create_plan("New").renewal_window_days, 120)
        self.plan_year.renewal_window_days = 0
        self.assertEqual(self._contract().renewal_date, date(2026, 9, 2))
        self.plan_year.renewal_window_days = 30
        contract = self._contract()
        self.assertEqual(contract.renewal_date, date(2026, 12, 1))
        contract.with_user(self.seller).renewal_window_days = 60
        self.assertEqual(contract.renewal_date, date(2026, 11, 1))

    def test_f16_one_document_a_customer(self):
        self.plan_year.renewal_grouped = True
        other = self.env["res.partner"].create({"name": "Another customer"})
        contracts = self._contract() | self._contract() | self._contract(partner_id=other.id)
        self._night(date(2026, 11, 10))
        orders = contracts.renewal_order_ids
        self.assertEqual(sorted(len(order.recurring_renewed_contract_ids) for order in orders), [1, 2])
        self._night(date(2026, 11, 11))
        self.assertEqual(contracts.renewal_order_ids, orders)

    def test_a_later_end_asks_for_another_renewal(self):
        contract = self._contract()
        self._night(date(2026, 11, 10))
        contract.renewal_order_ids._action_cancel()
        self.assertEqual(contract.renewal_state, "lost")
        self._night(date(2026, 11, 11))
        self.assertEqual(len(contract.renewal_order_ids), 1, "refused for this end")
        wizard = self.env["recurring.contract.amend"].with_user(self.seller)
        wizard.create(
            {"contract_id": contract.id, "action": "extend", "date_end": date(2027, 1, 31), "reason": "As agreed"}
        ).action_confirm()
        self.assertIn(contract.renewal_state, ("planned", "due"))
        self._night(date(2026, 11, 12))
        self.assertEqual(len(contract.renewal_order_ids), 2)

    def test_who_fails_stops_nobody_else(self):
        contracts = self._contract() | self._contract() | self._contract()
        broken = contracts[1]
        values = type(self.Contract)._prepare_renewal_order_values

        def prepare(contract, segments):
            if contract == broken:
                raise ValueError("The price list was deleted.")
            return values(contract, segments)

        with (
            patch.object(type(self.Contract), "_prepare_renewal_order_values", prepare),
            self.assertLogs(NIGHT, "WARNING") as logs,
        ):
            self._night(date(2026, 11, 10))
            self._night(date(2026, 11, 10))
        self.assertIn(broken.name, logs.output[0])
        self.assertEqual(contracts.mapped("renewal_state"), ["progress", "due", "progress"])
        self.assertIn("price list was deleted", broken.activity_ids.note)
        self.assertEqual(len(broken.activity_ids), 1, "told once, however often it fails")
        self.assertEqual(broken.activity_ids.user_id, self.seller)
        self._night(date(2026, 11, 11))
        self.assertEqual(broken.renewal_state, "progress", "made up for as soon as it can be")

    @mute_logger(NIGHT)
    def test_the_night_commits_in_batches(self):
        contracts = self.Contract.union(*(self._contract() for _number in range(5)))
        cron = self.env.ref("recurring_contracts.ir_cron_recurring_contract_renew")
        with patch(f"{NIGHT}.BATCH", 2), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(set(contracts.mapped("renewal_state")), {"progress"})
        self.assertEqual(len(contracts.renewal_order_ids), 5)

    def test_f16_no_statement_of_ours_for_each_contract(self):
        """Statements do not grow with the batch but for what Odoo itself asks for each order."""

        def queries(count):
            for _number in range(count):
                self._contract()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._night(date(2026, 11, 10))
            self.env.flush_all()
            return self.cr.sql_log_count - before

        for document in ("quotation", "approval"):
            self.plan_year.renewal_document = document
            queries(2)
            few, many = queries(5), queries(45)
            with self.subTest(document=document):
                self.assertLess((many - few) / 40, 6, (few, many))

    def test_an_upgrade_knows_what_was_prepared(self):
        contract = self._contract()
        order = self._renew_now(contract)
        contract._write_protected({"renewal_prepared_end": False})
        self.env.flush_all()
        path = get_module_path("recurring_contracts") + "/migrations/19.0.1.1.0/post-renewal_prepared_end.py"
        spec = importlib.util.spec_from_file_location("post_renewal_prepared_end", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(contract.renewal_prepared_end, contract.date_end)
        order._action_cancel()
        self._night(date(2026, 11, 11))
        self.assertEqual(contract.renewal_order_ids, order)

    def test_f25_the_board_of_a_manager(self):
        """Planned, due, in progress, done or lost, each column with the value of another term."""
        planned = self._contract(start=date(2026, 6, 1))
        due, progress, done, lost = (self._contract() for _number in range(4))
        self._renew_now(progress)
        self._renew_now(done).action_confirm()
        reason = self.env.ref("recurring_contracts.close_reason_price")
        self._renew_now(lost)._refuse_renewals(reason)
        contracts = planned | due | progress | done | lost
        self.assertEqual(contracts.mapped("renewal_state"), ["planned", "due", "progress", "done", "lost"])
        action = self.env.ref("recurring_contracts.recurring_contract_action_renewals")
        board = self.Contract.with_user(self.manager).formatted_read_group(
            [("id", "in", contracts.ids), ("renewal_state", "!=", False)],
            groupby=["renewal_state"],
            aggregates=["renewal_value:sum", "renewal_mrr:sum", "__count"],
        )
        self.assertIn("renewal_state", action.domain)
        self.assertEqual(
            {group["renewal_state"]: (group["renewal_value:sum"], group["renewal_mrr:sum"]) for group in board},
            dict.fromkeys(("planned", "due", "progress", "done", "lost"), (2400.0, 200.0)),
        )
        by_reason = self.Contract._read_group(
            [("id", "in", contracts.ids), ("renewal_state", "=", "lost")], ["close_reason_id"], ["renewal_value:sum"]
        )
        self.assertEqual(by_reason, [(reason, 2400.0)])

    def test_f25_each_filter_of_the_board_finds_something_or_nothing(self):
        self._contract()
        view = self.env.ref("recurring_contracts.recurring_contract_view_search_renewal")
        arch = etree.fromstring(view.arch)
        for node in arch.iter("filter"):
            if node.get("domain"):
                with self.subTest(filter=node.get("name")):
                    domain = safe_eval(node.get("domain"), {"uid": self.seller.id})
                    self.Contract.with_user(self.seller).search(domain)
