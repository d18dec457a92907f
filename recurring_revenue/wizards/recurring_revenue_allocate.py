from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class RecurringRevenueAllocate(models.TransientModel):
    """Shows how the price of one contract, or of several together, is shared, before it is."""

    _name = "recurring.revenue.allocate"
    _description = "Allocate the Price"

    allocation_ids = fields.Many2many("recurring.revenue.allocation", string="Contracts", readonly=True)
    is_combining = fields.Boolean(compute="_compute_is_combining")
    currency_id = fields.Many2one("res.currency", readonly=True)
    line_ids = fields.One2many("recurring.revenue.allocate.line", "wizard_id", "Obligations")

    @api.depends("allocation_ids")
    def _compute_is_combining(self):
        for wizard in self:
            wizard.is_combining = len(wizard.allocation_ids) > 1

    @api.model
    def _open(self, allocations):
        """Return the action that shows the wizard.

        :param allocations: one to share anew, several to combine
        :raise UserError: where they are not in one currency
        """
        if len(allocations.currency_id) != 1:
            raise UserError(self.env._("Contracts in different currencies cannot be combined."))
        wizard = self.create(
            {
                "allocation_ids": [Command.set(allocations.ids)],
                "currency_id": allocations.currency_id.id,
                "line_ids": [
                    Command.create({"obligation_id": obligation.id, "bears_discount": obligation.bears_discount})
                    for obligation in allocations.obligation_ids
                ],
            }
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_allocate_action")
        return action | {"res_id": wizard.id}

    def action_apply(self):
        """Share the price as shown; contracts shown together become one.

        :raise UserError: where revenue was recognised meanwhile, or contracts do not belong together
        """
        self.ensure_one()
        # the allocations are read with the user's own rights first
        self.allocation_ids.check_access("read")
        # sudo: allocations follow from contracts; accountants change them by this wizard only
        allocation = self.allocation_ids.sudo()
        bears_discount = {line.obligation_id.id: line.bears_discount for line in self.line_ids}
        if self.is_combining:
            names = ", ".join(allocation.mapped("name"))
            allocation = allocation._combine(allocation)
            allocation.message_post(body=self.env._("Combined: %(contracts)s", contracts=names))
        allocation._check_can_reallocate()
        allocation._allocate(bears_discount)
        return allocation.contract_ids[:1].action_open_obligations()
