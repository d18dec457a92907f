from odoo import fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "recurring.uplift.mixin"]

    recurring_billing_day = fields.Integer(
        "Billing Day",
        default=0,
        help="The day of the month on which this customer's billing periods begin, 31 being the "
        "last day, under plans that leave the day to the customer. It counts for what is sold "
        "from now on.",
    )
    recurring_contract_count = fields.Integer(
        compute="_compute_recurring_contract_count", groups="sales_team.group_sale_salesman"
    )

    _recurring_billing_day_range = models.Constraint(
        "CHECK(recurring_billing_day BETWEEN 0 AND 31)",
        "The billing day is a day of the month from 1 to 31, or 0 for none.",
    )

    def _commercial_fields(self):
        return [
            *super()._commercial_fields(),
            "recurring_billing_day",
            *self._get_uplift_field_names(),
        ]

    def _compute_recurring_contract_count(self):
        partners = self.with_context(active_test=False).search([("id", "child_of", self.ids)])
        counts = dict(
            self.env["recurring.contract"]._read_group(
                [("partner_id", "in", partners.ids), ("state", "!=", "cancelled")],
                ["partner_id"],
                ["__count"],
            )
        )
        self.recurring_contract_count = 0
        for partner, count in counts.items():
            while partner:
                if partner in self:
                    partner.recurring_contract_count += count
                partner = partner.parent_id

    def action_view_recurring_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_contract_action")
        return action | {
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"default_partner_id": self.id},
        }
