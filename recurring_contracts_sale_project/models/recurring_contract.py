from odoo import fields, models


class RecurringContract(models.Model):
    """The projects that a contract's orders made or belong to."""

    _inherit = "recurring.contract"

    project_ids = fields.Many2many("project.project", string="Projects", compute="_compute_project_ids")
    project_count = fields.Integer(compute="_compute_project_ids")

    def _compute_project_ids(self):
        """Collect the projects of the contract's lines and of those that they carry on, as far as may be seen."""
        for contract in self:
            # sudo: which projects there are follows from the orders; the reader's rights filter them below.
            items = earlier = contract.sudo().item_ids
            while earlier := (earlier.origin_item_id | earlier.sale_line_id.recurring_origin_item_ids) - items:
                items |= earlier
            lines = items.sale_line_id
            projects = lines.project_id | lines.task_id.project_id | lines.order_id.project_id
            Project = self.env["project.project"]
            visible = Project.search([("id", "in", projects.ids)]) if Project.has_access("read") else Project
            contract.project_ids = visible
            contract.project_count = len(visible)

    def action_view_projects(self):
        """Open the contract's projects."""
        self.ensure_one()
        projects = self.project_ids
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Projects"),
            "res_model": "project.project",
            "view_mode": "kanban,list,form",
            "domain": [("id", "in", projects.ids)],
            "context": {"create": False},
        }
        if len(projects) == 1:
            action |= {"view_mode": "form", "res_id": projects.id}
        return action
