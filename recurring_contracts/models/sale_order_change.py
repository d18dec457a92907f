from odoo import api, models
from odoo.exceptions import UserError

from ..domain.mrr import monthly


class SaleOrder(models.Model):
    """An order that changes what a contract has: more or less of an item, or another product in its place."""

    _inherit = "sale.order"

    def _get_recurring_changing_lines(self):
        """Return the lines that change an item of the contract instead of adding one."""
        return self.order_line.filtered("recurring_changed_item_id")

    def _get_recurring_lines_to_add(self):
        lines = super()._get_recurring_lines_to_add()
        return lines.filtered(lambda line: not line.recurring_changed_item_id)

    def _prepare_recurring_change_event_values(self, start):
        events = super()._prepare_recurring_change_event_values(start)
        if not self.recurring_amendment_ids.filtered(lambda a: a._stands()):
            for line in self._get_recurring_changing_lines():
                events += line._prepare_recurring_change_event_values(start)
        return events

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or self._get_recurring_change_error()

    def _get_recurring_change_error(self):
        """Return why the order's lines cannot change their items, or ``False``."""
        self.ensure_one()
        lines = self._get_recurring_changing_lines()
        if not lines:
            return False
        if not self.recurring_added_contract_id:
            return self.env._(
                "%(order)s changes items of a contract. Choose the contract that it adds to.", order=self.name
            )
        start = self._get_recurring_date_start()
        # sudo: an order is also confirmed by its customer; what its lines change is only compared.
        errors = (line.sudo()._get_recurring_change_error(start) for line in lines)
        return next((error for error in errors if error), False)

    @api.depends("order_line.recurring_changed_item_id", "order_line.product_id")
    def _compute_recurring_totals(self):
        """Of a swap, the MRR is what the new product costs more or less than the old one."""
        result = super()._compute_recurring_totals()
        for order in self:
            for line in order._get_recurring_changing_lines().filtered(lambda sol: sol._is_recurring_swap()):
                old = line._get_recurring_changed_terms().exact
                order.recurring_mrr -= float(monthly(old, line.recurring_changed_item_id._get_interval()))
        return result

    # === EFFECT === #

    def action_recurring_effect(self):
        """Show what signing the order would bill and credit, before it is signed.

        :raise UserError: where its lines cannot change what they mean to
        """
        self.ensure_one()
        self.check_access("read")
        contract = self.recurring_added_contract_id
        error = self._get_recurring_change_error()
        if error:
            raise UserError(error)
        effect = contract._get_effect(self._create_recurring_contract, self._get_recurring_date_start())
        return self.env["recurring.amendment.effect"]._open(effect)
