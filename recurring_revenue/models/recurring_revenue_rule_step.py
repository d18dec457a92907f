from odoo import fields, models


class RecurringRevenueRuleStep(models.Model):
    """A period or a milestone of a revenue rule, and what it earns."""

    _name = "recurring.revenue.rule.step"
    _description = "Step of a Revenue Rule"
    _order = "sequence, id"

    rule_id = fields.Many2one("recurring.revenue.rule", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(translate=True, help="The milestone, such as “Delivered” or “Accepted”.")
    percent = fields.Float("Share (%)", digits=(7, 4), required=True)

    _percent_positive = models.Constraint(
        "CHECK(percent > 0 AND percent <= 100)", "The share of a step lies above 0 % and does not pass 100 %."
    )
