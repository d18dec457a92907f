from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import html2plaintext

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-05-10")
class TestHistory(RecurringContractsCommon):
    """The audit trail: complete, printable, and closed to everybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yearly = cls._create_plan("A year", term_count=12, renewal_policy="order")
        cls.seller = new_test_user(cls.env, "history_seller", groups="sales_team.group_sale_salesman", name="Sally")
        cls.clerk = new_test_user(cls.env, "history_clerk", groups="account.group_account_invoice")
        cls.admin = new_test_user(
            cls.env,
            "history_admin",
            groups="base.group_system,sales_team.group_sale_manager,account.group_account_manager",
        )
        cls.contract = cls._create_contract(
            [(cls.service, 2, 100.0), (cls.support, 1, 40.0)], plan=cls.yearly, user_id=cls.seller.id
        )

    def _amend(self, kind, day, reason, item=None, **values):
        item = item or self.contract.item_ids[0]
        event = item._prepare_event_values(kind, day, **values)
        return item.contract_id.with_user(self.seller)._amend("change", day, [event], reason=reason)

    def _print(self, contract, user):
        report = self.env["ir.actions.report"].with_user(user)
        html, _kind = report._render_qweb_html("recurring_contracts.report_contract_history", contract.ids)
        return html2plaintext(html.decode().split("<main>")[-1], include_references=False).replace("\xa0", " ")

    def test_f34_the_printed_history(self):
        self._amend("quantity", date(2026, 2, 1), "Two more seats", quantity=2)
        self._amend("price", date(2026, 3, 1), "Index", price_unit=110.0)
        undone = self._amend("discount", date(2026, 4, 1), "Goodwill", discount=10.0)
        undone.with_user(self.seller).action_undo()
        order = self.contract._create_renewal_orders([[self.contract]])
        order.action_confirm()
        for user in (self.seller, self.clerk, self.admin):
            with self.subTest(user=user.login):
                text = self._print(self.contract, user)
                for expected in (
                    self.contract.name,
                    "Two more seats",
                    "2 → 4",
                    "100.00 → $ 110.00",
                    "Undoes: Discount of 04/01/2026",
                    "Undone on",
                    "by Sally",
                    "12/31/2026",
                    "Last day in force",
                    order.name,
                    order.recurring_contract_id.name,
                ):
                    self.assertIn(expected, text)

    def test_f34_printed_from_an_ended_contract(self):
        reason = self.env.ref("recurring_contracts.close_reason_price")
        self.contract._end(date(2026, 4, 30), reason="Moved away", close_reason=reason)
        self.contract._refresh_caches()
        self.assertEqual(self.contract.state, "ended")
        for user in (self.seller, self.clerk, self.admin):
            with self.subTest(user=user.login):
                text = self._print(self.contract, user)
                self.assertIn("Moved away", text)
                self.assertIn(reason.name, text)
        self.assertIn("Last day in force: 04/30/2026", text)

    def test_f34_a_history_leaves_out_what_the_reader_may_not_see(self):
        order = self.contract._create_renewal_orders([[self.contract]])
        order.action_confirm()
        order.user_id = order.recurring_contract_id.user_id = self.admin
        self.env.invalidate_all()
        text = self._print(self.contract, self.seller)
        self.assertNotIn(order.recurring_contract_id.name, text)

    def test_f34_it_is_in_the_print_menu(self):
        bindings = self.env["ir.actions.actions"].with_user(self.clerk).get_bindings("recurring.contract")
        self.assertIn("Contract History", [report["name"] for report in bindings.get("report", [])])

    def test_f34_nobody_changes_or_deletes_the_journal(self):
        event = self._amend("quantity", date(2026, 2, 1), "More", quantity=1).event_ids
        amendment = event.amendment_id
        root = self.env.ref("base.user_root")
        for user in (self.seller, self.clerk, self.admin, root):
            for record in (event, amendment):
                record = record.with_user(user)
                with self.subTest(user=user.login, model=record._name):
                    with self.assertRaises(UserError):
                        record.write({"date": date(2026, 1, 1)})
                    with self.assertRaises(UserError):
                        record.unlink()
                    self.assertNotIn("active", record._fields)
        self.assertEqual((event.date, amendment.reason), (date(2026, 2, 1), "More"))

    def test_f34_nor_by_an_import(self):
        event = self._amend("quantity", date(2026, 2, 1), "More", quantity=1).event_ids
        for user in (self.seller, self.admin):
            result = (
                self.env["recurring.contract.event"].with_user(user).load([".id", "quantity"], [[str(event.id), "7"]])
            )
            self.assertFalse(result["ids"])
            self.assertTrue(result["messages"])
        self.assertEqual(event.quantity, 1.0)

    def test_f34_nor_by_deleting_what_it_hangs_on(self):
        for record in (self.contract, self.contract.item_ids):
            with self.assertRaises(UserError):
                record.with_user(self.admin).unlink()
        for record in (self.partner, self.service):
            with self.assertRaises(Exception), self.cr.savepoint(), self.assertLogs("odoo.sql_db", "ERROR"):  # noqa: B017
                record.unlink()
        self.assertEqual(len(self.contract.event_ids), 4)

    def test_f34_nor_by_commands_of_the_contract(self):
        event = self.contract.event_ids[0]
        for values in (
            {"event_ids": [(2, event.id)]},
            {"event_ids": [(1, event.id, {"quantity": 9.0})]},
            {"amendment_ids": [(2, event.amendment_id.id)]},
            {"amendment_ids": [(1, event.amendment_id.id, {"reason": "Forged"})]},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.contract.with_user(self.admin).write(values)

    def test_f34_as_of_a_day_to_come(self):
        self._amend("quantity", date(2026, 9, 1), "Planned", quantity=3)

        def seen(day):
            # when something was entered is not frozen
            values = {"contract_id": self.contract.id, "date": day, "known_on": date(2099, 1, 1)}
            snapshot = self.env["recurring.contract.snapshot"].with_user(self.seller).create(values)
            return snapshot.line_ids.mapped("quantity"), snapshot.message

        self.assertEqual(seen(date(2026, 8, 31)), ([2.0, 1.0], False))
        self.assertEqual(seen(date(2026, 9, 1)), ([5.0, 1.0], False))
        self.assertEqual(seen(date(2026, 12, 31)), ([5.0, 1.0], False))
        self.assertEqual(
            seen(date(2027, 1, 1)),
            ([], "The contract ends on 12/31/2026. Whether it is renewed is not decided yet."),
        )
        self.assertEqual(seen(date(2025, 12, 31)), ([], "The contract starts on 01/01/2026."))
        order = self.contract._create_renewal_orders([[self.contract]])
        order.action_confirm()
        self.assertIn(f"renewed into {order.recurring_contract_id.name}", seen(date(2027, 1, 1))[1])
