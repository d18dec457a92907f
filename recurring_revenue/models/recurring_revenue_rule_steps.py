import datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.recurring_contracts.domain.money import HUNDRED, ZERO, to_decimal

from ..domain import recognition
from ..domain.recognition import CUSTOM, MILESTONE, PERCENT, STEPPED

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class RecurringRevenueRule(models.Model):
    """Methods whose shares a person sets: periods with percentages, milestones, percent complete."""

    _inherit = "recurring.revenue.rule"

    method = fields.Selection(
        selection_add=[
            (CUSTOM, "Own percentage for each period"),
            (MILESTONE, "Milestones, when they are reached"),
            (PERCENT, "Percent complete, as entered"),
        ],
        ondelete=dict.fromkeys(STEPPED, "set default"),
    )
    step_ids = fields.One2many("recurring.revenue.rule.step", "rule_id", "Steps", copy=True)
    step_unit = fields.Selection(
        [("month", "Months"), ("quarter", "Quarters"), ("year", "Years")],
        "Periods",
        required=True,
        default="month",
        help="They are counted from the first day of service; each is recognised with its last day.",
    )
    step_total = fields.Float("Total (%)", compute="_compute_step_total", digits=(7, 4))

    @api.depends("step_ids.percent")
    def _compute_step_total(self):
        for rule in self:
            rule.step_total = float(rule._get_step_total())

    @api.constrains("method", "step_ids")
    def _check_steps(self):
        for rule in self:
            if rule.method not in (CUSTOM, MILESTONE):
                continue
            if rule._get_step_total() != HUNDRED:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: the steps add up to %(total)s %%. They must make up 100 %%.",
                        rule=rule.display_name,
                        total=f"{rule._get_step_total().normalize():f}",
                    )
                )
            if rule.method == MILESTONE and not all(rule.step_ids.mapped("name")):
                raise ValidationError(self.env._("%(rule)s: give each milestone a name.", rule=rule.display_name))

    def _get_step_total(self):
        return sum((to_decimal(step.percent) for step in self.step_ids), ZERO)

    def _get_step_months(self):
        """Return how many months the periods of the rule take in all."""
        return len(self.step_ids) * MONTHS[self.step_unit or "month"]

    def _is_by_progress(self):
        """Return whether revenue follows what a person reports, rather than days."""
        return self.method in (MILESTONE, PERCENT)

    def _get_steps(self, date_start, date_end):
        """Return the steps that are known beforehand, of a service under the rule.

        :param datetime.date date_start: the first day of recognition
        :param datetime.date date_end: the last day (inclusive)
        :return: see ``domain.recognition.stepped_share``
        :rtype: tuple
        """
        self.ensure_one()
        if self.method != CUSTOM:
            return ()
        percents = [to_decimal(step.percent) for step in self.step_ids]
        end = date_end + datetime.timedelta(days=1)
        return recognition.custom_steps(date_start, end, MONTHS[self.step_unit], percents)
