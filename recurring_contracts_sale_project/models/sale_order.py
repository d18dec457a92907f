from odoo import models


class SaleOrder(models.Model):
    """The contract's items carry the analytic account of the project that the order made."""

    _inherit = "sale.order"

    def _create_recurring_contract(self):
        contract = super()._create_recurring_contract()
        # sudo: an order is also confirmed by its customer; the accounts are those of the order's own projects.
        for line in self.sudo().order_line:
            project = line.project_id or line.task_id.project_id or line.order_id.project_id
            items = line.recurring_item_ids.filtered(lambda item: not item.analytic_distribution)
            if project and items:
                items.analytic_distribution = project._get_analytic_distribution()
        return contract
