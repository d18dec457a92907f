from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .recurring_revenue_rule import CUTOFF

INCOME = "income"
# a date such as 9999-12-31 stands for no end in other systems, and not for a day on which a service ends
FIRST_YEAR, LAST_YEAR = 1900, 2999


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    recurring_revenue_rule_id = fields.Many2one(
        "recurring.revenue.rule",
        "Revenue Rule",
        check_company=True,
        compute="_compute_recurring_revenue_rule_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        help="How the revenue of this line is recognised over its service period.",
    )
    recurring_revenue_account_id = fields.Many2one(
        "account.account",
        "Revenue Account",
        check_company=True,
        compute="_compute_recurring_revenue_account_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        help="Where the revenue goes once it is earned. Until then it waits in the line's account.",
    )
    recurring_cutoff_account_id = fields.Many2one(
        "account.account",
        "Cut-off Account",
        readonly=True,
        check_company=True,
        ondelete="restrict",
        help="Where closes defer what is not earned of the line, which is in the revenue account already.",
    )
    recurring_revenue_date_start = fields.Date(
        "Recognise From", help="First day of recognition. Empty: the service period, moved by the revenue rule."
    )
    recurring_revenue_date_end = fields.Date("Recognise To", help="Last day of recognition.")
    recurring_schedule_count = fields.Integer(
        "Revenue Schedules",
        compute="_compute_recurring_schedule_count",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    _recurring_revenue_dates_in_order = models.Constraint(
        "CHECK((recurring_revenue_date_start IS NULL) = (recurring_revenue_date_end IS NULL)"
        " AND recurring_revenue_date_end >= recurring_revenue_date_start)",
        "Enter both the first and the last day of recognition, in their order, or none.",
    )

    @api.constrains(
        "recurring_date_start", "recurring_date_end", "recurring_revenue_date_start", "recurring_revenue_date_end"
    )
    def _check_recurring_years(self):
        for line in self:
            if line._has_odd_recurring_years():
                raise ValidationError(
                    self.env._(
                        "%(line)s: no revenue is spread over days before %(first)s or after %(last)s. Enter the days "
                        "on which the service really begins and ends.",
                        line=line.display_name,
                        first=FIRST_YEAR,
                        last=LAST_YEAR,
                    )
                )

    def _has_odd_recurring_years(self):
        self.ensure_one()
        days = (
            self.recurring_date_start,
            self.recurring_date_end,
            self.recurring_revenue_date_start,
            self.recurring_revenue_date_end,
        )
        return any(day and not FIRST_YEAR <= day.year <= LAST_YEAR for day in days)

    @api.depends("product_id")
    def _compute_recurring_revenue_rule_id(self):
        for line in self:
            company = line.company_id or line.move_id.company_id
            line.recurring_revenue_rule_id = (
                line._is_recurring_revenue_line()
                and line.product_id.product_tmpl_id._get_recurring_revenue_rule(company)
            )

    def _compute_recurring_revenue_account_id(self):
        for line in self:
            revenue_account = line.recurring_revenue_account_id
            if not revenue_account and line.account_id and line.account_id == line._get_recurring_deferred_account():
                revenue_account = line._get_recurring_income_account()
            line.recurring_revenue_account_id = revenue_account

    def _compute_recurring_schedule_count(self):
        for line in self:
            line.recurring_schedule_count = self.env["recurring.revenue.schedule"].search_count(
                line._get_recurring_schedules_domain()
            )

    def _compute_account_id(self):
        result = super()._compute_account_id()
        self._apply_recurring_deferral()
        return result

    @api.depends("recurring_revenue_account_id", "recurring_cutoff_account_id")
    def _compute_discount_allocation_needed(self):
        """Leave lines whose revenue waits out of the discount account: what waits is the net amount."""
        waiting = self.filtered(lambda line: line.recurring_revenue_account_id and not line.recurring_cutoff_account_id)
        result = super(AccountMoveLine, self - waiting)._compute_discount_allocation_needed()
        for line in waiting:
            line.discount_allocation_dirty = True
            line.discount_allocation_needed = False
        return result

    @api.onchange(
        "recurring_date_start",
        "recurring_date_end",
        "recurring_revenue_date_start",
        "recurring_revenue_date_end",
        "recurring_revenue_rule_id",
    )
    def _onchange_recurring_service_period(self):
        self._apply_recurring_deferral()

    @api.model
    def _get_recurring_posted_fields(self):
        """Return the fields that stay as they are once posted: schedules have copied them."""
        return {
            "account_id",
            "recurring_cutoff_account_id",
            "recurring_date_end",
            "recurring_date_start",
            "recurring_revenue_account_id",
            "recurring_revenue_date_end",
            "recurring_revenue_date_start",
            "recurring_revenue_rule_id",
        }

    def write(self, vals):
        names = self._get_recurring_posted_fields() & vals.keys()
        if names:
            self._check_recurring_posted(names, vals)
        return super().write(vals)

    def _check_recurring_posted(self, names, vals):
        # these two say that a schedule has copied the line: only the engine sets them on a posted one
        is_marked = not self.env.su and names & {"recurring_cutoff_account_id", "recurring_revenue_account_id"}
        for line in self if is_marked else self.filtered("recurring_revenue_account_id"):
            if line.parent_state == "posted" and any(
                self.env["account.move"]._field_will_change(line, vals, name) for name in names
            ):
                raise UserError(
                    self.env._(
                        "The revenue of %(invoice)s is being recognised month by month. Reset it "
                        "to draft to change its accounts or service period.",
                        invoice=line.move_id.display_name,
                    )
                )

    def _is_recurring_revenue_line(self):
        """Return whether the line sells something, on a customer invoice or credit note."""
        self.ensure_one()
        return self.display_type == "product" and self.move_id.is_sale_document(include_receipts=True)

    def _is_recurring_deferred(self):
        """Return whether the line's revenue must wait: it has days to recognise over, and a rule.

        Other addons extend it to exempt lines.
        """
        self.ensure_one()
        return bool(
            self._is_recurring_revenue_line()
            and self.recurring_revenue_rule_id._is_deferring()
            and all(self._get_recurring_recognition_dates())
        )

    def _get_recurring_recognition_dates(self):
        """Return the days over which the line's revenue is recognised.

        They are its own, else its service period, moved by its revenue rule. A line whose revenue follows
        milestones or progress needs none: it waits from its invoice on.

        :return: the first and the last day (inclusive); both false where it has none
        :rtype: tuple
        """
        self.ensure_one()
        if self._has_odd_recurring_years():
            # refused when the line is saved, with a reason
            return False, False
        if self.recurring_revenue_date_start and self.recurring_revenue_date_end:
            return self.recurring_revenue_date_start, self.recurring_revenue_date_end
        rule = self.recurring_revenue_rule_id
        service = (self.recurring_date_start, self.recurring_date_end)
        if rule._is_by_progress() and not any(service):
            day = self.move_id.date or self.move_id.invoice_date or fields.Date.context_today(self)
            return day, day
        if all(service) and self.recurring_revenue_rule_id:
            return self.recurring_revenue_rule_id._get_recognition_dates(*service)
        return service if all(service) else (False, False)

    def _get_recurring_deferred_account(self, raise_if_missing=False):
        """Return the account in which the line's revenue waits, empty if it does not wait.

        :param bool raise_if_missing: see ``recurring.revenue.rule._get_deferred_account``
        """
        self.ensure_one()
        if not self._is_recurring_deferred():
            return self.env["account.account"]
        return self.recurring_revenue_rule_id._get_deferred_account(
            self.move_id.company_id, raise_if_missing=raise_if_missing
        )

    def _get_recurring_income_account(self):
        """Return the account that the line would have if its revenue did not wait."""
        self.ensure_one()
        template = self.with_company(self.move_id.company_id).product_id.product_tmpl_id
        accounts = template.get_product_accounts(fiscal_pos=self.move_id.fiscal_position_id)
        return (self.product_id and accounts["income"]) or self.move_id.journal_id.default_account_id

    def _apply_recurring_deferral(self, raise_if_missing=False):
        """Move lines whose revenue must wait to the deferred revenue account, and others back.

        An income account on such a line is read as the account that the revenue goes to later. Any
        other account was chosen by the user and stays.

        :param bool raise_if_missing: whether to refuse lines for which no deferred revenue account
            can be found, rather than to leave them as they are
        :raise UserError: see ``raise_if_missing``
        """
        for line in self:
            is_income = line.account_id.internal_group == INCOME
            if not line._is_recurring_deferred():
                if line.recurring_revenue_account_id:
                    if not is_income:
                        line.account_id = line.recurring_revenue_account_id
                    line.recurring_revenue_account_id = False
                    line.recurring_cutoff_account_id = False
            elif line.recurring_revenue_rule_id._get_booking(line.move_id.company_id) == CUTOFF:
                line._set_recurring_cutoff_account(raise_if_missing)
            elif is_income or not line.recurring_revenue_account_id:
                line._set_recurring_deferred_account(raise_if_missing)

    def _set_recurring_deferred_account(self, raise_if_missing):
        self.ensure_one()
        deferred = self._get_recurring_deferred_account(raise_if_missing)
        if not deferred:
            return
        if self.recurring_cutoff_account_id:
            self.recurring_cutoff_account_id = False
        if self.account_id.internal_group == INCOME:
            self.recurring_revenue_account_id = self.account_id
            self.account_id = deferred
        elif self.account_id == deferred:
            self.recurring_revenue_account_id = self._get_recurring_income_account()

    def _set_recurring_cutoff_account(self, raise_if_missing):
        """Leave the line in its revenue account, and note where closes defer it."""
        self.ensure_one()
        deferred = self._get_recurring_deferred_account(raise_if_missing)
        if not deferred:
            return
        if self.account_id.internal_group != INCOME:
            if not self.recurring_revenue_account_id and self.account_id != deferred:
                return
            self.account_id = self.recurring_revenue_account_id or self._get_recurring_income_account()
        # in this order: with a revenue account the line of a posted invoice is protected
        if self.recurring_cutoff_account_id != deferred:
            self.recurring_cutoff_account_id = deferred
        if self.recurring_revenue_account_id != self.account_id:
            self.recurring_revenue_account_id = self.account_id

    def _choose_missing_recurring_rules(self):
        """Give lines that were posted before there were revenue rules the one that they would have now."""
        for line in self.filtered(
            lambda line: not line.recurring_revenue_rule_id and line._is_recurring_revenue_line()
        ):
            template = line.product_id.product_tmpl_id
            line.recurring_revenue_rule_id = template._get_recurring_revenue_rule(line.company_id)

    def _needs_recurring_schedule(self):
        """Return whether a posted line should be spread and has no schedule, as if posted before there were any."""
        self.ensure_one()
        return (
            not self.recurring_revenue_account_id
            and self.account_id.internal_group == INCOME
            and self._is_recurring_deferred()
        )

    def _match_recurring_lines(self, originals):
        """Find which line of a reversed invoice each line of its credit note credits.

        Lines of the same product belong together, those of the same service period first; lines
        whose periods have no day in common never do.

        :param originals: the lines of the reversed invoice
        :return: the original of each line that has one
        :rtype: dict
        """
        matches, taken = {}, self.browse()
        for line in self:
            candidates = [
                original
                for original in originals
                if original.product_id == line.product_id and line._shares_recurring_days(original)
            ]
            if candidates:
                service = line._get_recurring_recognition_dates()
                matches[line] = min(
                    candidates,
                    key=lambda original: (
                        original._get_recurring_recognition_dates() != service,
                        original in taken,
                    ),
                )
                taken |= matches[line]
        return matches

    def _shares_recurring_days(self, original):
        """Return whether the line has no days to recognise over, or some of the original's."""
        if original.recurring_revenue_rule_id._is_by_progress():
            return True
        date_start, date_end = self._get_recurring_recognition_dates()
        original_start, original_end = original._get_recurring_recognition_dates()
        return not date_start or (date_start <= original_end and date_end >= original_start)

    def _follow_recurring_originals(self):
        """Give undated lines of credit notes the service period of the lines that they credit."""
        undated = self.filtered(
            lambda line: (
                line._is_recurring_revenue_line()
                and line.move_id.reversed_entry_id
                and (
                    not any(line._get_recurring_recognition_dates())
                    or (line.recurring_revenue_rule_id._is_by_progress() and not line.recurring_date_start)
                )
            )
        )
        for credit_note, lines in undated.grouped("move_id").items():
            originals = credit_note.reversed_entry_id.invoice_line_ids.filtered("recurring_revenue_account_id")
            for line, original in lines._match_recurring_lines(originals).items():
                line._follow_recurring_original(original)

    def _follow_recurring_original(self, original):
        is_income = self.account_id.internal_group == INCOME
        # any other account was chosen on purpose: the credit is no revenue
        if is_income or self.account_id == original.account_id:
            revenue_account = self.account_id if is_income else original.recurring_revenue_account_id
            cutoff_account = original.recurring_cutoff_account_id
            self.write(
                {
                    "recurring_date_start": original.recurring_date_start,
                    "recurring_date_end": original.recurring_date_end,
                    "recurring_revenue_date_start": original.recurring_revenue_date_start,
                    "recurring_revenue_date_end": original.recurring_revenue_date_end,
                    "recurring_revenue_rule_id": original.recurring_revenue_rule_id.id,
                    "recurring_revenue_account_id": revenue_account.id,
                    "recurring_cutoff_account_id": cutoff_account.id,
                    "account_id": (revenue_account if cutoff_account else original.account_id).id,
                }
            )

    def _get_recurring_schedules_domain(self):
        """Return the domain of the schedules that a journal item opened or released."""
        return [
            "|",
            ("source_line_id", "in", self.ids),
            "|",
            ("entry_ids.move_line_id", "in", self.ids),
            "|",
            ("entry_ids.deferred_line_id", "in", self.ids),
            "|",
            ("accrual_ids.move_line_id", "in", self.ids),
            "|",
            ("accrual_ids.revenue_line_id", "in", self.ids),
            "|",
            ("accrual_ids.reversal_line_id", "in", self.ids),
            ("accrual_ids.reversal_revenue_line_id", "in", self.ids),
        ]

    def action_open_recurring_schedules(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_schedule_action")
        return action | {"domain": self._get_recurring_schedules_domain(), "context": {}}

    def action_preview_recurring_revenue(self):
        """Show what the line will have recognised, month by month."""
        self.ensure_one()
        date_start, date_end = self._get_recurring_recognition_dates()
        return self.env["recurring.revenue.preview"]._open(
            {
                "default_rule_id": self.recurring_revenue_rule_id.id,
                "default_line_id": self.id,
                "default_is_moved": True,
                "default_currency_id": self.company_currency_id.id,
                "default_amount": -self.balance,
                "default_date_start": date_start,
                "default_date_end": date_end,
            }
        )
