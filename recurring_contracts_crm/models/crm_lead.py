from odoo import api, fields, models


class CrmLead(models.Model):
    """The contracts that came of an opportunity."""

    _inherit = "crm.lead"

    recurring_contract_count = fields.Integer("Contracts", compute="_compute_recurring_contract_count")

    @api.depends("order_ids.recurring_contract_id")
    def _compute_recurring_contract_count(self):
        for lead in self:
            lead.recurring_contract_count = len(lead.order_ids.recurring_contract_id)

    def action_view_recurring_contracts(self):
        """Open the contracts that the opportunity's orders made or added to."""
        self.ensure_one()
        return self._open_recurring_contracts(self.order_ids.recurring_contract_id)

    def _open_recurring_contracts(self, contracts):
        """Return the action that opens contracts, the form where there is one."""
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_contract_action")
        if len(contracts) == 1:
            return action | {"views": [(False, "form")], "res_id": contracts.id, "domain": []}
        return action | {"domain": [("id", "in", contracts.ids)], "context": {}}

    def _open_recurring_opportunities(self):
        """Return the action that opens these opportunities, the form where there is one."""
        action = self.env["ir.actions.act_window"]._for_xml_id("crm.crm_lead_opportunities")
        if len(self) == 1:
            return action | {"views": [(False, "form")], "res_id": self.id, "domain": []}
        return action | {"domain": [("id", "in", self.ids)], "context": {"active_test": False}}
