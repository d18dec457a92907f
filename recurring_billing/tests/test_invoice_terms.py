from datetime import date

from odoo import Command
from odoo.tests import tagged

from .common import RecurringBillingCommon

JUNE, DAY_16, JULY = date(2026, 6, 1), date(2026, 6, 16), date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestInvoiceTerms(RecurringBillingCommon):
    """Odoo's own terms on consolidated invoices, and on what credits them."""

    def _contracts(self, *prices, **values):
        tax_ids = values.pop("tax_ids", self.tax)
        return [
            self._create_contract(JUNE, [{"price_unit": price, "tax_ids": [Command.set(tax_ids.ids)]}], **values)
            for price in prices
        ]

    def _preview(self, day):
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": day})
        run.action_preview()
        return run

    def _bill_as_shown(self, day):
        """Bill through a day; the one invoice has the totals that the preview showed."""
        run = self._preview(day)
        shown = [
            round(abs(sum(run.preview_ids.mapped(name))), 2)
            for name in ("amount_untaxed", "amount_tax", "amount_total")
        ]
        run.action_start()
        move = run.move_ids
        self.assertEqual(run.state, "done", run.customer_ids.mapped("message"))
        self.assertEqual([move.amount_untaxed, move.amount_tax, move.amount_total], shown)
        return move

    def _due(self, move):
        lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        return [(str(line.date_maturity), line.amount_currency) for line in lines.sorted("date_maturity")]

    def test_f56_instalments_of_the_payment_terms(self):
        contracts = self._contracts(100, 200, payment_term_id=self.pay_terms_b.id)
        invoice = self._bill_as_shown(JUNE)
        self.assertEqual(self._due(invoice), [("2026-06-01", 108.0), ("2026-07-31", 252.0)])
        for contract in contracts:
            contract._end(date(2026, 6, 15))
        refund = self._bill_as_shown(DAY_16)
        self.assertEqual(
            (refund.move_type, refund.amount_total, refund.reversed_entry_id), ("out_refund", 180.0, invoice)
        )
        self.assertEqual([amount for _day, amount in self._due(refund)], [-54.0, -126.0])
        self.assertEqual((invoice.amount_residual, refund.amount_residual), (180.0, 0.0))

    def test_f56_early_payment_discount(self):
        for computation, tax, half in (("included", 60.0, 30.0), ("excluded", 60.0, 30.0), ("mixed", 54.0, 27.0)):
            with self.subTest(computation=computation):
                term = self.env["account.payment.term"].create(
                    {
                        "name": computation,
                        "early_discount": True,
                        "discount_percentage": 10,
                        "discount_days": 10,
                        "early_pay_discount_computation": computation,
                    }
                )
                contracts = self._contracts(100, 200, payment_term_id=term.id)
                invoice = self._bill_as_shown(JUNE)
                self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (300.0, tax))
                for contract in contracts:
                    contract._end(date(2026, 6, 15))
                refund = self._bill_as_shown(DAY_16)
                self.assertEqual((refund.amount_untaxed, refund.amount_tax), (150.0, half))
                self.assertEqual((invoice.amount_residual, refund.amount_residual), (refund.amount_total, 0.0))

    def test_f56_early_payment_is_registered(self):
        term = self.env["account.payment.term"].create(
            {"name": "2 % 10 days", "early_discount": True, "discount_percentage": 2, "discount_days": 10}
        )
        self._contracts(100, 200, payment_term_id=term.id)
        invoice = self._bill_as_shown(JUNE)
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        payment = wizard.create({"payment_date": date(2026, 6, 5)})._create_payments()
        self.assertEqual((payment.amount, invoice.amount_residual), (352.8, 0.0))

    def test_f56_cash_rounding_of_a_draft(self):
        """The clerk rounds a draft; what it carries and what is credited later stay exact."""
        for strategy in ("add_invoice_line", "biggest_tax"):
            with self.subTest(strategy=strategy):
                rounding = self.env["account.cash.rounding"].create(
                    {
                        "name": strategy,
                        "rounding": 0.05,
                        "strategy": strategy,
                        "rounding_method": "HALF-UP",
                        "profit_account_id": self.company_data["default_account_revenue"].id,
                        "loss_account_id": self.company_data["default_account_expense"].id,
                    }
                )
                contracts = self._contracts(10.01, 20.02)
                invoice = self._bill_as_shown(JUNE)
                invoice.button_draft()
                invoice.invoice_cash_rounding_id = rounding
                invoice.action_post()
                self.assertEqual(invoice.amount_total, 36.05)
                charges = contracts[0].charge_ids + contracts[1].charge_ids
                self.assertEqual(set(charges.mapped("state")), {"posted"})
                for charge in charges:
                    self.assertEqual(charge.invoice_line_id.price_subtotal, charge.amount)
                self.assertFalse(self._bill(JUNE))
                for contract in contracts:
                    contract._end(date(2026, 6, 15))
                refund = self._bill_as_shown(DAY_16)
                self.assertEqual((refund.amount_untaxed, refund.amount_total), (15.01, 18.01))

    def test_f56_a_full_credit_returns_all_in_both_currencies(self):
        """Prices that include tax, in a foreign currency whose rate changed, rounded either way."""
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 3.0), ("2026-06-10", 4.0)])
        included = self.tax.copy({"name": "Included", "price_include_override": "tax_included", "amount": 21})
        for method in ("round_per_line", "round_globally"):
            with self.subTest(method=method):
                self.company.tax_calculation_rounding_method = method
                contracts = self._contracts(25.41, 9.99, 0.07, tax_ids=included, currency_id=currency.id)
                invoice = self._bill_as_shown(JUNE)
                self.assertEqual(invoice.amount_total, 35.47)
                for contract in contracts:
                    self._amend(contract.item_ids, "end", JUNE)
                refund = self._bill_as_shown(DAY_16)
                for name in ("amount_untaxed", "amount_tax", "amount_total"):
                    self.assertEqual(refund[name], invoice[name])
                    self.assertEqual(refund[f"{name}_signed"], -invoice[f"{name}_signed"])
                self.assertEqual(refund.invoice_currency_rate, invoice.invoice_currency_rate)
                self.assertEqual((invoice.amount_residual, refund.amount_residual), (0.0, 0.0))
