from odoo import api, models
from odoo.fields import Domain


class SaleOrder(models.Model):
    """Renewal orders that are refused or expire."""

    _inherit = "sale.order"

    def action_recurring_refuse_renewal(self):
        """Ask why the renewal is refused, then cancel it."""
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_renewal_refusal_action")
        return action | {"context": {"default_order_ids": self.ids}}

    def _refuse_renewals(self, reason=None, note=False):
        """Cancel renewal orders and keep the reason on the contracts that they were to renew.

        :param reason: the ``recurring.close.reason``, if one was chosen
        :param str note: what the customer said
        """
        contracts = self.recurring_renewed_contract_ids
        self.filtered(lambda order: order.state != "cancel")._action_cancel()
        contracts._refuse_renewal(reason, note)

    def _report_renewal_failure(self, error):
        """The night could not close the renewal: told on its contracts, see there."""
        self.recurring_renewed_contract_ids._report_renewal_failure(error)

    def action_draft(self):
        """A refused renewal that is offered again is open again."""
        result = super().action_draft()
        self.recurring_renewed_contract_ids._reopen_renewal()
        return result

    def _create_recurring_contract(self):
        contract = super()._create_recurring_contract()
        if contract:
            self.recurring_renewed_contract_ids._reopen_renewal()
        return contract

    # === EXPIRY === #

    @api.model
    def _get_expired_renewals(self, date, company):
        """Return the open renewal orders whose time is over on a day.

        That is after their validity, or where they have none, after the end of the contracts. What
        the customer is paying for is left alone.

        :rtype: sale.order
        """
        domain = Domain(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("draft", "sent")),
                ("recurring_renewed_contract_ids", "!=", False),
            ]
        )
        domain &= Domain("validity_date", "<", date) | (
            Domain("validity_date", "=", False) & ~Domain("recurring_renewed_contract_ids.date_end", ">=", date)
        )
        domain &= ~Domain("transaction_ids.state", "in", ("pending", "authorized", "done"))
        return self.search(domain)

    def _expire_renewals(self):
        """Cancel renewal orders that nobody answered in time, and say so."""
        self._refuse_renewals(self.recurring_renewed_contract_ids._get_expiry_reason())
        self._message_log_batch(
            bodies={order.id: self.env._("The renewal was not answered in time and has expired.") for order in self}
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
