from odoo import fields, models


class RecurringContract(models.Model):
    """Renewals that the customer refuses, or that expire: the contract ends at its date, with the reason kept."""

    _inherit = "recurring.contract"

    close_note = fields.Char(
        "In the Customer's Words",
        copy=False,
        tracking=True,
        help="What the customer said when leaving or refusing the renewal.",
    )

    def _refuse_renewal(self, reason=None, note=False):
        """Keep why the renewal is refused; the contract ends at its date, unless it renews tacitly.

        The caller has closed the document and checked that the user may.

        :param reason: the ``recurring.close.reason``, if one was chosen
        :param str note: what the customer said
        """
        # sudo: also customers refuse, on the document's page; only these two are written.
        self.sudo()._get_ending().write({"close_reason_id": reason and reason.id, "close_note": note})

    def _get_ending(self):
        """Return those contracts that nothing renews now: no order, no open document, no tacit renewal."""
        return self.filtered(
            lambda c: not c.renewed_into_id and not c.notice_deadline and c._get_renewal_documents_state() != "open"
        )

    def _reopen_renewal(self):
        """Forget why the renewal was refused, as another one is prepared."""
        refused = self.filtered(lambda c: not c.terminated_by_id and (c.close_reason_id or c.close_note))
        # sudo: a customer may also sign what was refused before; only these two are written.
        refused.sudo().write({"close_reason_id": False, "close_note": False})

    def _set_renewal_prepared(self):
        result = super()._set_renewal_prepared()
        self._reopen_renewal()
        return result

    # === NIGHTLY === #

    def _get_nightly_work(self, date, company):
        orders = self.env["sale.order"].with_company(company)._get_expired_renewals(date, company)
        yield list(orders), self._expire_renewal_orders
        yield from super()._get_nightly_work(date, company)

    def _expire_renewal_orders(self, orders):
        """Close renewal orders that were not answered in time.

        :param list orders: sale orders
        """
        self.env["sale.order"].browse(order.id for order in orders)._expire_renewals()

    def _get_expiry_reason(self):
        """Return the close reason of renewals that nobody answered, empty where it was deleted."""
        reason = self.env.ref("recurring_contracts.close_reason_expired", raise_if_not_found=False)
        return reason or self.env["recurring.close.reason"]
