import random
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)
WORK = "odoo.addons.recurring_billing.models.recurring_bill_run_work"


@tagged("post_install", "-at_install")
class TestPreview(RecurringBillingCommon):
    """What a run shows before it books, and what it does where that is no longer true."""

    def _preview(self, day=DAY, **values):
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": day, **values})
        run.action_preview()
        return run

    def _counts(self):
        return [
            self.env[model].search_count([])
            for model in ("recurring.charge", "account.move", "recurring.contract.event")
        ]

    def test_f60_preview_books_nothing(self):
        contract = self._create_contract(items=[{"quantity": 2, "price_unit": 45}])
        marks = contract.item_ids.mapped("next_billing_date")
        before = self._counts()
        run = self._preview()
        self.assertEqual((run.state, run.expected_invoice_count, run.expected_amount), ("previewed", 1, 90.0))
        self.assertEqual(run.progress, 0.0, "computed is not billed")
        self.assertEqual((run.invoice_count, run.amount_untaxed, run.charge_count), (0, 0.0, 0))
        self.assertEqual(self._counts(), before)
        self.assertEqual(contract.item_ids.mapped("next_billing_date"), marks)
        self.assertRecordValues(
            run.preview_ids,
            [
                {
                    "number": 1,
                    "move_type": "out_invoice",
                    "contract_id": contract.id,
                    "product_id": self.service.id,
                    "plan_id": self.monthly.id,
                    "kind": "recurring",
                    "explanation": "2 × 45.00 (1 Jan to 31 Jan)",
                    "amount_untaxed": 90.0,
                    "amount_tax": 18.0,
                    "amount_total": 108.0,
                }
            ],
        )
        run.action_start()
        self.assertEqual((run.state, run.is_approved, run.amount_untaxed), ("done", True, 90.0))

    def test_preview_again_and_discard(self):
        self._create_contract()
        run = self._preview()
        self._create_contract()
        run.action_preview()
        self.assertEqual((run.expected_amount, len(run.preview_ids)), (200.0, 2))
        with self.assertRaisesRegex(UserError, "Discard the preview"):
            run.date_through = date(2026, 2, 1)
        run.action_discard_preview()
        self.assertEqual((run.state, run.preview_ids.ids, run.customer_ids.ids), ("draft", [], []))
        run.date_through = date(2026, 2, 1)
        run.action_start()
        self.assertEqual((run.state, run.is_approved, run.amount_untaxed), ("done", False, 400.0))

    def test_preview_goes_with_its_run(self):
        self._create_contract()
        run = self._preview()
        rows = run.preview_ids
        run.unlink()
        self.assertFalse(rows.exists())

    def test_preview_of_nothing(self):
        run = self._preview(date(2020, 1, 1))
        self.assertEqual((run.state, run.preview_ids.ids), ("previewed", []))
        run.action_start()
        self.assertEqual(run.state, "done")

    def test_preview_renews_tacitly_and_undoes_it(self):
        contract = self._create_contract(
            plan_id=self._create_plan(term_count=1, term_unit="month", renewal_policy="tacit").id
        )
        run = self._preview(date(2026, 2, 1))
        self.assertEqual(run.preview_ids.mapped("amount_untaxed"), [100.0, 100.0])
        self.assertEqual(contract.date_end, date(2026, 1, 31))
        run.action_start()
        self.assertEqual((run.state, run.amount_untaxed), ("done", 200.0))
        self.assertGreater(contract.date_end, date(2026, 1, 31))

    # === HOLDING === #

    def test_changed_customer_is_held_and_release_accepts(self):
        contract = self._create_contract()
        other = self._create_contract(partner_id=self._create_customer("Other").id)
        run = self._preview()
        self._amend(contract.item_ids, "price", DAY, price_unit=120)
        run.action_start()
        self.assertEqual((run.state, run.failed_count, run.held_count), ("attention", 0, 1))
        self.assertTrue(other.charge_ids.move_id)
        self.assertFalse(contract.charge_ids)
        row = run.customer_ids.filtered(lambda r: r.state == "held")
        self.assertIn("Changed: Hosting, 01/01/2026 to 01/31/2026", row.message)
        self.assertIn(
            "1 × 100.00 (1 Jan to 31 Jan) = $\xa0100.00 becomes 1 × 120.00 (1 Jan to 31 Jan) = $\xa0120.00. Release",
            row.message,
            "the computations say it; what follows from them is left out",
        )
        self.assertEqual(run.progress, 50.0, "who is held is not billed")
        self.assertEqual(row.search(run.action_view_open_customers()["domain"]), row)
        self.assertEqual((row.expected_amount, row.preview_ids.amount_untaxed), (120.0, 120.0))
        row.action_retry()
        self.assertEqual(row.state, "held", "a retry is for what failed")
        self._decide(row, "release")
        self.assertEqual((run.state, row.state, row.amount_untaxed), ("done", "done", 120.0))

    def test_change_after_a_hold_is_held_again(self):
        contract = self._create_contract()
        run = self._preview()
        self._amend(contract.item_ids, "price", DAY, price_unit=120)
        run.action_start()
        self._amend(contract.item_ids, "price", DAY, price_unit=130)
        self._decide(run.customer_ids, "release")
        self.assertEqual(run.state, "attention")
        self.assertIn("1 × 120.00 (1 Jan to 31 Jan) = $\xa0120.00 becomes 1 × 130.00", run.customer_ids.message)
        self._decide(run.customer_ids, "release")
        self.assertEqual((run.state, run.amount_untaxed), ("done", 130.0))

    def test_new_and_gone_lines_are_held(self):
        contract = self._create_contract(items=[{}, {"price_unit": 5}])
        run = self._preview()
        self._amend(contract.item_ids[0], "end", DAY)
        self._create_contract(items=[{"product_id": self.setup_fee.id, "price_unit": 40}])
        run.action_start()
        self.assertIn("New: Setup, 01/01/2026 to 01/01/2026: $\xa040.00", run.customer_ids.message)
        self.assertIn("Gone: Hosting, 01/01/2026 to 01/31/2026: $\xa0100.00", run.customer_ids.message)
        self._decide(run.customer_ids, "release")
        self.assertEqual((run.state, run.amount_untaxed), ("done", 45.0))

    def test_customer_who_was_not_in_the_preview_is_held(self):
        self._create_contract()
        run = self._preview()
        self._create_contract(partner_id=self._create_customer("Late").id)
        run.action_start()
        late = run.customer_ids.filtered(lambda r: r.state == "held")
        self.assertEqual(late.commercial_partner_id.name, "Late")
        self.assertIn("New: Hosting", late.message)
        self.assertEqual(run.amount_untaxed, 100.0)

    def test_what_cannot_be_billed_fails_in_the_preview(self):
        contract = self._create_contract()
        self._create_contract(partner_id=self._create_customer("Other").id)
        with patch.object(
            self.env.registry["recurring.charge"],
            "_prepare_invoice_line_values",
            autospec=True,
            side_effect=self._failing_for(contract),
        ):
            run = self._preview()
        self.assertEqual((run.state, run.failed_count, run.expected_amount), ("previewed", 1, 100.0))
        self.assertIn("No way", "".join(filter(None, run.customer_ids.mapped("message"))))
        run.action_retry()
        self.assertEqual((run.state, run.failed_count, run.expected_amount), ("previewed", 0, 200.0))

    def _failing_for(self, contract):
        origin = self.env.registry["recurring.charge"]._prepare_invoice_line_values

        def prepare(charge, move_type):
            if charge.contract_id == contract:
                reason = "No way"
                raise UserError(reason)
            return origin(charge, move_type)

        return prepare

    # === SCALE AND RIGHTS === #

    def test_large_preview_is_left_to_the_scheduled_action(self):
        for number in range(3):
            self._create_contract(partner_id=self._create_customer(f"Customer {number}").id)
        cron = self.env.ref("recurring_billing.ir_cron_recurring_bill_work")
        with patch(f"{WORK}.BATCH_SIZE", 2), self.enter_registry_test_mode():
            run = self._preview()
            self.assertEqual((run.state, run.todo_count), ("previewing", 3))
            cron.method_direct_trigger()
            self.assertEqual((run.state, run.expected_amount), ("previewed", 300.0))
            run.action_start()
            cron.method_direct_trigger()
        self.assertEqual((run.state, run.amount_untaxed), ("done", 300.0))

    @freeze_time("2026-01-01 12:00:00")
    def test_nightly_billing_leaves_a_preview_to_be_approved(self):
        self._create_contract()
        self.company.recurring_auto_bill = True
        run = self._preview()
        with self.enter_registry_test_mode():
            self.env.ref("recurring_billing.ir_cron_recurring_bill").method_direct_trigger()
        self.assertEqual((run.state, run.invoice_count), ("previewed", 0))

    def test_rights(self):
        clerk, seller, stranger = [
            new_test_user(
                self.env, name, group,
                company_id=company.id, company_ids=[Command.set(company.ids)],
            )
            for name, group, company in (
                ("clerk", "account.group_account_invoice", self.company),
                ("seller", "sales_team.group_sale_manager", self.company),
                ("stranger", "account.group_account_invoice", self.setup_other_company()["company"]),
            )
        ]  # fmt: skip
        self._create_contract()
        runs = self.env["recurring.bill.run"].with_user(clerk)
        run = runs.create({"date_through": DAY, "company_id": self.company.id})
        run.action_preview()
        self.assertEqual(run.preview_ids.amount_untaxed, 100.0)
        with self.assertRaises(AccessError):
            run.preview_ids.write({"amount_untaxed": 1.0})
        with self.assertRaises(AccessError):
            run.preview_ids.with_user(seller).read(["amount_untaxed"])
        with self.assertRaises(AccessError):
            run.preview_ids.with_user(stranger).read(["amount_untaxed"])
        with self.assertRaises(AccessError):
            run.with_user(stranger).action_discard_preview()

    def test_screens(self):
        self._create_contract()
        run = self._preview()
        self.assertEqual(Form(run).expected_invoice_count, 1)
        self.assertEqual(Form(run.customer_ids).expected_amount, 100.0)
        for record in (run, run.customer_ids):
            action = record.action_view_preview()
            self.assertEqual(self.env[action["res_model"]].search(action["domain"]), run.preview_ids)


