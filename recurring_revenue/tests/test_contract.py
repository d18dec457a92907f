from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.recurring_billing.tests.common import RecurringBillingCommon

from .common import RecurringRevenueCommon

YEAR_END = date(2025, 12, 31)


class ContractCommon(RecurringRevenueCommon, RecurringBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.property_account_income_id = cls.income_account
        cls.yearly = cls._create_plan(name="Yearly", billing_unit="year")

    def assertDeferred(self, amount, field="balance"):
        self.assertAlmostEqual(self._balance(self.deferred_account, field), amount, 4)
        self.assertTies()


@tagged("post_install", "-at_install")
class TestBilledContract(ContractCommon):
    def test_from_charge_to_ledger(self):
        contract = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
        invoice = self._bill(date(2026, 1, 1))
        schedule = self._schedules(invoice)
        self.assertRecordValues(
            schedule,
            [
                {
                    "contract_id": contract.id,
                    "item_id": contract.item_ids.id,
                    "charge_id": contract.charge_ids.id,
                    "partner_id": self.customer.id,
                    "product_id": self.service.id,
                    "date_start": date(2026, 1, 1),
                    "date_end": date(2026, 12, 31),
                    "deferred_account_id": self.deferred_account.id,
                    "revenue_account_id": self.income_account.id,
                    "total": 365,
                }
            ],
        )
        self.assertEqual(invoice.amount_tax, 73)
        run = self._close(date(2026, 1, 31))
        self.assertIn(contract.name, run.move_ids.line_ids[0].name)
        self.assertDeferred(334)
        self.assertEqual(contract.schedule_count, 1)
        action = contract.action_open_recurring_schedules()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), schedule)

    def test_fiscal_position_maps_the_revenue_account(self):
        export = self.income_account.copy({"name": "Export sales"})
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Export",
                "company_id": self.company.id,
                "account_ids": [
                    Command.create({"account_src_id": self.income_account.id, "account_dest_id": export.id})
                ],
            }
        )
        self._create_contract(fiscal_position_id=position.id)
        self.assertEqual(self._schedules(self._bill(date(2026, 1, 1))).revenue_account_id, export)

    def test_at_once(self):
        self.service.recurring_revenue_rule_id = self.rule_at_once
        self._create_contract()
        invoice = self._bill(date(2026, 1, 1))
        self.assertRecordValues(
            invoice.invoice_line_ids,
            [
                {
                    "account_id": self.income_account.id,
                    "recurring_revenue_account_id": False,
                    "recurring_revenue_rule_id": self.rule_at_once.id,
                }
            ],
        )
        self.assertFalse(self._schedules(invoice))

    def test_an_ended_contract_is_credited_and_recognised_no_further(self):
        contract = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
        self._bill(date(2026, 1, 1))
        self._close(date(2026, 1, 31))
        contract._end(date(2026, 6, 30))
        credit = self._bill(date(2026, 7, 1))
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(credit.invoice_line_ids.recurring_revenue_account_id, self.income_account)
        self._close(date(2026, 7, 31))
        self._close(date(2026, 12, 31))
        self.assertDeferred(0)
        self.assertEqual(self._balance(self.income_account), 181)

    def test_a_year_of_months_in_arrears(self):
        plan = self._create_plan(name="Arrears", billing_timing="arrears")
        self._create_contract(plan_id=plan.id, start=date(2026, 1, 31))
        for month in range(1, 13):
            day = date(2026, month, 28)
            self._bill(day)
            self._close(day)
            self.assertTies()
        self.assertGreater(self._balance(self.income_account), 0)

    def test_contract_in_the_books_cannot_be_cancelled(self):
        contract = self._create_contract()
        self._bill(date(2026, 1, 1))
        with self.assertRaises(UserError):
            contract.action_cancel()


class OpeningCommon(ContractCommon):
    """Contracts whose first year another system has billed, and recognised in part."""

    def _migrated(self, count=1, price=365, through=YEAR_END, item=None, **values):
        contracts = self.env["recurring.contract"]
        for _index in range(count):
            contracts += self._create_contract(
                start=date(2025, 7, 1),
                plan_id=self.yearly.id,
                started=False,
                items=[
                    {
                        "price_unit": price,
                        "opening_billed_through": date(2026, 6, 30),
                        "opening_recognised_through": through,
                        **(item or {}),
                    }
                ],
                **values,
            )
        contracts.action_start()
        return self.env["recurring.revenue.schedule"].search([("contract_id", "in", contracts.ids)])


