from odoo import api, fields, models

from ..domain.periods import Interval

BILLING_UNITS = [
    ("day", "Days"),
    ("week", "Weeks"),
    ("month", "Months"),
    ("year", "Years"),
]


class RecurringBillingTerms(models.AbstractModel):
    """When a period is billed and how a part of one is priced: set on a plan, frozen on an item."""

    _name = "recurring.billing.terms"
    _description = "Billing Terms"

    billing_count = fields.Integer("Billed Every", required=True, default=1)
    billing_unit = fields.Selection(BILLING_UNITS, required=True, default="month")
    billing_timing = fields.Selection(
        [("advance", "In advance"), ("arrears", "In arrears")],
        required=True,
        default="advance",
        help="In advance: due with the period's first day. In arrears: due on the day after the period.",
    )
    proration = fields.Selection(
        [
            ("actual", "Actual days"),
            ("30e360", "Months of 30 days (30E/360)"),
            ("month", "By month: whole months equal, parts of one by its days"),
            ("none", "None: each started period in full"),
        ],
        required=True,
        default="actual",
        help="How a period that is only partly in force is priced.",
    )
    stub = fields.Selection(
        [
            ("separate", "Is charged apart"),
            ("merge", "Is charged together with the next period"),
            ("free", "Is free of charge"),
        ],
        "Partial First Period",
        required=True,
        default="separate",
        help="The days from the start to the first day of a billing period, where periods begin on another day. "
        "Together with the next period: in advance, both are due with the first day; in arrears, after the second.",
    )
    last_day_free = fields.Boolean(
        help="The last day in force is not charged, as for something that is returned on that day. "
        "An item that a renewal carries on is charged for it.",
    )
    free_periods = fields.Integer(
        default=0,
        help="How many billing periods are free of charge at the beginning of a new contract, counted from its first "
        "day or, where the partial first period is free as well, from the first whole period.",
    )
    billing_period_label = fields.Char("Billing Period", compute="_compute_billing_period_label")

    _billing_count_positive = models.Constraint(
        "CHECK(billing_count > 0)", "A billing period is at least one unit long."
    )
    _free_periods_not_negative = models.Constraint(
        "CHECK(free_periods >= 0)", "The number of free periods cannot be negative."
    )

    @api.depends("billing_count", "billing_unit")
    @api.depends_context("lang")
    def _compute_billing_period_label(self):
        for record in self:
            record.billing_period_label = record._get_period_label(record.billing_unit, record.billing_count)

    @api.model
    def _get_period_label(self, unit, count):
        """Return the name of a billing period in the reader's language, such as ``Quarterly``.

        :param str unit: ``day``, ``week``, ``month`` or ``year``
        :param int count: number of units
        :rtype: str
        """
        names = {
            ("day", 1): self.env._("Daily"),
            ("week", 1): self.env._("Weekly"),
            ("month", 1): self.env._("Monthly"),
            ("month", 3): self.env._("Quarterly"),
            ("month", 6): self.env._("Half-yearly"),
            ("month", 12): self.env._("Yearly"),
            ("year", 1): self.env._("Yearly"),
        }
        every = {
            "day": self.env._("Every %(count)s days", count=count),
            "week": self.env._("Every %(count)s weeks", count=count),
            "month": self.env._("Every %(count)s months", count=count),
            "year": self.env._("Every %(count)s years", count=count),
        }
        return names.get((unit, count)) or every.get(unit, "")

    def _get_interval(self):
        """Return the billing period as a domain ``Interval``."""
        self.ensure_one()
        return Interval(self.billing_unit, self.billing_count)
