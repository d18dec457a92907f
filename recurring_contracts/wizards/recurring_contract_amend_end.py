from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class RecurringContractAmend(models.TransientModel):
    """Cancellation: the last day of service and, separately, the last day that is owed."""

    _inherit = "recurring.contract.amend"

    end_choice = fields.Selection(
        [
            ("notice", "At the earliest by notice"),
            ("today", "Today"),
            ("period", "End of the billing period"),
            ("term", "End of the term"),
            ("date", "Another day"),
        ],
        "Ends",
        required=True,
        default="notice",
        help="Fills in the last day of service, which may also be entered.",
    )
    notice_date = fields.Date(
        "Notice Received On",
        required=True,
        default=lambda self: self.env.company._recurring_today(),
        help="The day from which the notice period counts.",
    )
    earliest_end = fields.Date(compute="_compute_earliest_end", compute_sudo=False)
    is_early = fields.Boolean(
        compute="_compute_is_early", compute_sudo=False, help="Whether the notice period or the term is cut short."
    )
    close_reason_id = fields.Many2one("recurring.close.reason")
    owed = fields.Selection(
        [
            ("service", "The days in service"),
            ("period", "The billing period to its end"),
            ("term", "The term to its end"),
            ("from", "Nothing from a day on"),
        ],
        "The Customer Owes",
        required=True,
        default="service",
        help="The days in service: what was billed beyond the last day is credited. The billing period, "
        "or the term, to its end: nothing is credited. Nothing from a day on: all is credited from there.",
    )
    date_credit = fields.Date("Credited From", help="The first day that is no longer owed.")

    @api.depends("contract_id", "notice_date")
    def _compute_earliest_end(self):
        for wizard in self:
            wizard.earliest_end = wizard.notice_date and wizard.contract_id._get_earliest_end(wizard.notice_date)

    @api.depends("earliest_end", "date_end", "action")
    def _compute_is_early(self):
        for wizard in self:
            wizard.is_early = (
                wizard.action == "end"
                and wizard.date_end
                and wizard.earliest_end
                and wizard.contract_id._has_notice()
                and wizard.date_end < wizard.earliest_end
            )

    @api.depends("action", "end_choice", "notice_date")
    def _compute_date_end(self):
        ending = self.filtered(lambda wizard: wizard.action == "end")
        for wizard in ending:
            wizard.date_end = wizard._get_chosen_end() or wizard.date_end
        return super(RecurringContractAmend, self - ending)._compute_date_end()

    def _get_chosen_end(self):
        """Return the last day that the choice stands for, or nothing where none follows from it."""
        self.ensure_one()
        contract = self.contract_id
        today = (contract.company_id or self.env.company)._recurring_today()
        match self.end_choice:
            case "today":
                return today
            case "period":
                return fields.Date.subtract(contract._get_next_period_start(today), days=1)
            case "term":
                return contract.date_end
            case "notice":
                return self.earliest_end
        return False

    @api.onchange("date_end")
    def _onchange_date_end(self):
        """A day that was entered is no longer the one that was filled in."""
        if self.action == "end" and self.date_end and self.date_end != self._get_chosen_end():
            self.end_choice = "date"

    def _get_date(self):
        if self.action != "end":
            return super()._get_date()
        return fields.Date.add(self.date_end, days=1)

    def _check_reason(self):
        if self.action == "end" and self.close_reason_id:
            return None
        return super()._check_reason()

    def _check_date(self):
        if self.action != "end":
            return super()._check_date()
        contract = self.contract_id
        if not self.date_end:
            raise UserError(self.env._("Choose the last day of service."))
        if contract.date_end and self.date_end > contract.date_end and not contract._renews_tacitly():
            raise UserError(
                self.env._(
                    "%(contract)s ends on %(date)s already. Choose that day or an earlier one.",
                    contract=contract.display_name,
                    date=format_date(self.env, contract.date_end),
                )
            )
        if self.date_end < contract.date_start:
            raise UserError(
                self.env._(
                    "%(contract)s starts on %(date)s: its last day cannot lie before.",
                    contract=contract.display_name,
                    date=format_date(self.env, contract.date_start),
                )
            )
        if self.owed == "from" and not self.date_credit:
            raise UserError(self.env._("Choose the day from which nothing is owed any more."))
        if self.is_early and not self.env.user.has_group("sales_team.group_sale_manager"):
            raise UserError(
                self.env._(
                    "%(contract)s can end on %(date)s at the earliest, by its notice period and term. "
                    "Choose that day or a later one, or ask a sales manager to cut it short.",
                    contract=contract.display_name,
                    date=format_date(self.env, self.earliest_end),
                )
            )
        return None

    def _apply(self):
        if self.action != "end":
            return super()._apply()
        return self.contract_id._cancel_service(
            self.date_end,
            owed=self.owed,
            date_credit=self.date_credit,
            reason=self.reason,
            close_reason=self.close_reason_id,
        )