@tagged("post_install", "-at_install")
class TestOpening(OpeningCommon):
    def test_f78_its_entry_is_not_reversed_by_hand(self):
        schedule = self._migrated()
        with self.assertRaisesRegex(UserError, "opened the deferred revenue"):
            schedule.source_move_id._reverse_moves(cancel=True)

    def test_what_is_left_becomes_deferred_revenue(self):
        schedule = self._migrated()
        self.assertRecordValues(
            schedule,
            [
                {
                    "is_opening": True,
                    "state": "open",
                    "date": YEAR_END,
                    "date_start": date(2025, 7, 1),
                    "date_end": date(2026, 6, 30),
                    "total": 365,
                    "opening_recognised": 184,
                    "recognised": 184,
                    "remaining": 181,
                }
            ],
        )
        self.assertRecordValues(
            schedule.source_move_id,
            [{"state": "posted", "date": YEAR_END, "move_type": "entry"}],
        )
        counterpart = self.company._get_recurring_opening_account()
        self.assertEqual(self._balance(counterpart), -181)
        self.assertDeferred(181)
        amounts = [self._close(date(2026, month, 1)).amount for month in range(1, 7)]
        self.assertEqual(amounts, [31, 28, 31, 30, 31, 30])
        self.assertEqual(schedule.state, "done")
        self.assertDeferred(0)

    def test_many_contracts_share_one_entry(self):
        schedules = self._migrated(count=3)
        self.assertEqual(len(schedules), 3)
        self.assertEqual(len(schedules.source_move_id), 1)
        self.assertEqual(len(schedules.source_move_id.line_ids), 2)
        self.assertDeferred(543)

    def test_billed_in_advance_of_all_service(self):
        schedule = self._migrated(through=date(2025, 6, 30))
        self.assertEqual(schedule.opening_recognised, 0)
        self.assertDeferred(365)

    def test_all_recognised_leaves_nothing_to_open(self):
        self.assertFalse(self._migrated(through=date(2026, 6, 30)))
        self.assertFalse(self._migrated(through=False))
        self.assertDeferred(0)

    def test_at_once_opens_nothing(self):
        self.service.recurring_revenue_rule_id = self.rule_at_once
        self.assertFalse(self._migrated())

    def test_tax_in_the_price_is_left_out(self):
        tax = self.tax.copy({"name": "20% in the price", "price_include_override": "tax_included"})
        schedule = self._migrated(price=438, item={"tax_ids": [Command.set(tax.ids)]})
        self.assertEqual(schedule.total, 365)

    def test_foreign_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2025-01-01", 0.5), ("2025-12-01", 1.0)])
        schedule = self._migrated(currency_id=currency.id)
        self.assertRecordValues(
            schedule,
            [
                {
                    "total": 730,
                    "total_currency": 365,
                    "remaining": 362,
                    "remaining_currency": 181,
                }
            ],
        )
        self.assertDeferred(362)
        self._close(date(2026, 6, 30))
        self.assertDeferred(0)
        self.assertDeferred(0, "amount_currency")

    def test_locked_books(self):
        self.company.fiscalyear_lock_date = YEAR_END
        with self.assertRaisesRegex(UserError, "locked"):
            self._migrated()

    def test_credit_of_what_was_billed_elsewhere(self):
        schedule = self._migrated()
        schedule.contract_id._end(date(2026, 3, 31))
        credit = self._schedules(self._bill(date(2026, 4, 1)))
        self.assertEqual(credit.corrected_schedule_id, schedule)
        self._close(date(2026, 6, 30))
        self.assertDeferred(0)
        self.assertEqual(self._balance(self.income_account), 90)

    def test_entry_reset_and_posted_again(self):
        schedule = self._migrated()
        self._close(date(2026, 1, 31))
        schedule.source_move_id.button_draft()
        self.assertRecordValues(schedule, [{"state": "cancelled", "remaining": -31}])
        self.assertDeferred(-31)
        schedule.source_move_id.action_post()
        self.assertRecordValues(schedule, [{"state": "open", "remaining": 150}])
        self.assertDeferred(150)
        self._close(date(2026, 6, 30))
        self.assertDeferred(0)
