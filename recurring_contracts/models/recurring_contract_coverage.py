from odoo import fields, models


class RecurringContract(models.Model):
    """The devices that a contract covers."""

    _inherit = "recurring.contract"

    coverage_ids = fields.One2many("recurring.coverage", "contract_id", "Covered Equipment")
    equipment_count = fields.Integer("Equipment Covered", compute="_compute_equipment_count")
    coverage_warning = fields.Char(compute="_compute_coverage_warning", compute_sudo=False)

    def _compute_equipment_count(self):
        Coverage = self.env["recurring.coverage"]
        domain = Coverage._get_current_domain() & fields.Domain("contract_id", "in", self.ids)
        counts = dict(Coverage._read_group(domain, ["contract_id"], ["equipment_id:count_distinct"]))
        for contract in self:
            contract.equipment_count = counts.get(contract._origin, 0)

    def _compute_coverage_warning(self):
        """Name the items that cover more devices than are paid for."""
        for contract in self:
            exceeded = contract.item_ids.filtered("is_coverage_exceeded")
            contract.coverage_warning = ", ".join(
                self.env._(
                    "%(product)s covers %(covered)s devices, %(quantity)s are paid for.",
                    product=item.product_id.display_name,
                    covered=item.covered_count,
                    quantity=f"{item.quantity:g}",
                )
                for item in exceeded
            )

    def action_view_equipment(self):
        """Open the devices that the contract covers or covered."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_equipment_action")
        return action | {
            "domain": [("coverage_ids.contract_id", "=", self.id)],
            "context": {"default_partner_id": self.partner_id.id, "active_test": False},
        }
