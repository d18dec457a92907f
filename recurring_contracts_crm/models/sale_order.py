from odoo import models


class SaleOrder(models.Model):
    """A renewal order decides about the opportunity that it was made from."""

    _inherit = "sale.order"

    def _get_renewal_opportunities(self):
        """Return the pending opportunities to renew contracts that only these orders belong to."""
        leads = self.opportunity_id.filtered(
            lambda lead: lead.won_status == "pending" and lead.recurring_renewed_contract_ids
        )
        return leads.filtered(
            lambda lead: all(order in self or order.state not in ("draft", "sent") for order in lead.order_ids)
        )

    def _action_confirm(self):
        """A confirmed renewal wins its opportunity."""
        result = super()._action_confirm()
        # sudo: a renewal is also confirmed by its customer, who wins the seller's opportunity.
        self.sudo()._get_renewal_opportunities().action_set_won()
        return result

    def _refuse_renewals(self, reason=None, note=False):
        """A refused renewal loses its opportunity, for the lost reason that stands for the same."""
        # sudo: customers refuse too, in the portal; the opportunity is that of their order.
        leads = self.sudo()._get_renewal_opportunities()
        domain = [("recurring_close_reason_id", "=", reason.id)] if reason else [(0, "=", 1)]
        lost_reason = leads.env["crm.lost.reason"].search(domain, limit=1)
        leads.action_set_lost(lost_reason_id=lost_reason.id)
        return super()._refuse_renewals(reason, note)
