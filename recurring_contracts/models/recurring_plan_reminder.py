from odoo import fields, models


class RecurringPlan(models.Model):
    """When people are reminded of the deadlines of a plan's contracts."""

    _inherit = "recurring.plan"

    reminder_rule = fields.Selection(
        [
            ("company", "As the company says"),
            ("own", "As set here"),
            ("none", "None"),
        ],
        "Reminders",
        required=True,
        default="company",
        help="Who is reminded, and when, of the notice deadline and of the end of contracts.",
    )
    notice_reminder_days = fields.Integer(
        "Before Notice (Days)",
        default=30,
        help="How many days before the last day for notice people are reminded. 0: not at all.",
    )
    end_reminder_days = fields.Integer(
        "Before the End (Days)",
        default=30,
        help="How many days before the last day in force people are reminded. 0: not at all.",
    )
    remind_customer = fields.Boolean("Email to the Customer", help="Whether the customer is reminded by email too.")

    _reminder_days_not_negative = models.Constraint(
        "CHECK(notice_reminder_days >= 0 AND end_reminder_days >= 0)", "The days of a reminder cannot be negative."
    )
