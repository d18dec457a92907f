from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain


class SaleOrder(models.Model):
    _inherit = "sale.order"

    recurring_billed_amount = fields.Monetary(
        "Billed by the Contract",
        compute="_compute_recurring_billed_amount",
        help="Invoiced less credited for the lines of this order that became contract items, in "
        "the order's currency, with or without tax as the prices themselves.",
    )

    @api.depends("order_line.recurring_item_ids.charge_ids.move_id.state")
    def _compute_recurring_billed_amount(self):
        amounts = defaultdict(float)
        for charge in self._get_recurring_charges():
            if charge.state in ("posted", "opening"):
                amounts[charge.item_id.sale_line_id.order_id.id] += charge.amount
        for order in self:
            order.recurring_billed_amount = amounts[order._origin.id]

    def _get_recurring_charges(self):
        """Return the charges of the items that these orders' lines became, in sudo.

        :rtype: recurring.charge
        """
        # sudo: whoever sees an order may see what was billed of it
        return (
            self.env["recurring.charge"]
            .sudo()
            .search([("item_id.sale_line_id.order_id", "in", self.ids), ("is_void", "=", False)])
        )

    @api.depends("order_line.recurring_item_ids.charge_ids.move_id")
    @api.depends_context("recurring_own_invoices_only")
    def _get_invoiced(self):
        """Add what the contract has invoiced of the orders' lines."""
        result = super()._get_invoiced()
        if self.env.context.get("recurring_own_invoices_only"):
            return result
        moves = defaultdict(lambda: self.env["account.move"])
        for charge in self._get_recurring_charges().filtered("move_id"):
            moves[charge.item_id.sale_line_id.order_id.id] |= charge.move_id.with_env(self.env)
        for order in self:
            if moves[order._origin.id]:
                order.invoice_ids |= moves[order._origin.id]
                order.invoice_count = len(order.invoice_ids)
        return result

    def _search_invoice_ids(self, operator, value):
        domain = super()._search_invoice_ids(operator, value)
        if domain is NotImplemented or operator != "in":
            return domain
        billed = Domain("order_line.recurring_item_ids.charge_ids.move_id", "!=", False)
        if False in value:
            return Domain(domain) & ~billed
        links = Domain("order_line.recurring_item_ids.charge_ids.move_id", "in", value)
        return Domain(domain) | links

    def _action_cancel(self):
        """Leave alone the drafts of contracts, which other orders may share."""
        orders = self.with_context(recurring_own_invoices_only=True)
        return super(SaleOrder, orders)._action_cancel()
