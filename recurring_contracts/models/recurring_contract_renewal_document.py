from odoo import models


class RecurringContract(models.Model):
    """What a renewal is prepared as: each kind of document and who makes it."""

    _inherit = "recurring.contract"

    def _get_renewal_makers(self):
        """Return the method that makes each kind of renewal document.

        Hook: other addons extend it with documents of their own. A maker takes a list of
        recordsets of contracts, each for one document, and notes ``_set_renewal_prepared``.

        :rtype: dict[str, callable]
        """
        return {
            "quotation": self._create_renewal_orders,
            "approval": self._create_renewal_orders_to_approve,
            "confirmed": self._create_confirmed_renewal_orders,
        }

    def _make_renewals(self, units):
        """Make the documents that contracts ask for, batch by batch of one kind.

        :param list units: recordsets of contracts, each for one document
        """
        makers = self._get_renewal_makers()
        by_kind = {}
        for unit in units:
            by_kind.setdefault(unit[0].renewal_document or "quotation", []).append(unit)
        for kind, same in by_kind.items():
            makers[kind](same)

    def _create_renewal_orders_to_approve(self, units):
        """Make renewal orders that a sales manager is asked to approve."""
        orders = self._create_renewal_orders(units)
        orders.recurring_renewal_approval = True
        orders.action_recurring_request_approval()
        return orders

    def _create_confirmed_renewal_orders(self, units):
        """Make renewal orders and confirm them; one that may not be confirmed stays a quotation and says why."""
        orders = self._create_renewal_orders(units)
        errors = {order: order._confirmation_error_message() for order in orders}
        orders.filtered(lambda order: not errors[order]).action_confirm()
        refused = orders.filtered(lambda order: errors[order])
        refused._message_log_batch(
            bodies={
                order.id: self.env._("To be confirmed by hand: %(reason)s", reason=errors[order]) for order in refused
            }
        )
        return orders
