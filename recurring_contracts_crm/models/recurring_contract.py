from odoo import api, fields, models


class RecurringContract(models.Model):
    """The opportunities that a contract was won with."""

    _inherit = "recurring.contract"

    opportunity_ids = fields.Many2many(
        "crm.lead",
        string="Won With",
        compute="_compute_opportunity_ids",
        groups="sales_team.group_sale_salesman",
        help="The opportunities whose orders made this contract or added to it.",
    )
    opportunity_count = fields.Integer(
        "Opportunities", compute="_compute_opportunity_ids", groups="sales_team.group_sale_salesman"
    )

    @api.depends("order_ids.opportunity_id", "renewal_opportunity_ids")
    @api.depends_context("uid")
    def _compute_opportunity_ids(self):
        """Name what the reader may see: an opportunity may be somebody else's."""
        for contract in self:
            contract.opportunity_ids = contract.order_ids.opportunity_id._filtered_access("read")
            contract.opportunity_count = len(contract.opportunity_ids | contract.renewal_opportunity_ids)

    def action_view_opportunities(self):
        """Open the opportunities that the contract was won with, and those of its renewal."""
        self.ensure_one()
        return (self.opportunity_ids | self.renewal_opportunity_ids)._open_recurring_opportunities()
