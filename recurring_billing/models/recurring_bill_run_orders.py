from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL


class RecurringBillRun(models.Model):
    """What of ordinary orders a run invoices together with contracts."""

    _inherit = "recurring.bill.run"

    def _get_joining_order_lines(self, partners):
        """Return the lines of ordinary orders that this run invoices, for customers who want one invoice.

        They are those that Odoo itself would invoice now: ordered or delivered and not invoiced, with
        their headings, notes and the down payments to deduct. Hook: other addons extend it to have
        orders wait for a day, or for their last delivery.

        :param partners: paying commercial partners of this run
        :rtype: sale.order.line
        """
        self.ensure_one()
        partners = partners.filtered(lambda partner: partner._joins_recurring_orders(self.company_id))
        lines = self.env["sale.order.line"]
        if not partners:
            return lines
        for order in self.env["sale.order"].search(self._get_joining_orders_domain(partners), order="id"):
            ready = order._get_invoiceable_lines(final=True)
            if not all(line.display_type for line in ready):
                lines += ready
        self._lock_order_lines(lines)
        return lines

    def _get_joining_orders_domain(self, partners):
        """Return the domain of the confirmed orders of which something is ready to be invoiced."""
        ready = self.env["sale.order.line"]._search(
            Domain("qty_to_invoice", "!=", 0) & Domain("state", "=", "sale") & Domain("display_type", "=", False)
        )
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "sale")
            & Domain("partner_invoice_id.commercial_partner_id", "in", partners.ids)
            & Domain("order_line", "in", ready)
        )

    def _lock_order_lines(self, lines):
        """Lock order lines, and fail at once where somebody else invoiced them meanwhile."""
        if lines:
            self.env.flush_all()
            self.env.execute_query(
                SQL("SELECT id FROM sale_order_line WHERE id IN %s ORDER BY id FOR NO KEY UPDATE", tuple(lines.ids))
            )
