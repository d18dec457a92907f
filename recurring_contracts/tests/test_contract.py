from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestContract(RecurringContractsCommon):
    def _terms(self, item):
        return [
            (s.date_start, s.date_end, s.quantity, s.price_unit, s.mrr) for s in item.segment_ids.sorted("date_start")
        ]

    def test_start_journals_the_terms(self):
        contract = self._create_contract([(self.service, 2, 100.0), (self.setup_fee, 1, 500.0)])
        service, fee = contract.item_ids
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.mrr, 200.0)
        self.assertEqual(self._terms(service), [(date(2026, 1, 1), False, 2.0, 100.0, 200.0)])
        self.assertEqual(fee.charge_type, "one_time")
        self.assertEqual(fee.mrr, 0.0)
        self.assertEqual(contract.amendment_ids.kind, "new")
        self.assertEqual(contract.event_ids.sorted("id").mapped("mrr_delta"), [200.0, 0.0])
        self.assertEqual(service.anchor_date, date(2026, 1, 1))

    def test_a_fixed_term_journals_its_end(self):
        plan = self._create_plan("A year", term_count=12, renewal_policy="end")
        contract = self._create_contract([(self.service, 1, 50.0)], plan=plan)
        self.assertEqual(contract.date_end, date(2026, 12, 31))
        self.assertEqual(contract.item_ids.date_end, date(2026, 12, 31))
        contract._refresh_caches(date(2027, 1, 1))
        self.assertEqual((contract.state, contract.mrr), ("ended", 0.0))
        contract._refresh_caches(date(2026, 12, 31))
        self.assertEqual((contract.state, contract.mrr), ("active", 50.0))

    def test_in_force_only_amendments_change_terms(self):
        contract = self._create_contract([(self.service, 1, 50.0)])
        for record, values in (
            (contract, {"date_end": date(2026, 6, 30)}),
            (contract, {"state": "draft"}),
            (contract.item_ids, {"quantity": 3}),
            (contract.item_ids, {"tax_ids": [Command.clear()]}),
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                record.write(values)
        for record in (contract, contract.item_ids):
            with self.subTest(record=record), self.assertRaises(UserError):
                record.unlink()

    def test_the_journal_is_append_only(self):
        event = self._create_contract([(self.service, 1, 50.0)]).event_ids
        with self.assertRaises(UserError):
            event.write({"quantity": 5})
        with self.assertRaises(UserError):
            event.unlink()

    def test_a_draft_without_items_is_refused(self):
        contract = self._create_contract([], started=False)
        with self.assertRaisesRegex(UserError, "no items"):
            contract.action_start()

    def test_bad_drafts_are_refused(self):
        contract = self._create_contract([(self.service, 1, 50.0)], started=False)
        with self.assertRaises(ValidationError):
            contract.item_ids.quantity = -1
        with self.assertRaises(ValidationError):
            contract.item_ids.discount = 101
        with self.assertRaises(ValidationError):
            self._create_plan("Odd", alignment="billing_day", billing_unit="week")

    def test_end(self):
        contract = self._create_contract([(self.service, 1, 50.0)])
        wizard = self.env["recurring.contract.amend"].create(
            {"contract_id": contract.id, "action": "end", "date_end": date(2026, 3, 15), "reason": "moved away"}
        )
        wizard.action_confirm()
        self.assertEqual(contract.date_end, date(2026, 3, 15))
        self.assertEqual(contract.state, "ended")
        self.assertEqual(sum(contract.event_ids.mapped("mrr_delta")), 0.0)
        contract.action_undo()
        self.assertFalse(contract.date_end)
        self.assertFalse(contract.terminated_by_id)
        self.assertEqual(contract.state, "active")

    def test_an_end_before_the_start_leaves_nothing_in_force(self):
        contract = self._create_contract([(self.service, 1, 50.0)])
        contract._end(date(2025, 12, 31), reason="never began")
        self.assertFalse(contract.item_ids.segment_ids)
        self.assertEqual((contract.state, contract.mrr), ("ended", 0.0))

    def test_tacit_renewal(self):
        plan = self._create_plan("A year", term_count=12, notice_days=30)
        contract = self._create_contract([(self.service, 1, 50.0)], plan=plan)
        self.assertEqual(contract.notice_deadline, date(2026, 12, 1))
        Contracts = self.env["recurring.contract"]
        self.assertNotIn(contract, Contracts._renew_tacitly(date(2026, 12, 1)))
        self.assertIn(contract, Contracts._renew_tacitly(date(2026, 12, 2)))
        self.assertEqual(contract.date_end, date(2027, 12, 31))
        self.assertNotIn(contract, Contracts._renew_tacitly(date(2026, 12, 2)))
        self.assertEqual(self._terms(contract.item_ids), [(date(2026, 1, 1), date(2027, 12, 31), 1, 50, 50)])

    def test_forgotten_terms_are_caught_up_without_drift(self):
        plan = self._create_plan("A month", term_count=1)
        contract = self._create_contract([(self.service, 1, 50.0)], date(2026, 1, 31), plan=plan)
        self.assertEqual(contract.date_end, date(2026, 2, 27))
        self.env["recurring.contract"]._renew_tacitly(date(2026, 4, 15))
        self.assertEqual(contract.date_end, date(2026, 4, 29))
        self.env["recurring.contract"]._renew_tacitly(date(2026, 5, 1))
        self.assertEqual(contract.date_end, date(2026, 5, 30))

    def test_notice_prevents_the_renewal_until_undone(self):
        plan = self._create_plan("A year", term_count=12)
        contract = self._create_contract([(self.service, 1, 50.0)], plan=plan)
        contract._end(date(2026, 12, 31), reason="notice")
        Contracts = self.env["recurring.contract"]
        self.assertNotIn(contract, Contracts._renew_tacitly(date(2027, 1, 1)))
        contract.action_undo()
        self.assertIn(contract, Contracts._renew_tacitly(date(2027, 1, 1)))

    def test_items_left_behind_by_the_renewal(self):
        plan = self._create_plan("A year", term_count=12)
        contract = self._create_contract(
            [
                {"product_id": self.service.id, "price_unit": 50.0},
                {"product_id": self.support.id, "price_unit": 40.0, "renewable": False},
            ],
            plan=plan,
        )
        self.env["recurring.contract"]._renew_tacitly(date(2027, 1, 1))
        service, support = contract.item_ids
        self.assertEqual(service.date_end, date(2027, 12, 31))
        self.assertEqual(support.date_end, date(2026, 12, 31))

    def test_billing_day_of_the_customer(self):
        plan = self._create_plan("On his day", alignment="billing_day")
        self.partner.recurring_billing_day = 5
        contract = self._create_contract([(self.service, 1, 90.0)], date(2025, 3, 28), plan=plan)
        self.assertEqual(contract.item_ids.anchor_date, date(2025, 4, 5))
        self.partner.recurring_billing_day = 20
        self.assertEqual(contract.item_ids.anchor_date, date(2025, 4, 5))

    def test_terms_are_frozen_where_sold(self):
        contract = self._create_contract([(self.service, 1, 90.0)])
        self.plan_monthly.write({"billing_count": 3, "billing_timing": "arrears"})
        item = contract.item_ids
        self.assertEqual((item.billing_count, item.billing_timing), (1, "advance"))

    def test_uninstall_is_refused_while_contracts_are_in_force(self):
        from ..hooks import uninstall_hook

        self._create_contract([(self.service, 1, 90.0)])
        with self.assertRaisesRegex(UserError, "in force"):
            uninstall_hook(self.env)

    def test_cron_is_idempotent(self):
        plan = self._create_plan("A month", term_count=1)
        contract = self._create_contract([(self.service, 1, 50.0)], plan=plan)
        cron = self.env.ref("recurring_contracts.ir_cron_recurring_contract_renew")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            events = contract.event_ids
            cron.method_direct_trigger()
        self.assertEqual(contract.event_ids, events)
        self.assertEqual(contract.state, "active")

    def test_large_batches_cost_no_query_per_contract(self):
        plan = self._create_plan("A year", term_count=12)

        def queries(count):
            for _n in range(count):
                self._create_contract([(self.service, 1, 50.0)], plan=plan)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["recurring.contract"]._renew_tacitly(date(2027, 1, 1))
            return self.cr.sql_log_count - before

        queries(2)
        few, many = queries(4), queries(24)
        self.assertLess(many - few, 10, (few, many))
