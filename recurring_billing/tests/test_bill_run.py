from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)
RUN = "odoo.addons.recurring_billing.models.recurring_bill_run_work"


@tagged("post_install", "-at_install")
class TestBillRun(RecurringBillingCommon):
    """Batches, failures, collisions, rights."""

    def _customers(self, count):
        partners = [self._create_customer(f"Customer {number}") for number in range(count)]
        return [self._create_contract(partner_id=partner.id) for partner in partners]

    def test_failing_customer_is_isolated_and_retried(self):
        self._customers(5)
        archived = self.company_data["default_account_receivable"].copy({"code": "119999"})
        partner = self._create_customer("Broken")
        partner.property_account_receivable_id = archived
        broken = self._create_contract(partner_id=partner.id)
        archived.active = False
        run = self._run(DAY)
        self.assertEqual((run.state, run.failed_count), ("attention", 1))
        self.assertEqual(len(run.move_ids), 5)
        row = run.customer_ids.filtered(lambda r: r.state == "failed")
        self.assertEqual(row.commercial_partner_id, partner)
        self.assertTrue(row.message)
        self.assertFalse(broken.charge_ids)
        archived.active = True
        row.action_retry()
        self.assertEqual((run.state, row.state, row.message), ("done", "done", False))
        self.assertEqual(len(run.move_ids), 6)

    def test_unexpected_error_is_a_reason_too(self):
        self._customers(2)
        Charge = self.env.registry["recurring.charge"]
        origin = Charge._prepare_invoice_line_values

        def fail(charge, move_type):
            if charge.partner_id.name == "Customer 1":
                raise KeyError("nonsense")
            return origin(charge, move_type)

        with patch.object(Charge, "_prepare_invoice_line_values", fail), mute_logger(RUN):
            run = self._run(DAY)
        self.assertEqual(sorted(run.customer_ids.mapped("state")), ["done", "failed"])
        self.assertIn("nonsense", "".join(filter(None, run.customer_ids.mapped("message"))))
        run.action_retry()
        self.assertEqual(run.state, "done")

    def test_charges_are_shown_with_the_run_that_invoices_them(self):
        contract = self._create_contract()
        first = self._run(DAY)
        first.move_ids.button_draft()
        first.move_ids.unlink()
        self.assertEqual(first.charge_count, 1, "what it made waits for an invoice")
        second = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": DAY})
        second.action_start()
        charge = contract.charge_ids
        first.invalidate_recordset(["charge_count"])
        self.assertEqual((first.charge_count, second.charge_count), (0, 1))
        self.assertEqual(charge.search(second.action_view_charges()["domain"]), charge)

    def test_batches(self):
        self._customers(5)
        with patch(f"{RUN}.BATCH_SIZE", 2):
            run = self.env["recurring.bill.run"]._create_run(self.company, DAY)
            run.action_start()
            self.assertEqual((run.state, run.todo_count), ("running", 5))
            self.assertEqual(run._work(limit=2), 2)
            self.assertEqual((run.todo_count, run.progress), (3, 40.0))
            self.assertEqual(run._work(), 3)
        self.assertEqual((run.state, run._work()), ("done", 0))
        self.assertEqual(run.invoice_count, 5)
        self.assertEqual(run.amount_untaxed, 500.0)

    def test_large_run_is_left_to_the_scheduled_action(self):
        self._customers(3)
        cron = self.env.ref("recurring_billing.ir_cron_recurring_bill_work")
        with patch(f"{RUN}.BATCH_SIZE", 2), self.enter_registry_test_mode():
            run = self._run(DAY)
            self.assertEqual(run.state, "running")
            cron.method_direct_trigger()
        self.assertEqual((run.state, len(run.move_ids)), ("done", 3))

    @freeze_time("2026-01-01 12:00:00")
    def test_nightly_billing(self):
        self._customers(2)
        cron = self.env.ref("recurring_billing.ir_cron_recurring_bill")
        domain = [("company_id", "=", self.company.id)]
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            self.assertFalse(self.env["recurring.bill.run"].search(domain))
            self.company.recurring_auto_bill = True
            cron.method_direct_trigger()
            run = self.env["recurring.bill.run"].search(domain)
            self.assertEqual((run.state, len(run.move_ids)), ("done", 2))
            cron.method_direct_trigger()
        self.assertEqual(self.env["recurring.bill.run"].search(domain), run)

    @freeze_time("2026-01-01 12:00:00")
    def test_nightly_billing_says_why_it_did_not_start(self):
        self._customers(1)
        self.company.write({"recurring_auto_bill": True, "sale_lock_date": date(2026, 1, 31)})
        with self.enter_registry_test_mode():
            self.env.ref("recurring_billing.ir_cron_recurring_bill").method_direct_trigger()
        run = self.env["recurring.bill.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual(run.state, "draft")
        self.assertTrue([body for body in run.message_ids.mapped("body") if "locked period" in body])
        self.assertFalse(run.activity_ids, "Nobody is responsible.")

    def _bill_at_night(self, day):
        """Run the scheduled action at noon of a day; return the company's runs."""
        with freeze_time(f"{day} 12:00:00"), self.enter_registry_test_mode():
            self.env.ref("recurring_billing.ir_cron_recurring_bill").method_direct_trigger()
        return self.env["recurring.bill.run"].search([("company_id", "=", self.company.id)])

    def test_nightly_billing_waits_for_review_and_tells_who_is_responsible(self):
        clerk = new_test_user(self.env, "night_clerk", "account.group_account_invoice", company_id=self.company.id)
        self._customers(2)
        self.company.write(
            {"recurring_auto_bill": True, "recurring_bill_review": True, "recurring_billing_user_id": clerk.id}
        )
        run = self._bill_at_night("2026-01-01")
        self.assertEqual((run.state, run.expected_amount, run.invoice_count), ("previewed", 200.0, 0))
        self.assertEqual(run.activity_ids.user_id, clerk)
        # left alone, it goes on to the next day
        self._create_contract(start=date(2026, 1, 2), partner_id=self._create_customer("Late").id)
        self.assertEqual(self._bill_at_night("2026-01-02"), run)
        self.assertEqual((run.state, run.expected_amount, run.date_through), ("previewed", 300.0, date(2026, 1, 2)))
        self.assertEqual(len(run.activity_ids), 1)
        run.with_user(clerk).action_start()
        self.assertEqual((run.state, len(run.move_ids), len(run.activity_ids)), ("done", 3, 0))

    def test_nightly_billing_tells_who_is_responsible_whom_it_left(self):
        clerk = new_test_user(self.env, "night_clerk", "account.group_account_invoice", company_id=self.company.id)
        contracts = self._customers(2)
        contracts[0].partner_id.active = False
        self.company.write({"recurring_auto_bill": True, "recurring_billing_user_id": clerk.id})
        run = self._bill_at_night("2026-01-01")
        self.assertEqual((run.state, run.failed_count, run.activity_ids.user_id), ("attention", 1, clerk))
        contracts[0].partner_id.active = True
        run.customer_ids.filtered(lambda row: row.state == "failed").with_user(clerk).action_retry()
        self.assertEqual((run.state, len(run.activity_ids)), ("done", 0))

    def test_collision_is_left_to_the_caller_without_commit(self):
        self._customers(1)
        Run = self.env.registry["recurring.bill.run"]
        with patch.object(Run, "_bill", side_effect=errors.SerializationFailure()):
            with self.assertRaises(errors.SerializationFailure):
                self._run(DAY)

    def test_customer_that_collides_for_ever_is_set_aside(self):
        self._customers(3)
        Run = self.env.registry["recurring.bill.run"]
        origin = Run._bill

        def collide(run, rows):
            if "Customer 1" in rows.commercial_partner_id.mapped("name"):
                raise errors.SerializationFailure()
            return origin(run, rows)

        run = self.env["recurring.bill.run"]._create_run(self.company, DAY)
        with patch.object(Run, "_bill", collide), patch(f"{RUN}.BATCH_SIZE", 2):
            run.action_start()
            run._as_engine()._bill_isolated(run.sudo().customer_ids, patient=False)
        self.assertEqual(run._work(), 0)
        self.assertEqual((run.state, run.failed_count, run.invoice_count), ("attention", 1, 2))

    def test_the_index_forbids_the_same_charge_twice(self):
        contract = self._create_contract()
        self._bill(DAY)
        with self.assertRaises(errors.UniqueViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                contract.charge_ids.sudo().copy()

    def test_dates_are_fixed_once_started(self):
        self._create_contract()
        run = self._run(DAY)
        with self.assertRaisesRegex(UserError, "has been started"):
            run.date_through = date(2026, 2, 1)
        with self.assertRaisesRegex(UserError, "kept"):
            run.unlink()

    def test_rights(self):
        clerk = new_test_user(
            self.env, "clerk", "account.group_account_invoice",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        seller = new_test_user(
            self.env, "seller", "sales_team.group_sale_salesman",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        mine = self._create_contract(user_id=seller.id)
        other = self._create_contract(user_id=self.env.user.id)
        runs = self.env["recurring.bill.run"].with_user(clerk)
        run = runs.create({"date_through": DAY, "company_id": self.company.id})
        run.action_start()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.move_ids.create_uid, clerk)
        charges = self.env["recurring.charge"].with_user(seller)
        self.assertEqual(charges.search([]).contract_id, mine)
        self.assertEqual(charges.search([("state", "=", "posted")]).contract_id, mine)
        self.assertEqual(mine.with_user(seller).charge_ids.state, "posted")
        self.assertEqual(mine.with_user(seller).invoice_count, 1)
        with self.assertRaises(AccessError):
            other.charge_ids.with_user(seller).read(["amount"])
        with self.assertRaises(AccessError):
            mine.with_user(seller).action_bill_now()
        with self.assertRaises(AccessError):
            self.env["recurring.bill.run"].with_user(seller).create({"date_through": DAY})
        with self.assertRaises(AccessError):
            mine.charge_ids.with_user(clerk).write({"amount": 1})

    def test_clerk_bills_now(self):
        clerk = new_test_user(
            self.env, "clerk", "account.group_account_invoice",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        contract = self._create_contract(date(2025, 1, 1))
        action = contract.with_user(clerk).action_bill_now()
        self.assertEqual(self.env["account.move"].browse(action["res_id"]).create_uid, clerk)
