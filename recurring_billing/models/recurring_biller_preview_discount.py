from odoo import models

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up, to_decimal


class RecurringBiller(models.AbstractModel):
    """The tax of invoices whose early payment discount lowers the tax at once, whether or not it is taken."""

    _inherit = "recurring.biller"

    def _prepare_preview_values(self, planned, number):
        rows = super()._prepare_preview_values(planned, number)
        term = self.env["account.payment.term"].browse(planned.values["invoice_payment_term_id"])
        if term.early_discount and term.early_pay_discount_computation == "mixed":
            self._lower_preview_taxes(planned, rows)
        return rows

    def _lower_preview_taxes(self, planned, rows):
        """Spread over the rows by what Odoo lowers the tax of the invoice, in proportion to their own tax.

        :param PlannedInvoice planned: the invoice
        :param list[dict] rows: values of ``recurring.bill.run.preview``; changed
        """
        currency = self.env["res.currency"].browse(planned.values["currency_id"])
        move = self.env["account.move"].new(planned.values)
        base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
        due = sum(data["tax_amount_currency"] for line in base_lines for data in line["tax_details"]["taxes_data"])
        sign = -1 if planned.values["move_type"] == "out_refund" else 1
        shown = [to_decimal(currency.round(row["amount_tax"])) for row in rows]
        total = sum(shown, ZERO)
        if not total:
            return
        rounding = to_decimal(currency.rounding)
        due, passed, given = to_decimal(currency.round(sign * due)), ZERO, ZERO
        for row, tax in zip(rows, shown, strict=True):
            passed += tax
            amount = round_half_up(due * passed / total, rounding) - given
            given += amount
            row["amount_tax"] = float(amount)
            row["amount_total"] = float(to_decimal(row["amount_untaxed"]) + amount)
