from odoo import api, fields, models

from ..domain import readiness


class SaleOrder(models.Model):
    """When the billing run invoices what is ready of an ordinary order."""

    _inherit = "sale.order"

    recurring_invoice_when = fields.Selection(
        lambda self: self._selection_recurring_invoice_when(),
        "Invoiced by the Billing Run",
        compute="_compute_recurring_invoice_when",
        store=True,
        readonly=False,
        precompute=True,
        copy=True,
        help="When a billing run invoices what is delivered of this order, or what is ordered of products invoiced as "
        "ordered: after each delivery or intervention, once the whole order is delivered, or when a month has ended. "
        "It shares the invoice of the customer's contracts where it can. Empty: as ordinary orders of the customer.",
    )

    @api.model
    def _selection_recurring_invoice_when(self):
        return [
            (readiness.READY, self.env._("After each delivery")),
            (readiness.COMPLETE, self.env._("Once all is delivered")),
            (readiness.MONTH_END, self.env._("At the end of the month")),
        ]

    @api.depends("partner_id", "company_id")
    def _compute_recurring_invoice_when(self):
        for order in self.filtered(lambda o: o.state in ("draft", "sent")):
            partner = order.partner_id.commercial_partner_id.with_company(order.company_id)
            order.recurring_invoice_when = partner.recurring_invoice_when

    def _is_invoiced_on(self, day):
        """Tell whether what is ready of the order is invoiced by a billing through a day.

        :param datetime.date day: the last day that the billing covers (inclusive)
        :rtype: bool
        """
        self.ensure_one()
        invoices = self.order_line.invoice_lines.move_id.filtered(lambda move: move.state != "cancel")
        invoiced = [move.invoice_date or fields.Date.to_date(move.create_date) for move in invoices]
        eve = fields.Date.subtract(fields.Date.to_date(self.date_order), days=1)
        return readiness.is_invoiced_on(
            self.recurring_invoice_when, day, max(invoiced, default=eve), self._is_all_delivered()
        )

    def _is_all_delivered(self):
        """Tell whether all that is invoiced by delivery is delivered, milestones among it."""
        self.ensure_one()
        return all(
            line.product_uom_id.compare(line.qty_delivered, line.product_uom_qty) >= 0
            for line in self.order_line
            if not line.display_type
            and not line.is_downpayment
            and not line.recurring_charge_type
            and line.product_id.invoice_policy != "order"
        )