class PreviewEqualsPostingCase(RecurringBillingCommon):
    """Compares what a preview shows with what is then posted, field by field."""

    def _check(self, day):
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": day})
        run.action_preview()
        self.assertEqual((run.state, run.failed_count), ("previewed", 0), run.customer_ids.mapped("message"))
        shown = [self._get_shown(row) for row in run.preview_ids.sorted(self._get_order)]
        totals = self._get_totals(run.preview_ids)
        run.action_start()
        self.assertEqual(run.state, "done", run.customer_ids.mapped("message"))
        charges = run.move_ids.invoice_line_ids.recurring_charge_ids
        posted = [self._get_posted(charge) for charge in charges.sorted(self._get_order)]
        self.assertEqual(len(shown), len(posted))
        for left, right in zip(shown, posted, strict=True):
            self.assertEqual(left, right)
        self.assertEqual(
            sorted(totals),
            sorted(
                (
                    round(move.direction_sign * -move.amount_untaxed, 2),
                    round(move.direction_sign * -move.amount_total, 2),
                )
                for move in run.move_ids
            ),
        )
        for row in run.customer_ids:
            self.assertEqual(row.expected_invoice_count, row.invoice_count)
            self.assertAlmostEqual(row.expected_amount, row.amount_untaxed)
        return run

    def _get_order(self, record):
        return (record.item_id.id, record.period_start, record.date_start, record.corrected_charge_id.id, record.kind)

    def _get_shown(self, row):
        return (
            row.name, row.explanation, row.product_id, row.contract_id, row.plan_id, row.kind, row.due_date,
            row.date_start, row.date_end, row.quantity, row.price_unit, row.discount, row.tax_ids,
            round(row.amount_untaxed, 6), round(row.amount_company, 6), row.corrected_charge_id,
            row.move_type, row.partner_id, row.currency_id, row.journal_id, row.payment_term_id,
            row.payment_method_line_id, row.fiscal_position_id, row.sequence,
        )  # fmt: skip

    def _get_posted(self, charge):
        line, move = charge.invoice_line_id, charge.move_id
        return (
            line.name, charge.explanation, line.product_id, line.recurring_contract_id, charge.plan_id, charge.kind,
            charge.due_date, line.recurring_date_start, line.recurring_date_end, line.quantity, line.price_unit,
            line.discount, line.tax_ids, round(-line.amount_currency, 6), round(-line.balance, 6),
            charge.corrected_charge_id, move.move_type, move.partner_id, move.currency_id, move.journal_id,
            move.invoice_payment_term_id, move.preferred_payment_method_line_id, move.fiscal_position_id,
            line.sequence,
        )  # fmt: skip

    def _get_totals(self, rows):
        """Return the untaxed and the full amount of each invoice of a preview."""
        invoices = {}
        for row in rows:
            untaxed, total = invoices.get((row.customer_id, row.number), (0.0, 0.0))
            invoices[(row.customer_id, row.number)] = (untaxed + row.amount_untaxed, total + row.amount_total)
        return [(round(untaxed, 2), round(total, 2)) for untaxed, total in invoices.values()]


