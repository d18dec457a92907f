from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    recurring_schedule_count = fields.Integer(
        "Revenue Schedules",
        compute="_compute_recurring_schedule_count",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    def _compute_recurring_schedule_count(self):
        # schedules bear the company, whichever of its contacts was invoiced
        counts = dict(
            self.env["recurring.revenue.schedule"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.recurring_schedule_count = counts.get(partner.commercial_partner_id, 0)

    def action_open_recurring_schedules(self):
        """Show the revenue schedules of customers: what is recognised of their invoices, and what waits."""
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_schedule_action")
        return action | {"domain": [("partner_id", "in", self.commercial_partner_id.ids)], "context": {}}
