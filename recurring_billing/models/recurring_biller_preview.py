from odoo import api, models
from odoo.fields import Command


class RecurringBiller(models.AbstractModel):
    """What planned invoices will say, line by line, without making them."""

    _inherit = "recurring.biller"

    @api.model
    def _prepare_preview_values(self, planned, number):
        """Return the rows that show a planned invoice: one for each line that carries a charge.

        The amounts are those of Odoo's own tax engine, rounded and spread as on the posted invoice.

        :param PlannedInvoice planned: the invoice
        :param int number: its number among the customer's invoices of the run, from 1
        :return: values of ``recurring.bill.run.preview``, without the run and the customer; amounts are
            negative where they are credited
        :rtype: list[dict]
        """
        Tax = self.env["account.tax"]
        company = self.env["res.company"].browse(planned.key["company_id"])
        lines = [
            values
            for _command, _id, values in planned.values["invoice_line_ids"]
            if values.get("display_type", "product") == "product"
        ]
        base_lines = self._prepare_base_lines(planned, lines)
        sources = [self._prepare_preview_charge(charge) for charge in planned.charges]
        sources += [self._prepare_preview_order_line(values) for values in lines[len(sources) :]]
        Tax._add_tax_details_in_base_lines(base_lines, company)
        Tax._round_base_lines_tax_details(base_lines, company)
        sign = -1 if planned.values["move_type"] == "out_refund" else 1
        header = self._prepare_preview_header(planned, number)
        return [
            header
            | source
            | self._prepare_preview_line(line)
            | self._prepare_preview_amounts(base_line["tax_details"], sign)
            for source, line, base_line in zip(sources, lines, base_lines, strict=True)
        ]

    def _prepare_base_lines(self, planned, lines):
        """Return what Odoo's tax engine takes of the lines of a planned invoice."""
        company = self.env["res.company"].browse(planned.key["company_id"])
        currency = self.env["res.currency"].browse(planned.key["currency_id"])
        partner = self.env["res.partner"].browse(planned.key["partner_id"])
        rate = planned.values.get("invoice_currency_rate") or self.env["res.currency"]._get_conversion_rate(
            company.currency_id, currency, company, planned.values["invoice_date"]
        )
        refund = planned.values["move_type"] == "out_refund"
        return [
            self.env["account.tax"]._prepare_base_line_for_taxes_computation(
                None,
                partner_id=partner,
                currency_id=currency,
                product_id=self.env["product.product"].browse(line["product_id"]),
                product_uom_id=self.env["uom.uom"].browse(line["product_uom_id"]),
                tax_ids=self.env["account.tax"].browse(line["tax_ids"][0][2]),
                price_unit=line["price_unit"],
                quantity=line["quantity"],
                discount=line["discount"],
                extra_tax_data=line.get("extra_tax_data") or {},
                rate=rate,
                sign=1.0 if refund else -1.0,
                is_refund=refund,
            )
            for line in lines
        ]

    def _prepare_preview_header(self, planned, number):
        """Return what the rows of one invoice have in common."""
        values = planned.values
        return {
            "number": number,
            "move_type": values["move_type"],
            "partner_id": values["partner_id"],
            "currency_id": values["currency_id"],
            "journal_id": values["journal_id"],
            "payment_term_id": values["invoice_payment_term_id"],
            "payment_method_line_id": values["preferred_payment_method_line_id"],
            "fiscal_position_id": values["fiscal_position_id"],
        }

    def _prepare_preview_charge(self, charge):
        """Return what a row says of its charge.

        Hook: other addons extend it, and ``_get_compared_fields``, to show and compare more.
        """
        return {
            "contract_id": charge.contract_id.id,
            "plan_id": charge.plan_id.id,
            "item_id": charge.item_id.id,
            "sale_line_id": False,
            "product_id": charge.product_id.id,
            "kind": charge.kind,
            "corrected_charge_id": charge.corrected_charge_id.id,
            "period_start": charge.period_start,
            "date_start": charge.date_start,
            "date_end": charge.date_end,
            "due_date": charge.due_date,
            "terms_quantity": charge.quantity,
            "terms_price_unit": charge.price_unit,
            "terms_discount": charge.discount,
            "units": charge.units,
            "units_total": charge.units_total,
            "explanation": charge.with_env(self.env)._get_explanation(),
            "tax_ids": [Command.set(charge.tax_ids.ids)],
        }

    def _prepare_preview_order_line(self, values):
        """Return what a row says of a line of an ordinary order.

        :param dict values: the values of its invoice line
        """
        line = self.env["sale.order.line"].browse(values["sale_line_ids"][0][1])
        return {
            "kind": "order",
            "sale_line_id": line.id,
            "product_id": values["product_id"],
            "explanation": line.order_id.name,
            "tax_ids": [Command.set(values["tax_ids"][0][2])],
            "terms_quantity": values["quantity"],
            "terms_price_unit": values["price_unit"],
            "terms_discount": values["discount"],
            "units": 1,
            "units_total": 1,
        } | dict.fromkeys(("item_id", "corrected_charge_id", "period_start", "date_start", "date_end"), False)

    def _prepare_preview_line(self, line):
        """Return what a row says of its invoice line."""
        return {name: line[name] for name in ("sequence", "name", "quantity", "price_unit", "discount")}

    def _prepare_preview_amounts(self, details, sign):
        """Return the amounts of a row, from what the tax engine computed for its line."""
        untaxed = details["total_excluded_currency"] + details["delta_total_excluded_currency"]
        tax = sum(data["tax_amount_currency"] for data in details["taxes_data"])
        return {
            "amount_untaxed": sign * untaxed,
            "amount_tax": sign * tax,
            "amount_total": sign * (untaxed + tax),
            "amount_company": sign * (details["total_excluded"] + details["delta_total_excluded"]),
        }