@tagged("post_install", "-at_install")
class TestPreviewEqualsPosting(PreviewEqualsPostingCase):
    """On random books, what is posted is what the preview showed, field by field."""

    def setUp(self):
        super().setUp()
        self.random = random.Random(20260101)
        self.foreign = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0), ("2026-03-01", 3.0)])
        included = self.tax.copy({"name": "Included", "price_include_override": "tax_included", "amount": 21})
        second = self.tax.copy({"name": "Second", "amount": 5.5})
        self.taxes = [self.tax, included, self.tax + second, self.env["account.tax"]]
        self.plans = [
            self.monthly,
            self._create_plan(alignment="billing_day", billing_day=1),
            self._create_plan(billing_timing="arrears"),
            self._create_plan(proration="none", billing_count=3),
        ]

    def _random_day(self):
        return DAY + timedelta(days=self.random.randrange(75))

    def _random_contract(self, customer):
        draw = self.random
        items = [
            {
                "product_id": draw.choice([self.service, self.service, self.setup_fee]).id,
                "quantity": draw.choice([1, 2, 7]),
                "price_unit": draw.choice([25.41, 9.99, 100, 0.07, 0, 33.333]),
                "discount": draw.choice([0, 0, 20, 12.5]),
                "tax_ids": [Command.set(draw.choice(self.taxes).ids)],
            }
            for _number in range(draw.randint(1, 3))
        ]
        return self._create_contract(
            self._random_day(),
            items,
            partner_id=customer.id,
            plan_id=draw.choice(self.plans).id,
            currency_id=draw.choice([self.company.currency_id, self.company.currency_id, self.foreign]).id,
            payment_term_id=draw.choice([self.pay_terms_a, self.pay_terms_a, self.pay_terms_b]).id,
            client_order_ref=draw.choice([False, "PO 7"]),
            invoice_grouping=draw.choice([False, False, "contract", "order", "item"]),
        )

    def _amend_at_random(self, contract):
        draw = self.random
        item = draw.choice(contract.item_ids)
        kind, values = draw.choice(
            [
                ("price", {"price_unit": draw.choice([19.99, 250, 3])}),
                ("quantity", {"quantity": 1}),
                ("discount", {"discount": draw.choice([0, 50])}),
                ("end", {}),
            ]
        )
        day = max(item.date_start, self._random_day())
        if not item.date_end:
            self._amend(item, kind, day, **values)

    def _play(self):
        customers = [
            self._create_customer(f"Customer {number}", recurring_credit_policy=number == 1 and "credit_note")
            for number in range(5)
        ]
        contracts = [self._random_contract(self.random.choice(customers)) for _number in range(12)]
        lines = len(self._check(date(2026, 2, 1)).preview_ids)
        for _number in range(10):
            self._amend_at_random(self.random.choice(contracts))
        run = self._check(date(2026, 3, 20))
        self.assertTrue(any(row.amount_untaxed < 0 for row in run.preview_ids), "credits are among them")
        self.assertGreater(lines + len(run.preview_ids), 30)
        self.assertIn(self.foreign, run.preview_ids.currency_id)

    def test_rounded_per_line(self):
        self._play()

    def test_rounded_globally(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self._play()
