from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domain.periods import Interval, aligned_grid, billing_day_grid
from .recurring_billing_terms import BILLING_UNITS
from .res_company import ITEM_CREATIONS

RENEWAL_POLICIES = [
    ("end", "Ends"),
    ("tacit", "Renews tacitly"),
    ("order", "Is renewed by an order"),
]
RENEWAL_DOCUMENTS = [
    ("quotation", "Quotation"),
    ("approval", "Order awaiting approval"),
    ("confirmed", "Confirmed order"),
]
RENEWAL_MERGES = [
    ("none", "Stay apart"),
    ("price", "Are merged where the price is the same"),
    ("product", "Are merged"),
]


class RecurringPlan(models.Model):
    _name = "recurring.plan"
    _description = "Recurring Plan"
    _inherit = ["recurring.billing.terms", "recurring.uplift.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Leave empty to sell the plan in all companies.")
    alignment = fields.Selection(
        [
            ("anniversary", "The contract's first day"),
            ("billing_day", "A day of the month"),
            ("first_of_month", "The first of the month"),
            ("customer", "The customer's first contract's day"),
        ],
        string="Periods Begin On",
        required=True,
        default="anniversary",
        help="The customer's first contract's day: the periods are those of the first contract that he still has, or, "
        "where they have another length, begin on its day of the month. His first one begins on its own first day.",
    )
    billing_day = fields.Integer(
        default=0,
        help="The day of the month on which billing periods begin, 31 being the last day. "
        "0 takes the customer's own billing day, and the first of the month where he has none.",
    )
    term_count = fields.Integer("Term", default=0, help="0: no end date (evergreen).")
    term_unit = fields.Selection(BILLING_UNITS, required=True, default="month")
    renewal_policy = fields.Selection(
        RENEWAL_POLICIES,
        string="At the End of the Term",
        required=True,
        default="tacit",
        help="Renews tacitly: the day after the last day for notice, the contract is extended by "
        "one more term at unchanged content. Is renewed by an order: a renewal order is prepared "
        "in time; confirmed, it makes the next contract.",
    )
    renewal_document = fields.Selection(
        RENEWAL_DOCUMENTS,
        required=True,
        default="quotation",
        help="What is prepared at the beginning of the renewal window. Order awaiting approval: a "
        "sales manager approves it before it is sent or confirmed, whatever its discount.",
    )
    renewal_window_days = fields.Integer(
        "Renewal Window (Days)",
        default=lambda self: self.env.company.recurring_renewal_window_days,
        help="How many days before the end the renewal is prepared. 0: as many as the company says.",
    )
    renewal_grouped = fields.Boolean(
        "One Document a Customer",
        help="Contracts of one customer whose renewals are prepared on the same night share one document.",
    )
    renewal_merge = fields.Selection(
        RENEWAL_MERGES,
        "Lines of One Product",
        required=True,
        default="none",
        help="How several items of one product appear on the renewal. The total stays the same.",
    )
    notice_days = fields.Integer(
        "Notice (Days)",
        default=0,
        help="How many days before the end of the term notice is due at the latest; without a term, how "
        "many days after the notice the contract ends at the earliest.",
    )
    item_creation = fields.Selection(
        ITEM_CREATIONS,
        "Contract Items Are Created",
        help="Empty: as the company's settings say.",
    )
    recurring_discount_limit = fields.Float(
        "Discount Limit (%)",
        digits="Discount",
        default=100.0,
        help="A recurring quotation with a higher discount needs a sales manager's approval. "
        "The strictest limit of plan, sales team and company counts.",
    )
    contract_ids = fields.One2many("recurring.contract", "plan_id")
    contract_count = fields.Integer(compute="_compute_contract_count")

    _recurring_discount_limit_range = models.Constraint(
        "CHECK(recurring_discount_limit BETWEEN 0 AND 100)", "A discount limit lies between 0 and 100 %."
    )
    _billing_day_range = models.Constraint(
        "CHECK(billing_day BETWEEN 0 AND 31)",
        "The billing day is a day of the month from 1 to 31, or 0 for the customer's own.",
    )
    _term_not_negative = models.Constraint("CHECK(term_count >= 0)", "A term cannot be negative; 0 means no end date.")
    _notice_not_negative = models.Constraint("CHECK(notice_days >= 0)", "The notice period cannot be negative.")

    _renewal_window_not_negative = models.Constraint(
        "CHECK(renewal_window_days >= 0)", "The renewal window cannot be negative."
    )

    @api.constrains("alignment", "billing_unit")
    def _check_alignment(self):
        for plan in self:
            if plan.alignment in ("billing_day", "first_of_month") and plan.billing_unit in ("day", "week"):
                raise ValidationError(
                    self.env._(
                        "%(plan)s: periods of days or weeks cannot begin on a day of the month. "
                        "Choose months or years, or begin on the contract's first day.",
                        plan=plan.display_name,
                    )
                )

    def _compute_contract_count(self):
        counts = dict(
            self.env["recurring.contract"]._read_group([("plan_id", "in", self.ids)], ["plan_id"], ["__count"])
        )
        for plan in self:
            plan.contract_count = counts.get(plan, 0)

    def _get_grid(self, start, partner, company=None):
        """Return the billing periods of an item that is sold under this plan.

        :param date start: the item's first day
        :param partner: the customer, whose own billing day is used where the plan names none
        :param company: the seller, whose contracts with the customer count; the active company by default
        :rtype: recurring_contracts.domain.periods.Grid
        """
        self.ensure_one()
        day = 0
        if self.alignment == "billing_day":
            day = self.billing_day or partner.recurring_billing_day or 1
        elif self.alignment == "first_of_month":
            day = 1
        elif self.alignment == "customer":
            first = self._get_first_item(partner, company or self.env.company)
            if first:
                return aligned_grid(start, self._get_interval(), first._get_last_grid())
        return billing_day_grid(start, self._get_interval(), day)

    def _get_first_item(self, partner, company):
        """Return the customer's earliest item in force, of this plan's billing period where there is one."""
        # sudo: what aligns two contracts is a day, which a salesperson may know of his colleague's contract
        items = self.env["recurring.contract.item"].sudo()
        items = items.search(
            [
                ("company_id", "=", company.id),
                ("contract_id.commercial_partner_id", "=", partner.commercial_partner_id.id),
                ("contract_id.state", "in", ("active", "suspended")),
                ("charge_type", "=", "recurring"),
                ("instalment_count", "=", 0),
            ],
            order="date_start, id",
        )
        interval = self._get_interval()
        return (items.filtered(lambda item: item._get_interval() == interval) or items)[:1]

    def _get_term(self):
        """Return the term as an ``Interval``, or ``None`` for an evergreen plan."""
        self.ensure_one()
        return Interval(self.term_unit, self.term_count) if self.term_count else None

    def action_view_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_contract_action")
        return action | {"domain": [("plan_id", "=", self.id)], "context": {}}

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import template for recurring plans with their items"),
                "template": "/recurring_contracts/static/xls/recurring_plan.csv",
            }
        ]
