from datetime import date, timedelta

from odoo import Command
from odoo.tests import tagged

from odoo.addons.recurring_contracts.tests.properties import example, given, settings, st

from .common import RecurringBillingCommon

JUNE = date(2026, 6, 1)
DAYS = st.lists(st.integers(1, 29), min_size=1, max_size=4, unique=True)
PRICES = st.lists(st.sampled_from([33.33, 40.0, 0.07, 9.99, 25.41, 1000.0]), min_size=1, max_size=3)


@tagged("post_install", "-at_install")
class TestLastCredit(RecurringBillingCommon):
    """The credits of a charge return the net and each tax that it was billed, however many they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.setup_other_currency("EUR", rates=[("2016-01-01", 1.3)])
        cls.included = cls.tax.copy({"name": "Included", "price_include_override": "tax_included"})
        cls.second = cls.tax.copy({"name": "Second", "amount": 5.5})
        cls.reverse = cls.tax.copy({"name": "Reverse charge", "amount": 21})
        for lines in (cls.reverse.invoice_repartition_line_ids, cls.reverse.refund_repartition_line_ids):
            lines.filtered(lambda line: line.repartition_type == "tax").copy({"factor_percent": -100})

    def _bill_and_credit(self, prices, taxes, currency, numbers, policy, other_price=111.11):
        """Bill June, then take it back in parts, latest days first; return the invoice and what credits it.

        Where credits go on the next invoice, there is another contract to bill each time.
        """
        customer = self._create_customer("Credited", recurring_credit_policy=policy)
        items = [{"price_unit": price, "tax_ids": [Command.set(taxes.ids)]} for price in prices]
        contract = self._create_contract(JUNE, items, partner_id=customer.id, currency_id=currency.id)
        invoice = self._bill(JUNE)
        credits = self.env["account.move"]
        for number in [*sorted(numbers, reverse=True), 0]:
            for item in contract.item_ids:
                self._amend(item, "end", JUNE + timedelta(days=number))
            if policy == "next_invoice":
                other = [{"price_unit": other_price, "tax_ids": [Command.set(taxes.ids)]}]
                self._create_contract(date(2026, 6, 30), other, partner_id=customer.id, currency_id=currency.id)
            credits += self._bill(date(2026, 6, 30))
        return invoice, credits

    def _returned(self, invoice, credits):
        """Return by name what was billed and what was returned of it, by line and tax."""
        totals = {}
        for move in invoice + credits:
            sign = -1 if move.move_type == "out_refund" else 1
            base_lines = move._get_rounded_base_and_tax_lines(round_from_tax_lines=False)[0]
            taxes = [data["tax_amount"] for line in base_lines for data in line["tax_details"]["taxes_data"]]
            self.assertAlmostEqual(sum(taxes), sign * move.amount_tax_signed, msg="shares are what is booked")
            for base_line in base_lines:
                charge = base_line["record"].recurring_charge_ids
                charge = charge.corrected_charge_id or charge
                if charge.move_id != invoice:
                    continue
                details = base_line["tax_details"]
                for name in ("total_excluded_currency", "total_excluded"):
                    key = (charge.id, name)
                    totals[key] = totals.get(key, 0) + sign * (details[name] + details[f"delta_{name}"])
                for data in details["taxes_data"]:
                    for name in ("tax_amount_currency", "tax_amount"):
                        key = (charge.id, data["tax"].id, data["is_reverse_charge"], name)
                        totals[key] = totals.get(key, 0) + sign * data[name]
        return {key: round(value, 2) + 0.0 for key, value in totals.items()}

    def test_three_credit_notes_return_the_tax_of_one_invoice(self):
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            with self.subTest(method=method):
                invoice, refunds = self._bill_and_credit(
                    [33.33], self.tax, self.company.currency_id, [10, 20], "credit_note"
                )
                self.assertEqual(set(refunds.mapped("move_type")), {"out_refund"})
                self.assertEqual(invoice.amount_tax, 6.67)
                self.assertEqual(refunds.mapped("amount_untaxed"), [11.11, 11.11, 11.11])
                self.assertEqual(refunds.mapped("amount_tax"), [2.22, 2.22, 2.23])
                self.assertEqual(refunds.mapped("amount_total"), [13.33, 13.33, 13.34])
                self.assertEqual(invoice.payment_state, "reversed")
                self.assertEqual(refunds[-1].invoice_line_ids.price_total, 13.34)

    @settings(max_examples=12)
    @given(
        PRICES, DAYS, st.integers(0, 3), st.booleans(), st.sampled_from(["round_per_line", "round_globally"]),
        st.sampled_from(["credit_note", "next_invoice"]),
    )  # fmt: skip
    @example([33.33], [10, 20], 0, False, "round_per_line", "next_invoice")
    @example([40.0], [10, 20], 1, True, "round_globally", "credit_note")
    def test_credits_return_what_was_billed(self, prices, numbers, taxes, foreign, method, policy):
        taxes = [self.tax, self.included, self.tax + self.second, self.reverse][taxes]
        currency = self.foreign if foreign else self.company.currency_id
        with self.env.cr.savepoint() as savepoint:
            self.company.tax_calculation_rounding_method = method
            invoice, credits = self._bill_and_credit(prices, taxes, currency, numbers, policy)
            self.assertTrue(all(value == 0 for value in self._returned(invoice, credits).values()))
            if policy == "credit_note":
                for name in ("amount_untaxed", "amount_tax", "amount_untaxed_signed", "amount_tax_signed"):
                    sign = -1 if name.endswith("signed") else 1
                    self.assertAlmostEqual(sum(credits.mapped(name)), sign * invoice[name])
            savepoint.rollback()
        self.env.invalidate_all()

    def test_several_credits_at_once(self):
        customer = self._create_customer("Credited", recurring_credit_policy="credit_note")
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            with self.subTest(method=method):
                contract = self._create_contract(JUNE, [{"price_unit": 33.33}], partner_id=customer.id)
                item = contract.item_ids
                invoice = self._bill(JUNE)
                self._amend(item, "suspend", date(2026, 6, 11))
                self._amend(item, "resume", date(2026, 6, 21))
                first = self._bill(date(2026, 6, 30))
                self._amend(item, "end", JUNE)
                last = self._bill(date(2026, 6, 30))
                self.assertEqual((first.amount_untaxed, first.amount_tax), (11.11, 2.22))
                self.assertEqual(last.invoice_line_ids.mapped("price_subtotal"), [11.11, 11.11])
                self.assertEqual(last.invoice_line_ids.mapped("price_total"), [13.33, 13.34])
                self.assertEqual((last.amount_untaxed, last.amount_tax), (22.22, 4.45))
                self.assertEqual(invoice.payment_state, "reversed")

    def test_rate_of_the_next_invoice(self):
        """What is left is returned in the contract's currency, at the rate of the invoice that credits it."""
        self.env["res.currency.rate"].create(
            {"currency_id": self.foreign.id, "name": date(2026, 6, 20), "rate": 2.0, "company_id": self.company.id}
        )
        invoice, credits = self._bill_and_credit([33.33], self.tax, self.foreign, [10, 20], "next_invoice")
        returned = self._returned(invoice, credits)
        self.assertEqual({value for key, value in returned.items() if key[-1].endswith("_currency")}, {0.0})
        line = credits[-1].invoice_line_ids.filtered("extra_tax_data")
        self.assertEqual((line.amount_currency, line.balance), (11.11, 5.56))
        self.assertEqual(sum(credits[-1].line_ids.mapped("balance")), 0.0)

    def test_a_cent_of_tax_makes_a_credit_note(self):
        invoice, credits = self._bill_and_credit(
            [33.33], self.tax, self.company.currency_id, [10, 20], "next_invoice", other_price=11.11
        )
        last = credits[-1]
        self.assertEqual((last.move_type, last.state), ("out_refund", "posted"))
        self.assertEqual((last.amount_untaxed, last.amount_tax, last.amount_total), (0.0, 0.01, 0.01))
        self.assertEqual(set(self._returned(invoice, credits).values()), {0.0})

    def test_preview_shows_the_last_credit(self):
        contract = self._create_contract(JUNE, [{"price_unit": 33.33}])
        self._bill(JUNE)
        for number in (21, 11):
            self._amend(contract.item_ids, "end", date(2026, 6, number))
            self._bill(date(2026, 6, 30))
        self._amend(contract.item_ids, "end", JUNE)
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": date(2026, 6, 30)})
        run.action_preview()
        self.assertEqual((run.preview_ids.amount_untaxed, run.preview_ids.amount_tax), (-11.11, -2.23))

    def test_credit_whose_draft_is_deleted_returns_what_is_then_left(self):
        invoice, refunds = self._bill_and_credit([33.33], self.tax, self.company.currency_id, [10, 20], "credit_note")
        refunds[0].button_draft()
        refunds[0].unlink()
        refunds = refunds[1:] + self._bill(date(2026, 6, 30))
        self.assertEqual(sum(refunds.mapped("amount_untaxed")), invoice.amount_untaxed)
        self.assertAlmostEqual(sum(refunds.mapped("amount_tax")), invoice.amount_tax)

    def test_queries_do_not_grow_with_the_invoices(self):
        biller = type(self.env["recurring.biller"])
        settle = biller._settle_last_credits
        counts = []

        def counted(records, plan):
            records.env.flush_all()
            before = records.env.cr.sql_log_count
            settle(records, plan)
            counts.append((len(plan), records.env.cr.sql_log_count - before))

        self.patch(biller, "_settle_last_credits", counted)
        items = [{"price_unit": 33.33}] * 2
        for number in (2, 6):
            customers = [
                self._create_customer("Credited", recurring_credit_policy="credit_note") for _n in range(number)
            ]
            contracts = [self._create_contract(JUNE, items, partner_id=customer.id) for customer in customers]
            self._bill(JUNE)
            for day in (date(2026, 6, 11), JUNE):
                for item in [item for contract in contracts for item in contract.item_ids]:
                    self._amend(item, "end", day)
                self.env.flush_all()
                self.env.invalidate_all()
                self._bill(date(2026, 6, 30))
        few, many = counts[:3], counts[3:]
        self.assertEqual([plan for plan, _count in few + many], [2, 2, 2, 6, 6, 6])
        self.assertEqual((few[0][1], many[0][1]), (0, 0), "invoices without credits")
        self.assertLessEqual(many[2][1], few[2][1])
