from odoo.http import request

from odoo.addons.recurring_contracts.controllers.portal import RecurringCustomerPortal

USAGE_LIMIT = 50


class RecurringBillingPortal(RecurringCustomerPortal):
    """The invoices of a contract on its page in the portal."""

    def _prepare_recurring_contract_values(self, contract):
        values = super()._prepare_recurring_contract_values(contract)
        return values | {
            "invoices": self._get_recurring_invoices(contract),
            # sudo: whoever may see the contract may see what it will be charged next; nothing is stored
            "coming": contract.sudo()._get_coming_invoice(),
            "usages": self._get_recurring_usages(contract),
        }

    def _get_recurring_usages(self, contract):
        """Return the latest readings of a contract.

        :param contract: the ``recurring.contract`` whose page is shown
        :return: ``recurring.usage``, the latest first
        """
        # sudo: whoever may see the contract may see what was used of it; only it is looked up.
        usages = request.env["recurring.usage"].sudo()
        return usages.search([("contract_id", "=", contract.id), ("is_cancelled", "=", False)], limit=USAGE_LIMIT)

    def _get_recurring_invoices(self, contract):
        """Return the posted invoices and credit notes of a contract that the visitor may see.

        They are looked up with the visitor's own rights: the link to a contract does not open the
        invoices, which may bill other contracts as well.

        :param contract: the ``recurring.contract`` whose page is shown
        :return: ``account.move``, the latest first
        """
        moves = request.env["account.move"]
        if not moves.has_access("read"):
            return moves
        return moves.search(
            [("state", "=", "posted"), ("invoice_line_ids.recurring_contract_id", "=", contract.id)],
            order="invoice_date desc, id desc",
        )
