from odoo import fields, models

ITEM_CREATIONS = [
    ("confirmation", "At confirmation of the order"),
    ("approval", "After approval of the contract"),
]


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "recurring.uplift.mixin"]

    recurring_discount_limit = fields.Float(
        "Discount Limit (%)",
        digits="Discount",
        default=100.0,
        help="A recurring quotation with a higher discount needs a sales manager's approval. "
        "The strictest limit of plan, sales team and company counts.",
    )

    recurring_renewal_window_days = fields.Integer(
        "Renewal Window (Days)",
        default=90,
        help="How many days before a contract's end its renewal is prepared, for plans that do not say so themselves.",
    )

    _recurring_renewal_window_not_negative = models.Constraint(
        "CHECK(recurring_renewal_window_days >= 0)", "The renewal window cannot be negative."
    )
    _recurring_discount_limit_range = models.Constraint(
        "CHECK(recurring_discount_limit BETWEEN 0 AND 100)", "A discount limit lies between 0 and 100 %."
    )
    recurring_item_creation = fields.Selection(
        ITEM_CREATIONS,
        "Contract Items Are Created",
        required=True,
        default="confirmation",
        help="At confirmation: confirming the order puts its contract in force. After the contract's "
        "approval: the order makes the contract; its items are created once a sales manager approves it.",
    )

    def _get_recurring_approver(self, team):
        """Return the user who is asked to approve: the team's leader if he may, else a sales manager.

        :param team: ``crm.team``, may be empty
        :rtype: res.users
        """
        self.ensure_one()
        manager = "sales_team.group_sale_manager"
        leader = team.user_id
        if leader and leader.has_group(manager):
            return leader
        # sudo: a salesperson does not read groups; only the user who is asked comes of it.
        managers = (
            self.env.ref(manager).sudo().all_user_ids.filtered(lambda user: self in user.company_ids and not user.share)
        )
        return managers[:1] or self.env.user

    def _recurring_today(self):
        """Return the current day in the company's own time zone.

        :rtype: datetime.date
        """
        self.ensure_one()
        tz = self.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))
