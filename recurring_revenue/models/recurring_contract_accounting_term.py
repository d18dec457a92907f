from odoo import api, fields, models

from .recurring_contract_obligation import DAY

PLAN_TERMS = [
    ("agreed", "As agreed: to the contract's end, without one for the notice period"),
    ("notice", "The notice period: the customer may leave at any time"),
]
TERMS = [*PLAN_TERMS, ("date", "Until a day")]
TERM_HELP = (
    "Until when the customer cannot leave without a substantive penalty: so long is the contract, of which the "
    "obligations share the price (IFRS 15.11). What follows is another contract, accounted for when it begins.\n"
    "As agreed: to the contract's end; without one the billing periods that the notice takes.\n"
    "The notice period: also where an end is agreed, the billing periods that the notice takes.\n"
    "Until a day: such as the first on which a termination clause may be used; after it, the notice period."
)


class RecurringContract(models.Model):
    """The accounting term of a contract."""

    _inherit = "recurring.contract"

    accounting_term = fields.Selection(
        TERMS,
        compute="_compute_accounting_term",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help=TERM_HELP,
    )
    accounting_term_end = fields.Date("Bound Until", help="The last day before the customer may leave.", copy=False)
    accounting_end = fields.Date(
        "Accounting Term Ends",
        compute="_compute_accounting_end",
        compute_sudo=True,
        help="The last day of the obligations that are open today, or of the last ones.",
    )
    accounting_decision_ids = fields.One2many(
        "recurring.accounting.decision",
        "contract_id",
        "Accounting Decisions",
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    @api.depends("plan_id")
    def _compute_accounting_term(self):
        for contract in self:
            contract.accounting_term = contract.plan_id.accounting_term or "agreed"

    @api.depends("revenue_allocation_id.obligation_ids.date_end", "item_ids")
    def _compute_accounting_end(self):
        for contract in self:
            obligations = contract.revenue_allocation_id.obligation_ids.filtered(
                lambda o, contract=contract: o.contract_id == contract and o.item_id.charge_type == "recurring"
            )
            today = contract.company_id._recurring_today()
            current = obligations.filtered(lambda o, today=today: o.date_start <= today)
            contract.accounting_end = max((current or obligations).mapped("date_end"), default=False)

    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"accounting_term", "accounting_term_end"}

    def _get_accounting_limit(self, start):
        """Return the day after the last on which the customer is bound, where that is not the contract's end.

        :param datetime.date start: a day from which it is asked
        :return: whether the billing period is served out, and the day; no day where the contract's end counts
        :rtype: tuple[bool, datetime.date | None]
        """
        self.ensure_one()
        if self.accounting_term == "date" and self.accounting_term_end and start <= self.accounting_term_end:
            return False, self.accounting_term_end + DAY
        if self.accounting_term in ("notice", "date") or not self.date_end:
            return True, fields.Date.add(start, days=self.notice_days)
        return False, None

    def action_decide_contract_basis(self):
        """Ask from when on the contract follows the contract basis."""
        return self.env["recurring.accounting.decide"]._open(self, "basis")

    def action_decide_accounting_term(self):
        """Ask for another accounting term."""
        return self.env["recurring.accounting.decide"]._open(self, "term")
