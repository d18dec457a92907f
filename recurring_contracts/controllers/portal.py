from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager


class RecurringCustomerPortal(CustomerPortal):
    """The customer's own contracts in the portal."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "recurring_contract_count" in counters:
            Contract = request.env["recurring.contract"]
            values["recurring_contract_count"] = (
                Contract.search_count(self._get_recurring_contracts_domain()) if Contract.has_access("read") else 0
            )
        return values

    def _document_check_access(self, model_name, document_id, access_token=None):
        """Keep quotations from the customer that wait for a manager's approval."""
        document = super()._document_check_access(model_name, document_id, access_token=access_token)
        if (
            model_name == "sale.order"
            and not request.env.user._is_internal()
            and document._is_waiting_for_recurring_approval()
        ):
            raise AccessError(request.env._("This quotation is being prepared."))
        return document

    def _get_recurring_contracts_domain(self):
        """Return the domain of the contracts that the portal lists; the rules limit it further."""
        return [("state", "not in", ("draft", "cancelled"))]

    def _get_recurring_contracts_sortings(self):
        return {
            "date": {"label": request.env._("Start"), "order": "date_start desc, id desc"},
            "end": {"label": request.env._("End"), "order": "date_end, id"},
            "name": {"label": request.env._("Number"), "order": "name"},
        }

    @http.route(["/my/contracts", "/my/contracts/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_recurring_contracts(self, page=1, sortby=None, **kwargs):
        Contract = request.env["recurring.contract"]
        sortings = self._get_recurring_contracts_sortings()
        sortby = sortby if sortby in sortings else "date"
        domain = self._get_recurring_contracts_domain()
        pages = pager(
            url="/my/contracts",
            url_args={"sortby": sortby},
            total=Contract.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        contracts = Contract.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=pages["offset"],
        )
        values = self._prepare_portal_layout_values() | {
            "contracts": contracts,
            "page_name": "recurring_contract",
            "pager": pages,
            "default_url": "/my/contracts",
            "searchbar_sortings": sortings,
            "sortby": sortby,
        }
        return request.render("recurring_contracts.portal_my_contracts", values)

    @http.route(["/my/contracts/<int:contract_id>"], type="http", auth="public", website=True)
    def portal_recurring_contract(self, contract_id, access_token=None, **kwargs):
        try:
            contract = self._document_check_access("recurring.contract", contract_id, access_token=access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        values = self._get_page_view_values(
            contract,
            access_token,
            self._prepare_recurring_contract_values(contract),
            "my_recurring_contracts_history",
            False,
            **kwargs,
        )
        return request.render("recurring_contracts.portal_contract", values)

    def _prepare_recurring_contract_values(self, contract):
        """Return what the page of a contract shows.

        Hook: other addons extend it.

        :param contract: the contract, read with the rights that its token or its user give
        :rtype: dict
        """
        return {
            "page_name": "recurring_contract",
            "contract": contract,
            "items": contract.item_ids.filtered("segment_ids"),
            "orders": contract.order_ids.filtered(lambda order: order.state == "sale"),
            "coverages": contract.coverage_ids.filtered(lambda coverage: coverage.state == "current"),
            "open_offers": self._get_recurring_open_offers(contract),
            "open_renewals": contract.renewal_order_ids.filtered(lambda order: order.state == "sent"),
        }

    def _get_recurring_open_offers(self, contract):
        """Return the quotations sent that change the contract, for its customer to sign.

        :rtype: sale.order
        """
        # sudo: whoever may see the contract may see what is offered for it, as with its renewals
        orders = request.env["sale.order"].sudo()
        return orders.search([("recurring_added_contract_id", "=", contract.id), ("state", "=", "sent")])
