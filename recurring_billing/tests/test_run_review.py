from datetime import date
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import RecurringBillingCommon

JANUARY = date(2026, 1, 1)
FEBRUARY = date(2026, 2, 1)
WORK = "odoo.addons.recurring_billing.models.recurring_bill_run_work"


class RunReviewCommon(RecurringBillingCommon):
    """A billing clerk with the rights of his job and no others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "review_clerk", "account.group_account_invoice",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip

    def _new_run(self, day=JANUARY, **values):
        runs = self.env["recurring.bill.run"].with_user(self.clerk)
        return runs.create({"company_id": self.company.id, "date_through": day, **values})

    def _preview(self, day=JANUARY, **values):
        run = self._new_run(day, **values)
        run.action_preview()
        return run

    def _row(self, run, contract):
        return run.customer_ids.filtered(lambda r: r.commercial_partner_id == contract.partner_id)

    def _customers(self, count):
        partners = [self._create_customer(f"Customer {number}") for number in range(count)]
        return [self._create_contract(partner_id=partner.id) for partner in partners]


@tagged("post_install", "-at_install")
class TestRunReview(RunReviewCommon):
    """F58, F61: a clerk reviews a run, approves a part, leaves out, holds, releases, pauses."""

    def test_f58_approve_some_leave_one_out(self):
        first, second, third = self._customers(3)
        run = self._preview()
        self._row(run, first).action_approve()
        self.assertEqual((run.state, run.waiting_count, run.invoice_count), ("attention", 2, 1))
        self.assertTrue(first.charge_ids.move_id)
        self.assertFalse((second | third).charge_ids)
        self._decide(self._row(run, third), "reject", "Disputed")
        row = self._row(run, third)
        self.assertEqual((row.state, row.message, row.decision_user_id), ("rejected", "Disputed", self.clerk))
        self.assertIn("Disputed", run.message_ids[0].body)
        run.action_approve_rest()
        self.assertEqual((run.state, run.invoice_count, run.rejected_count), ("done", 2, 1))
        self.assertFalse(third.charge_ids)
        row.action_readmit()
        self.assertEqual((run.state, run.invoice_count, row.state), ("done", 3, "done"))

    def test_f58_left_out_stays_out_when_computed_again(self):
        first, second = self._customers(2)
        run = self._preview()
        self._decide(self._row(run, first), "reject")
        run.action_preview()
        self.assertEqual(self._row(run, first).state, "rejected")
        run.action_start()
        self.assertEqual((run.state, run.invoice_count), ("done", 1))
        self.assertFalse(first.charge_ids)
        self.assertTrue(second.charge_ids)

    def test_f58_what_is_billed_cannot_be_left_out_nor_approved_again(self):
        (contract,) = self._customers(1)
        run = self._preview()
        run.action_start()
        with self.assertRaisesRegex(UserError, "cannot be left out any more"):
            self._decide(self._row(run, contract), "reject")
        with self.assertRaisesRegex(UserError, "does not wait for approval"):
            self._row(run, contract).action_approve()
        with self.assertRaisesRegex(UserError, "is not held"):
            self._decide(self._row(run, contract), "release")

    def test_f58_nothing_left_needs_no_second_try(self):
        (contract,) = self._customers(1)
        run = self._preview()
        contract.action_bill_now()
        run.action_start()
        row = run.customer_ids
        self.assertEqual((run.state, row.state), ("done", "nothing"))
        self.assertIn("Nothing is left to bill. Gone: Hosting", row.message)

    def test_f61_pause_and_resume(self):
        self._customers(3)
        run = self._new_run()
        cron = self.env.ref("recurring_billing.ir_cron_recurring_bill_work")
        with patch(f"{WORK}.BATCH_SIZE", 2), self.enter_registry_test_mode():
            run.action_start()
            self.assertEqual((run.state, run.todo_count), ("running", 3))
            run._as_engine()._work(limit=2)
            run.action_pause()
            cron.method_direct_trigger()
            self.assertEqual((run.state, run.todo_count), ("paused", 1))
            run.action_resume()
        self.assertEqual((run.state, run.invoice_count), ("done", 3))

    def test_f61_pause_a_preview_and_leave_one_out_meanwhile(self):
        first, _second, _third = self._customers(3)
        run = self._new_run()
        with patch(f"{WORK}.BATCH_SIZE", 2):
            run.action_preview()
            run.action_pause()
            self._decide(self._row(run, first), "reject")
            run.action_resume()
        self.assertEqual((run.state, run.expected_invoice_count, run.rejected_count), ("previewed", 2, 1))

    def test_renewal_by_a_run_is_the_run_s_doing(self):
        contract = self._create_contract(
            plan_id=self._create_plan(term_count=1, term_unit="month", renewal_policy="tacit").id
        )
        run = self._new_run(FEBRUARY)
        run.action_start()
        renewal = contract.amendment_ids.filtered(lambda a: a.kind == "renewal")
        self.assertEqual(renewal.create_uid.id, SUPERUSER_ID)
        self.assertEqual(renewal.reason, f"Renewed by billing run {run.name}")

    def test_rights(self):
        (contract,) = self._customers(1)
        run = self._preview()
        seller = new_test_user(
            self.env, "review_seller", "sales_team.group_sale_manager",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        for action in ("action_pause", "action_resume", "action_approve_rest"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(run.with_user(seller), action)()
        with self.assertRaises(AccessError):
            self._row(run, contract).with_user(seller).action_approve()
        with self.assertRaises(AccessError):
            self.env["recurring.bill.run.comparison"].with_user(seller).search([])

    # === HISTORY === #

    def _bill_january_and_raise(self, price):
        contract, other = self._customers(2)
        self._new_run().action_start()
        self._amend(contract.item_ids, "price", FEBRUARY, price_unit=price)
        self.company.write({"recurring_hold_percent": 20, "recurring_hold_amount": 10})
        return contract, other

    def test_f58_far_from_history_is_held_in_the_preview_and_released(self):
        contract, other = self._bill_january_and_raise(1000)
        run = self._preview(FEBRUARY)
        row = self._row(run, contract)
        self.assertEqual((run.state, row.state, self._row(run, other).state), ("previewed", "held", "previewed"))
        self.assertIn("$\xa01,000.00 for the whole period, $\xa0100.00 before", row.message)
        run.action_start()
        self.assertEqual((run.state, run.held_count, run.invoice_count), ("attention", 1, 1))
        self._decide(row, "release", "New premises")
        self.assertEqual((run.state, row.state, row.is_released), ("done", "done", True))
        self.assertEqual((row.decision_reason, row.amount_untaxed), ("New premises", 1000.0))

    def test_f58_released_in_the_preview_is_billed_with_the_others(self):
        contract, _other = self._bill_january_and_raise(1000)
        run = self._preview(FEBRUARY)
        self._decide(self._row(run, contract), "release")
        self.assertEqual((run.held_count, self._row(run, contract).state), (0, "previewed"))
        run.action_start()
        self.assertEqual((run.state, run.invoice_count, run.amount_untaxed), ("done", 2, 1100.0))

    def test_f58_far_from_history_is_held_without_a_preview(self):
        contract, _other = self._bill_january_and_raise(1000)
        run = self._new_run(FEBRUARY)
        run.action_start()
        row = self._row(run, contract)
        self.assertEqual((run.state, row.state, row.expected_amount), ("attention", "held", 1000.0))
        self.assertEqual(row.preview_ids.amount_untaxed, 1000.0)
        self._amend(contract.item_ids, "price", FEBRUARY, price_unit=2000)
        self._decide(row, "release")
        self.assertEqual(row.state, "held", "what was released is not what comes out")
        self.assertIn("becomes 1 × 2,000.00", row.message)
        self._decide(row, "release")
        self.assertEqual((run.state, row.amount_untaxed), ("done", 2000.0))

    def test_f58_small_or_off_holds_nobody(self):
        for price, percent, minimum in ((1000, 0, 0), (115, 20, 0), (125, 20, 30)):
            with self.subTest(price=price, percent=percent, minimum=minimum):
                contract, _other = self._bill_january_and_raise(price)
                self.company.write({"recurring_hold_percent": percent, "recurring_hold_amount": minimum})
                self.assertEqual(self._row(self._preview(FEBRUARY), contract).state, "previewed")

    def test_f58_part_of_a_period_is_compared_by_its_whole_price(self):
        contract, _other = self._customers(2)
        self._new_run().action_start()
        contract._end(date(2026, 2, 10))
        self.company.recurring_hold_percent = 20
        run = self._preview(FEBRUARY)
        self.assertEqual(run.held_count, 0)
        self.assertAlmostEqual(self._row(run, contract).expected_amount, 35.71)


@tagged("post_install", "-at_install")
class TestRunComparison(RunReviewCommon):
    """F58: what differs from the run before, and from what was approved, with the cause."""

    def _compare(self, run, basis="previous"):
        self.env.flush_all()
        rows = self.env["recurring.bill.run.comparison"].with_user(self.clerk)
        rows = rows.search([("run_id", "=", run.id), ("basis", "=", basis)])
        return {
            (row.commercial_partner_id.name, row.product_id.name): (row.change, row.cause or "", row.difference)
            for row in rows
        }

    def _two_months(self):
        priced, counted, ended, same = self._customers(4)
        late = self._create_contract(FEBRUARY, partner_id=self._create_customer("Late").id)
        parted = self._create_contract(partner_id=self._create_customer("Parted").id)
        self._new_run().action_start()
        self._amend(priced.item_ids, "price", FEBRUARY, price_unit=120)
        self._amend(counted.item_ids, "quantity", FEBRUARY, quantity=2)
        ended._end(date(2026, 1, 31))
        parted._end(date(2026, 2, 14))
        return priced, counted, ended, same, late, parted

    def test_f58_against_the_previous_run(self):
        self._two_months()
        run = self._preview(FEBRUARY)
        expected = {
            ("Customer 0", "Hosting"): ("changed", "price", 20.0),
            ("Customer 1", "Hosting"): ("changed", "quantity", 200.0),
            ("Customer 2", "Hosting"): ("gone", "", -100.0),
            ("Customer 3", "Hosting"): ("same", "", 0.0),
            ("Late", "Hosting"): ("new", "", 100.0),
            ("Parted", "Hosting"): ("changed", "days", -50.0),
        }
        self.assertEqual(self._compare(run), expected)
        run.action_start()
        self.assertEqual(self._compare(run), expected, "the same of what is posted as of the preview")
        self.assertFalse(self._compare(run, "approved"))

    def test_f58_choose_the_run_to_compare_with(self):
        self._customers(1)
        january = self._new_run()
        january.action_start()
        february = self._new_run(FEBRUARY)
        february.action_start()
        march = self._preview(date(2026, 3, 1))
        self.assertEqual(march.compared_run_id, february)
        self._bill(date(2026, 3, 1))
        march.compared_run_id = january
        march.action_preview()
        self.assertEqual(march.compared_run_id, january)
        self.assertEqual(self._compare(march), {("Customer 0", "Hosting"): ("gone", "", -100.0)})

    def test_f58_against_the_approved_preview(self):
        changed, other = self._customers(2)
        run = self._preview()
        self._amend(changed.item_ids, "price", JANUARY, price_unit=130)
        self._create_contract(
            partner_id=changed.partner_id.id, items=[{"product_id": self.setup_fee.id, "price_unit": 40}]
        )
        run.action_start()
        self.assertEqual(
            self._compare(run, "approved"),
            {
                ("Customer 0", "Hosting"): ("changed", "price", 30.0),
                ("Customer 0", "Setup"): ("new", "", 40.0),
            },
        )
        self.assertEqual(self._row(run, changed).preview_ids.mapped("amount_untaxed"), [130.0, 40.0])
        self.assertTrue(other.charge_ids.move_id)

    def test_f58_totals_and_screens(self):
        self._two_months()
        run = self._preview(FEBRUARY)
        Rows = self.env["recurring.bill.run.comparison"].with_user(self.clerk)
        domain = [("run_id", "=", run.id)]
        for name in ("commercial_partner_id", "plan_id", "product_id", "currency_id", "kind", "change", "cause"):
            with self.subTest(name):
                groups = Rows._read_group(domain, [name], ["company_amount:sum"])
                self.assertAlmostEqual(sum(amount for _key, amount in groups), run.expected_amount)
        action = run.action_view_comparison()
        self.assertEqual(Rows.search(action["domain"]), Rows.search(domain))
        self.assertEqual(Form(run).compared_run_id, run.compared_run_id)
        for view in ("list", "pivot", "search"):
            Rows.get_view(view_type=view)
