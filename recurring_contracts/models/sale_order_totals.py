from odoo import api, fields, models
from odoo.exceptions import UserError

from ..domain.money import to_decimal
from ..domain.mrr import monthly
from ..domain.periods import add_term

# What says when a quoted amount is billed, beside the amount itself.
BILLED_OVER_TIME = (
    "recurring_plan_id",
    "recurring_date_start",
    "partner_id",
    "order_line.recurring_free_periods",
    "order_line.recurring_free_through",
    "order_line.recurring_instalment_count",
    "order_line.recurring_step_ids",
)


class SaleOrder(models.Model):
    """What a recurring quotation says below its totals, and the prepayment it may ask for.

    Odoo's own totals mean the one-time lines plus one whole billing period of the recurring ones.
    """

    _inherit = "sale.order"

    has_recurring_lines = fields.Boolean(compute="_compute_recurring_totals")
    is_recurring_only = fields.Boolean(
        compute="_compute_recurring_totals", help="The contract bills all of it; the order itself invoices nothing."
    )
    recurring_period_label = fields.Char("Billed", related="recurring_plan_id.billing_period_label")
    recurring_subtotal = fields.Monetary("Per Billing Period", compute="_compute_recurring_totals", help="Untaxed.")
    recurring_mrr = fields.Monetary(
        "MRR",
        compute="_compute_recurring_totals",
        help="Monthly recurring revenue of this order, untaxed, in its currency.",
    )
    recurring_first_invoice = fields.Monetary(
        "First Invoice (Tax Included)",
        compute="_compute_recurring_first_invoice",
        help="Taxes included: all one-time lines, and the first billing period of the lines that "
        "are billed in advance.",
    )
    recurring_contract_value = fields.Monetary(
        "Contract Value",
        compute="_compute_recurring_contract_value",
        help="Untaxed: the one-time lines and all billing periods of the term, without usage and "
        "deposits. Nothing for a plan without end.",
    )

    def _get_recurring_lines(self):
        return self.order_line.filtered(lambda line: line.recurring_charge_type == "recurring")

    @api.depends(
        "order_line.price_subtotal",
        "order_line.recurring_charge_type",
        "order_line.recurring_instalment_count",
        "recurring_plan_id",
    )
    def _compute_recurring_totals(self):
        for order in self:
            lines = order._get_recurring_lines().filtered(lambda line: not line.recurring_instalment_count)
            subtotal = sum(lines.mapped("price_subtotal"))
            sold = order.order_line.filtered(lambda line: not line.display_type)
            order.has_recurring_lines = bool(order._get_recurring_lines())
            order.is_recurring_only = bool(sold) and all(line.recurring_charge_type for line in sold)
            order.recurring_subtotal = subtotal
            order.recurring_mrr = sum(
                float(monthly(to_decimal(line.price_subtotal), line._get_recurring_interval())) for line in lines
            )

    @api.depends("amount_total", *BILLED_OVER_TIME)
    def _compute_recurring_first_invoice(self):
        AccountTax = self.env["account.tax"]
        for order in self:
            base_lines = [line._prepare_recurring_first_invoice_base_line() for line in order._get_priced_lines()]
            AccountTax._add_tax_details_in_base_lines(base_lines, order.company_id)
            AccountTax._round_base_lines_tax_details(base_lines, order.company_id)
            totals = AccountTax._get_tax_totals_summary(
                base_lines, order.currency_id or order.company_id.currency_id, order.company_id
            )
            order.recurring_first_invoice = totals["total_amount_currency"]

    @api.depends("amount_untaxed", *BILLED_OVER_TIME)
    def _compute_recurring_contract_value(self):
        for order in self:
            end, value = order._get_recurring_end(), 0.0
            if end and order.has_recurring_lines:
                lines = order._get_recurring_lines()
                left_out = lines | order.order_line.filtered("recurring_is_deposit")
                value = order.amount_untaxed - sum(left_out.mapped("price_subtotal"))
                value += sum(float(line._get_recurring_term_value(end)) for line in lines)
            order.recurring_contract_value = value

    def _get_recurring_end(self):
        """Return the day after the last of the term that is sold, or ``None`` where there is no end."""
        self.ensure_one()
        added = self.recurring_added_contract_id
        if added:
            return added.date_end and fields.Date.add(added.date_end, days=1)
        term = self.recurring_plan_id and self.recurring_plan_id._get_term()
        return add_term(self._get_recurring_date_start(), term) if term else None

    def _get_recurring_date_start(self):
        """Return the contract's first day: as agreed, else today."""
        self.ensure_one()
        return self.recurring_date_start or (self.company_id or self.env.company)._recurring_today()

    def _get_prepayment_required_amount(self):
        """Of a recurring quotation, the prepayment is a share of its first invoice."""
        amount = super()._get_prepayment_required_amount()
        if not amount or not self.has_recurring_lines:
            return amount
        return self.currency_id.round(self.recurring_first_invoice * self.prepayment_percent)

    def _check_recurring_down_payment(self):
        """Refuse a down payment on an order that leaves Odoo's own invoicing nothing.

        :raise UserError: where each line belongs to the contract
        """
        for order in self:
            lines = order.order_line.filtered(lambda sol: not sol.display_type and not sol.is_downpayment)
            if lines and all(line.recurring_charge_type for line in lines):
                raise UserError(
                    self.env._(
                        "%(order)s sells nothing but contract items, which the contract bills. "
                        "Ask for a prepayment on the quotation instead of a down payment.",
                        order=order.name,
                    )
                )
