from datetime import date, timedelta
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.recurring_contracts.domain.money import round_half_up

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestSchedules(RecurringBillingCommon):
    """When a contract is billed and what its first, last and moved periods cost, as the users do it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "clerk", "account.group_account_invoice", company_id=cls.company.id)
        cls.seller = new_test_user(cls.env, "seller", "sales_team.group_sale_salesman", company_id=cls.company.id)
        cls.weekly = cls._create_plan(name="Weekly", billing_unit="week")
        cls.yearly = cls._create_plan(name="Yearly", billing_unit="year")
        cls.calendar = cls._create_plan(name="Calendar month", alignment="first_of_month")

    def _bill_as_clerk(self, day):
        run = self.env["recurring.bill.run"].with_user(self.clerk)
        run = run.create({"company_id": self.company.id, "date_through": day})
        run.action_start()
        return run.move_ids.sorted("id")

    def _days(self, moves):
        lines = moves.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return [(str(line.recurring_date_start), str(line.recurring_date_end), line.price_subtotal) for line in lines]

    def _sell(self, plan, start, lines=None, confirm=True, **values):
        """Return an order that a salesperson enters, and confirms."""
        order = self.env["sale.order"].with_user(self.seller)
        order = order.create(
            {
                "partner_id": self.customer.id,
                "user_id": self.seller.id,
                "recurring_plan_id": plan.id,
                "recurring_date_start": start,
                "order_line": [
                    Command.create({"product_id": self.service.id, "product_uom_qty": 1, "price_unit": 90, **line})
                    for line in lines or [{}]
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    def _move_periods(self, contract, day, not_before):
        contract = contract.with_user(self.seller)
        action = contract.action_move_periods()
        wizard = Form(self.env["recurring.contract.periods"].with_user(self.seller).with_context(**action["context"]))
        wizard.billing_day, wizard.date, wizard.reason = day, not_before, "One invoice a month"
        return wizard.save()

    # === F48, F49: periods of any length, several in one contract === #

    def test_f48_every_interval_keeps_to_its_own_grid(self):
        start = date(2026, 1, 31)
        for unit, count, second in (
            ("day", 10, date(2026, 2, 10)),
            ("week", 1, date(2026, 2, 7)),
            ("month", 1, date(2026, 2, 28)),
            ("month", 3, date(2026, 4, 30)),
            ("year", 1, date(2027, 1, 31)),
            ("month", 5, date(2026, 6, 30)),
        ):
            with self.subTest(unit=unit, count=count):
                plan = self._create_plan(billing_unit=unit, billing_count=count)
                contract = self._create_contract(start, plan_id=plan.id)
                self.assertTrue(self._bill_as_clerk(start))
                self.assertEqual(contract.next_billing_date, second)

    def test_f49_weekly_monthly_and_yearly_lines_in_one_contract(self):
        start = date(2026, 1, 1)
        items = [
            {"price_unit": 7, "billing_unit": "week", "billing_count": 1},
            {"price_unit": 31, "billing_unit": "month", "billing_count": 1},
            {"price_unit": 365, "billing_unit": "year", "billing_count": 1},
        ]
        contract = self._create_contract(start, items)
        self.assertEqual(
            self._days(self._bill_as_clerk(start)),
            [("2026-01-01", "2026-01-07", 7), ("2026-01-01", "2026-01-31", 31), ("2026-01-01", "2026-12-31", 365)],
        )
        self.assertEqual(self._days(self._bill_as_clerk(date(2026, 1, 8))), [("2026-01-08", "2026-01-14", 7)])
        self.assertEqual(contract.next_billing_date, date(2026, 1, 15))
        self._bill_as_clerk(date(2026, 1, 29))
        self.assertEqual(self._days(self._bill_as_clerk(date(2026, 2, 1))), [("2026-02-01", "2026-02-28", 31)])

    # === F51: the closed cycle, without a click === #

    def test_f51_august_is_billed_on_the_first_of_september_by_itself(self):
        plan = self._create_plan(billing_timing="arrears", alignment="first_of_month")
        contract = self._create_contract(date(2026, 8, 1), plan_id=plan.id)
        self.company.recurring_auto_bill = True
        cron = self.env.ref("recurring_billing.ir_cron_recurring_bill")
        for day in ("2026-08-31", "2026-09-01", "2026-09-01"):
            with freeze_time(f"{day} 05:00:00"), self.enter_registry_test_mode():
                cron.method_direct_trigger()
            count = int(day == "2026-09-01")
            self.assertEqual(len(contract.charge_ids.move_id), count, day)
        invoice = contract.charge_ids.move_id
        self.assertEqual((invoice.state, str(invoice.invoice_date)), ("posted", "2026-09-01"))
        self.assertEqual(self._days(invoice), [("2026-08-01", "2026-08-31", 100)])

    def test_free_periods_of_the_plan(self):
        plan = self._create_plan(free_periods=2)
        order = self._sell(plan, date(2026, 1, 15), [{"discount": 10}])
        contract = order.recurring_contract_id
        self.assertFalse(self._bill_as_clerk(date(2026, 2, 28)))
        invoice = self._bill_as_clerk(date(2026, 3, 15))
        self.assertEqual(
            self._days(invoice),
            [("2026-01-15", "2026-02-14", 0), ("2026-02-15", "2026-03-14", 0), ("2026-03-15", "2026-04-14", 81)],
        )
        self.assertEqual(contract.item_ids.segment_ids.mapped("discount"), [100.0, 10.0])

    def test_free_through_a_day(self):
        order = self._sell(self.calendar, date(2026, 6, 1), [{"recurring_free_through": date(2026, 6, 10)}])
        self.assertEqual(
            self._days(self._bill_as_clerk(date(2026, 6, 1))),
            [("2026-06-01", "2026-06-10", 0), ("2026-06-11", "2026-06-30", 60)],
        )
        self.assertEqual(order.recurring_first_invoice, 72.0)

    def test_ramp_agreed_at_signature(self):
        plan = self._create_plan(billing_unit="year", term_count=3, term_unit="year")
        steps = [
            Command.create({"after_count": 1, "after_unit": "year", "kind": "price", "value": 120}),
            Command.create({"date": date(2028, 1, 1), "kind": "quantity", "value": 2}),
        ]
        order = self._sell(plan, date(2026, 1, 1), [{"price_unit": 100, "recurring_step_ids": steps}], confirm=False)
        self.assertEqual(order.recurring_contract_value, 100 + 120 + 240)
        self.assertEqual(order.order_line.recurring_agreed_note, "2 steps")
        order.action_confirm()
        contract = order.recurring_contract_id
        amounts = [line[2] for line in self._days(self._bill_as_clerk(date(2028, 1, 1)))]
        self.assertEqual(amounts, [100, 120, 240])
        with self.assertRaisesRegex(UserError, "Use Amend"):
            contract.item_ids.step_ids[0].with_user(self.seller).value = 5

    def test_of_steps_before_the_first_day_the_latest_holds(self):
        """As where the start was put off past days on which prices were to rise, entered in any order."""
        plan = self._create_plan(billing_unit="year", term_count=1, term_unit="year")
        steps = [
            Command.create({"date": day, "kind": "price", "value": price})
            for day, price in ((date(2026, 3, 1), 120), (date(2026, 1, 1), 110))
        ]
        order = self._sell(plan, date(2026, 4, 1), [{"price_unit": 100, "recurring_step_ids": steps}], confirm=False)
        self.assertEqual((order.recurring_contract_value, order.recurring_first_invoice), (120, 144))
        order.action_confirm()
        self.assertEqual([line[2] for line in self._days(self._bill_as_clerk(date(2026, 4, 1)))], [120])

    def test_instalments_of_a_fixed_total(self):
        order = self._sell(
            self.monthly,
            date(2026, 1, 1),
            [{"price_unit": 500, "product_uom_qty": 2, "recurring_instalment_count": 3}],
            confirm=False,
        )
        self.assertEqual((order.recurring_first_invoice, order.recurring_mrr), (400.0, 0.0))
        order.action_confirm()
        contract = order.recurring_contract_id
        self.assertEqual(contract.mrr, 0)
        invoices = self._bill_as_clerk(date(2026, 12, 31))
        self.assertEqual([line[2] for line in self._days(invoices)], [333.33, 333.34, 333.33])
        self.assertEqual(str(contract.item_ids.date_end), "2026-03-31")

    def test_instalments_longer_than_the_term(self):
        plan = self._create_plan(term_count=2)
        order = self._sell(plan, date(2026, 1, 1), [{"recurring_instalment_count": 3}], confirm=False)
        with self.assertRaisesRegex(UserError, "fewer instalments"):
            order.action_confirm()
        steps = [Command.create({"kind": "price", "value": 1})]
        with self.assertRaisesRegex(ValidationError, "neither steps"):
            order.order_line.recurring_step_ids = steps

    # === F54: alignment and its adjustment === #

    def test_f54_customer_day_5_stub_and_whole(self):
        plan = self._create_plan(alignment="billing_day", billing_day=0, term_count=0)
        self.customer.recurring_billing_day = 5
        contract = self._create_contract(
            date(2025, 3, 28), [{"price_unit": 90}], plan_id=plan.id, date_end="2026-02-04"
        )
        lines = self._days(self._bill_as_clerk(date(2026, 3, 1)))
        self.assertEqual(lines[0], ("2025-03-28", "2025-04-04", 23.23))
        self.assertEqual([line[2] for line in lines[1:]], [90.0] * 10)
        self.assertEqual(
            sum(round_half_up(Decimal(str(line[2])), Decimal("0.01")) for line in lines), Decimal("923.23")
        )
        self.assertIn("8 of 31 days", contract.charge_ids.sorted("id")[0].explanation)

    def test_f54_policies_of_the_partial_first_period(self):
        for stub, expected in (
            ("separate", [("2026-03-28", "2026-04-04", 23.23)]),
            ("merge", [("2026-03-28", "2026-04-04", 23.23), ("2026-04-05", "2026-05-04", 90)]),
            ("free", []),
        ):
            with self.subTest(stub=stub):
                plan = self._create_plan(alignment="billing_day", billing_day=5, stub=stub)
                order = self._sell(plan, date(2026, 3, 28))
                promised = order.recurring_first_invoice
                invoice = self._bill_as_clerk(date(2026, 3, 28))
                self.assertEqual(self._days(invoice), expected)
                self.assertEqual(round(promised, 2), invoice.amount_total)
        later = self._days(self._bill_as_clerk(date(2026, 4, 5)))
        self.assertEqual(later[-2:], [("2026-03-28", "2026-04-04", 0), ("2026-04-05", "2026-05-04", 90)])

    def test_f54_new_contracts_begin_with_the_customers_first(self):
        plan = self._create_plan(alignment="customer")
        first = self._create_contract(date(2026, 1, 12), plan_id=plan.id)
        self.assertEqual(first.item_ids.anchor_date, date(2026, 1, 12))
        second = self._create_contract(date(2026, 3, 1), [{"price_unit": 62}], plan_id=plan.id)
        other = self._create_contract(date(2026, 3, 1), plan_id=plan.id, partner_id=self._create_customer("Else").id)
        self.assertEqual(other.item_ids.anchor_date, date(2026, 3, 1))
        self._bill_as_clerk(date(2026, 3, 12))
        self.assertCharges(second, [("2026-03-01", "2026-03-11", 24.36), ("2026-03-12", "2026-04-11", 62.0)])

    def test_f54_existing_lines_move_with_one_adjustment(self):
        contract = self._create_contract(date(2026, 3, 28), [{"price_unit": 90}], user_id=self.seller.id)
        self._bill_as_clerk(date(2026, 3, 28))
        wizard = self._move_periods(contract, 5, date(2026, 4, 10))
        line = wizard.line_ids
        self.assertEqual((str(line.date), str(line.date_next), line.amount), ("2026-04-28", "2026-05-05", 21.0))
        wizard.action_confirm()
        self.assertFalse(self._bill_as_clerk(date(2026, 4, 27)))
        self.assertEqual(contract.next_billing_date, date(2026, 4, 28))
        self.assertEqual(self._days(self._bill_as_clerk(date(2026, 4, 28))), [("2026-04-28", "2026-05-04", 21)])
        self.assertIn("7 of 30 days", contract.charge_ids.sorted("id")[-1].explanation)
        self.assertEqual(self._days(self._bill_as_clerk(date(2026, 5, 5))), [("2026-05-05", "2026-06-04", 90)])
        event = contract.event_ids.filtered(lambda e: e.kind == "anchor")
        self.assertEqual((event.anchor_date, event.anchor_day), (date(2026, 5, 5), 5))
        with self.assertRaisesRegex(UserError, "No billing period"):
            self._move_periods(contract, 5, date(2026, 5, 10)).action_confirm()

    def test_f54_a_move_is_undone_exactly(self):
        contract = self._create_contract(date(2026, 3, 28), [{"price_unit": 90}], user_id=self.seller.id)
        self._bill_as_clerk(date(2026, 3, 28))
        self._move_periods(contract, 5, date(2026, 4, 10)).action_confirm()
        self._bill_as_clerk(date(2026, 5, 5))
        contract.with_user(self.seller).action_undo()
        self.assertFalse(contract.item_ids.former_anchors)
        self.assertEqual(contract.item_ids.anchor_date, date(2026, 3, 28))
        self._bill_as_clerk(date(2026, 5, 28))
        self.assertEqual(sum(contract.charge_ids.mapped("amount")), 270.0)
        self.assertEqual(contract.next_billing_date, date(2026, 6, 28))

    def test_f54_several_lines_join_another_contract(self):
        target = self._create_contract(date(2026, 1, 5), user_id=self.seller.id)
        items = [
            {"price_unit": 90},
            {"price_unit": 365, "billing_unit": "year", "billing_count": 1},
            {"price_unit": 7, "billing_unit": "week", "billing_count": 1},
        ]
        contract = self._create_contract(date(2026, 1, 28), items, user_id=self.seller.id)
        self._bill_as_clerk(date(2026, 3, 28))
        wizard = self._move_periods(contract, 1, date(2026, 4, 10))
        wizard.write({"target": "contract", "other_contract_id": target.id})
        monthly, yearly, weekly = contract.item_ids
        self.assertEqual(wizard.line_ids.item_id, monthly | yearly)
        wizard.action_confirm()
        self.assertEqual((monthly.anchor_date, yearly.anchor_date), (date(2026, 1, 5), date(2027, 2, 5)))
        self.assertEqual(weekly.anchor_date, date(2026, 1, 28))
        self._bill_as_clerk(date(2027, 2, 28))
        amount = sum(yearly.charge_ids.mapped("amount"))
        self.assertEqual(round(amount, 2), 365 + 8 + 365, "a year, 8 days of one, a year")

    # === F55: one month-end invoice for all devices === #

    def test_f55_ten_devices_on_ten_days_make_one_invoice(self):
        plan = self._create_plan(billing_timing="arrears", alignment="first_of_month")
        days = [date(2026, 8, 1) + timedelta(days=3 * n) for n in range(10)]
        contract = self._create_contract(days[0], [{"price_unit": 31.07}], plan_id=plan.id, user_id=self.seller.id)
        for day in days[1:]:
            self._sell(plan, day, [{"price_unit": 31.07}], recurring_added_contract_id=contract.id)
            self.assertFalse(self._bill_as_clerk(day), "no invoice on the day of activation")
        invoice = self._bill_as_clerk(date(2026, 9, 1))
        self.assertEqual(len(invoice), 1)
        lines = invoice.invoice_line_ids
        self.assertEqual(len(lines), 10)
        cent, total = Decimal("0.01"), Decimal(0)
        for line, day in zip(lines, days, strict=True):
            covered = (date(2026, 9, 1) - day).days
            amount = round_half_up(Decimal("31.07") * covered / 31, cent)
            total += amount
            self.assertEqual(Decimal(str(line.price_subtotal)).quantize(cent), amount)
            if covered < 31:
                self.assertIn(f"1 × 31.07, {covered} of 31 days", line.name)
        self.assertEqual(Decimal(str(invoice.amount_untaxed)).quantize(cent), total)

    # === F62 to F64: what parts of periods cost === #

    def test_f62_start_within_a_calendar_month(self):
        contract = self._create_contract(date(2026, 8, 10), [{"price_unit": 50}], plan_id=self.calendar.id)
        self.assertEqual(self._days(self._bill_as_clerk(date(2026, 8, 10))), [("2026-08-10", "2026-08-31", 35.48)])
        self.assertEqual(contract.charge_ids.explanation, "1 × 50.00, 22 of 31 days (10 Aug to 31 Aug)")

    def test_f62_change_on_day_11_of_30_in_any_order_of_knowledge(self):
        june, day = date(2026, 6, 1), date(2026, 6, 11)
        before = self._create_contract(june, [{"price_unit": 10}])
        self._amend(before.item_ids, "price", day, price_unit=20)
        after = self._create_contract(june, [{"price_unit": 10}], partner_id=self._create_customer("Late").id)
        self._bill_as_clerk(june)
        self.assertCharges(before, [("2026-06-01", "2026-06-10", 3.33), ("2026-06-11", "2026-06-30", 13.33)])
        self._amend(after.item_ids, "price", day, price_unit=20)
        self._bill_as_clerk(day)
        self.assertCharges(
            after,
            [
                ("2026-06-01", "2026-06-30", 10),
                ("2026-06-11", "2026-06-30", -6.67),
                ("2026-06-11", "2026-06-30", 13.33),
            ],
        )

    def test_f62_seats_and_a_price_entered_later(self):
        """2 seats at 100.00, a third from day 11; entered later, 120.00 from day 6."""
        june, day6, day11 = date(2026, 6, 1), date(2026, 6, 6), date(2026, 6, 11)
        late = self._create_contract(june, [{"quantity": 2}])
        self._bill_as_clerk(june)
        self._amend(late.item_ids, "quantity", day11, quantity=1)
        self._bill_as_clerk(day11)
        self._amend(late.item_ids, "price", day6, price_unit=120)
        self._bill_as_clerk(date(2026, 6, 20))
        ordered = self._create_contract(june, [{"quantity": 2}], partner_id=self._create_customer("Order").id)
        self._amend(ordered.item_ids, "price", day6, price_unit=120)
        self._amend(ordered.item_ids, "quantity", day11, quantity=1)
        self._bill_as_clerk(date(2026, 6, 30))
        for contract in (late, ordered):
            self.assertEqual(round(sum(contract.charge_ids.mapped("amount")), 2), 313.33)

    def test_f62_anchor_31_january(self):
        contract = self._create_contract(date(2026, 1, 31), [{"price_unit": 10}])
        self._bill_as_clerk(date(2026, 4, 30))
        self.assertCharges(
            contract,
            [
                ("2026-01-31", "2026-02-27", 10),
                ("2026-02-28", "2026-03-30", 10),
                ("2026-03-31", "2026-04-29", 10),
                ("2026-04-30", "2026-05-30", 10),
            ],
        )

    def test_f62_half_a_period_returns_half_of_its_own_tax(self):
        """120.00 including 20 % tax, then 10 %: the credit of half returns 10.00 of tax."""
        self.tax.price_include_override = "tax_included"
        contract = self._create_contract(date(2026, 6, 1), [{"price_unit": 120}])
        self._bill_as_clerk(date(2026, 6, 1))
        ten = self.tax.copy({"amount": 10.0, "name": "10%"})
        day = date(2026, 6, 16)
        self._amend(contract.item_ids, "tax", day, tax_ids=[Command.set(ten.ids)])
        credit, _charge = self._bill_as_clerk(day).invoice_line_ids
        self.assertEqual(round(credit.price_total - credit.price_subtotal, 2), -10.0)

    def test_f62_last_day_free(self):
        plan = self._create_plan(alignment="first_of_month", last_day_free=True)
        contract = self._create_contract(date(2026, 6, 1), [{"price_unit": 30}], plan_id=plan.id)
        self._bill_as_clerk(date(2026, 6, 1))
        contract._end(date(2026, 6, 10))
        self._bill_as_clerk(date(2026, 6, 11))
        self.assertCharges(contract, [("2026-06-01", "2026-06-30", 30), ("2026-06-10", "2026-06-30", -21)])

    def test_f63_day_counts_of_one_quarter(self):
        """A quarter at 300.00 from 15 February 2026: by days, by months of 30 days, by month, in full."""
        for proration, amount, text in (
            ("actual", 150.0, "45 of 90 days"),
            ("30e360", 153.33, "46 of 90 days, months of 30 days"),
            ("month", 150.0, "1.5 of 3 months"),
            ("none", 300.0, "15 Feb to 31 Mar"),
        ):
            with self.subTest(proration=proration):
                plan = self._create_plan(billing_count=3, proration=proration)
                item = {"price_unit": 300, "anchor_date": date(2026, 1, 1)}
                contract = self._create_contract(date(2026, 2, 15), [item], plan_id=plan.id)
                self._bill_as_clerk(date(2026, 2, 15))
                self.assertCharges(contract, [("2026-02-15", "2026-03-31", amount)])
                self.assertIn(text, contract.charge_ids.explanation)

    def test_f64_discount_cut_by_date(self):
        """24.99 less 20 %: whatever the day of the cut, the pieces add up to what both months cost."""
        for day in (2, 12, 15, 30):
            with self.subTest(day=day):
                customer = self._create_customer(f"Cut {day}")
                item = {"price_unit": 24.99, "discount": 20}
                contract = self._create_contract(date(2026, 6, 1), [item], partner_id=customer.id)
                self._bill_as_clerk(date(2026, 6, 1))
                self._amend(contract.item_ids, "discount", date(2026, 6, day), discount=0)
                self._bill_as_clerk(date(2026, 6, 30))
                cent = Decimal("0.01")
                expected = sum(
                    round_half_up(Decimal(whole) * units / 30, cent)
                    for whole, units in (("19.99", day - 1), ("24.99", 31 - day))
                )
                self.assertEqual(Decimal(str(sum(contract.charge_ids.mapped("amount")))).quantize(cent), expected)
                self._amend(contract.item_ids, "discount", date(2026, 6, day), discount=20)
                self._bill_as_clerk(date(2026, 6, 30))
                total = Decimal(str(sum(contract.charge_ids.mapped("amount")))).quantize(cent)
                self.assertEqual(total, Decimal("19.99"))
