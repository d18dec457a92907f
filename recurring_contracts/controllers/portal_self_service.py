from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from .portal import RecurringCustomerPortal


class RecurringSelfServicePortal(RecurringCustomerPortal):
    """What a customer changes by himself: only logged in, and only on his own contracts.

    Each change is shown first, with what it credits and charges, and made by a second post.
    """

    def _prepare_recurring_contract_values(self, contract):
        values = super()._prepare_recurring_contract_values(contract)
        own = self._find_own_recurring_contract(contract.id)
        # sudo: what the customer may change is part of his own contract, which he may read
        own = own.sudo()
        return values | {
            "self_service_items": own._get_self_service_items() if own else contract.item_ids.browse(),
            "may_give_notice": bool(own and own._may_give_notice()),
        }

    def _find_own_recurring_contract(self, contract_id):
        """Return a contract of the logged-in customer; nothing for others, and for who holds a link only."""
        contract = request.env["recurring.contract"].browse(contract_id).exists()
        if request.env.user._is_public() or not request.env.user.share:
            return contract.browse()
        if not contract or not contract.has_access("read"):
            return contract.browse()
        # sudo: a customer may not read companies; whose contract it is follows from his own contract
        return contract.with_company(contract.sudo().company_id)

    def _get_own_recurring_contract(self, contract_id):
        """Return a contract of the logged-in customer.

        :raise MissingError: where it is not his, or does not exist
        """
        contract = self._find_own_recurring_contract(contract_id)
        if not contract:
            raise MissingError(request.env._("This contract does not exist, or is not yours."))
        return contract

    def _render_self_service(self, template, contract, **values):
        values |= {"page_name": "recurring_contract", "contract": contract, "error": values.get("error")}
        values.setdefault("effect", None)
        return request.render(template, self._prepare_portal_layout_values() | values)

    @http.route(["/my/contracts/<int:contract_id>/quantity/<int:item_id>"], type="http", auth="user", website=True)
    def portal_recurring_quantity(self, contract_id, item_id, quantity=None, confirm=None, **kwargs):
        try:
            contract = self._get_own_recurring_contract(contract_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        # sudo: only the items that the contract lets its customer change are looked at
        item = contract.sudo()._get_self_service_items().filtered(lambda i: i.id == item_id)
        if not item:
            return request.redirect(contract.get_portal_url())
        values = {"item": item, "date": item._get_self_service_date(), "quantity": quantity or f"{item.quantity:g}"}
        if request.httprequest.method == "POST":
            try:
                number = self._parse_quantity(quantity)
                if confirm:
                    contract._change_quantity_by_customer(item, number)
                    return request.redirect(contract.get_portal_url(query_string="&message=changed"))
                values["effect"] = contract._get_quantity_effect(item, number) | {"hides_mrr": True}
            except UserError as error:
                values["error"] = str(error)
        return self._render_self_service("recurring_contracts.portal_quantity", contract, **values)

    def _parse_quantity(self, text):
        """Return the number that the customer wrote, with a point or a comma.

        :raise UserError: where it is no number
        """
        try:
            number = float((text or "").replace(",", ".").strip())
        except ValueError:
            number = float("nan")
        if not 0 <= number < 1e9:
            raise UserError(request.env._("Please enter the quantity as a number."))
        return number

    @http.route(["/my/contracts/<int:contract_id>/notice"], type="http", auth="user", website=True)
    def portal_recurring_notice(self, contract_id, reason_id=None, note=None, confirm=None, **kwargs):
        try:
            contract = self._get_own_recurring_contract(contract_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        # sudo: whether notice may be given is part of the customer's own contract
        if not contract.sudo()._may_give_notice():
            return request.redirect(contract.get_portal_url())
        # sudo: the reasons offered to customers are no secret
        reasons = request.env["recurring.close.reason"].sudo().search([("in_portal", "=", True)])
        chosen = reasons.filtered(lambda r: str(r.id) == reason_id)
        values = {"reasons": reasons, "chosen": chosen, "note": (note or "").strip()[:500]}
        values["end"] = contract.sudo().earliest_end
        if request.httprequest.method == "POST":
            try:
                if confirm or not chosen:
                    contract._give_notice_by_customer(chosen, values["note"])
                    return request.redirect(contract.get_portal_url(query_string="&message=notice"))
                values["effect"] = contract._get_notice_effect() | {"hides_mrr": True}
            except UserError as error:
                values["error"] = str(error)
        return self._render_self_service("recurring_contracts.portal_notice", contract, **values)
