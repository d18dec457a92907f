from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class RecurringBillRun(models.Model):
    """When ordinary orders are invoiced that say so: after each delivery, the whole order, or the month."""

    _inherit = "recurring.bill.run"

    def _create_customers(self, partners):
        """Work as well the customers of whom nothing but such orders is to be invoiced."""
        timed = self._get_timed_orders(self.company_id, self.date_through, self._get_scope_partners())
        payers = timed.partner_invoice_id.commercial_partner_id
        if payers:
            partners = SQL(
                "SELECT partner_id FROM (%s) AS known UNION SELECT UNNEST(%s::int[]) AS partner_id",
                partners,
                payers.ids,
            )
        return super()._create_customers(partners)

    @api.model
    def _has_due_items(self, company, date):
        return super()._has_due_items(company, date) or bool(self._get_timed_orders(company, date))

    def _get_joining_order_lines(self, partners):
        """Have orders that say when wait for it, and take them then, whether or not orders join otherwise."""
        lines = super()._get_joining_order_lines(partners)
        timed = self._get_timed_orders(self.company_id, self.date_through, partners)
        kept = lines.filtered(lambda line: not line.order_id.recurring_invoice_when)
        ready = self.env["sale.order.line"]
        for order in timed:
            ready += order._get_invoiceable_lines(final=True)
        self._lock_order_lines(ready)
        return kept + ready

    @api.model
    def _get_timed_orders(self, company, date, partners=None):
        """Return the orders that are to be invoiced by a billing through a day, of those that say when.

        :param company: ``res.company``
        :param datetime.date date: the last day that the billing covers (inclusive)
        :param partners: paying commercial partners to look at; all by default
        :rtype: sale.order
        """
        # sudo: whoever bills invoices all orders of the company, whoever sold them, as Odoo does
        orders = self.env["sale.order"].sudo()
        ready = self.env["sale.order.line"].sudo()
        ready = ready._search(
            Domain("qty_to_invoice", "!=", 0) & Domain("state", "=", "sale") & Domain("display_type", "=", False)
        )
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "sale")
            & Domain("recurring_invoice_when", "!=", False)
            & Domain("order_line", "in", ready)
        )
        if partners is not None:
            domain &= Domain("partner_invoice_id.commercial_partner_id", "in", partners.ids)
        return orders.search(domain, order="id").filtered(lambda order: order._is_invoiced_on(date))
