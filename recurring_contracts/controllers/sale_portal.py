from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.sale.controllers.portal import CustomerPortal


class RecurringSalePortal(CustomerPortal):
    """What a customer decides on the page of a renewal."""

    @route()
    def portal_quote_decline(self, order_id, access_token=None, decline_message=None, **kwargs):
        """Keep what the customer says as the reason why the contract is not renewed."""
        try:
            order_sudo = self._document_check_access("sale.order", order_id, access_token=access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        was_open = order_sudo.state in ("draft", "sent")
        response = super().portal_quote_decline(
            order_id, access_token=access_token, decline_message=decline_message, **kwargs
        )
        if was_open and order_sudo.state == "cancel":
            order_sudo._refuse_renewals(note=decline_message)
        return response
