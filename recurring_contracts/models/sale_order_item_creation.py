from datetime import date

from odoo import fields, models


class SaleOrder(models.Model):
    """Orders whose contract gets its items after its own approval."""

    _inherit = "sale.order"

    def _get_recurring_item_creation(self):
        """Return when the items of the order's contract are created: as the plan, else the company says."""
        self.ensure_one()
        return self.recurring_plan_id.item_creation or self.company_id.recurring_item_creation

    def _create_recurring_contract(self):
        """Leave alone the contract whose items wait for its approval."""
        # sudo: an order is also confirmed by its customer, who does not see drafts of contracts
        contract = self.sudo().recurring_contract_id
        if contract and contract._is_waiting_for_items():
            return contract
        return super()._create_recurring_contract()

    def _prepare_recurring_contract_values(self, lines):
        values = super()._prepare_recurring_contract_values(lines)
        if self._get_recurring_item_creation() != "approval":
            return values
        values["pending_item_values"] = [_as_json(command[2]) for command in values.pop("item_ids")]
        return values | {"approval_state": "awaiting"}

    def _start_recurring_contract(self, contract):
        if contract._is_waiting_for_items():
            return contract._ask_for_approval()
        return super()._start_recurring_contract(contract)

    def _get_recurring_contracts_to_cancel(self):
        contracts = super()._get_recurring_contracts_to_cancel()
        # sudo: as in the method this extends
        return contracts | self.sudo().recurring_contract_id.filtered(lambda c: c._is_waiting_for_items())


def _as_json(values):
    return {key: fields.Date.to_string(value) if isinstance(value, date) else value for key, value in values.items()}
