from odoo import fields, models


class ResCompany(models.Model):
    """When people are reminded of the deadlines of contracts, where the plan does not say so itself."""

    _inherit = "res.company"

    recurring_notice_reminder_days = fields.Integer(
        "Reminder before Notice (Days)",
        default=30,
        help="How many days before the last day for notice people are reminded. 0: not at all.",
    )
    recurring_end_reminder_days = fields.Integer(
        "Reminder before the End (Days)",
        default=30,
        help="How many days before the last day in force people are reminded. 0: not at all.",
    )
    recurring_remind_manager = fields.Boolean(
        "Email to the Manager",
        default=True,
        help="The sales team's leader, else the salesperson, is told by email of renewals that were "
        "prepared and of deadlines.",
    )
    recurring_remind_customer = fields.Boolean(
        "Email to the Customer", help="Whether the customer is reminded by email too."
    )

    _recurring_reminder_days_not_negative = models.Constraint(
        "CHECK(recurring_notice_reminder_days >= 0 AND recurring_end_reminder_days >= 0)",
        "The days of a reminder cannot be negative.",
    )
