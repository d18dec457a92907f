import datetime

from odoo import fields, models
from odoo.exceptions import UserError

from ..domain import recognition
from .res_company import ASSETS, LIABILITIES

METHODS = [
    (recognition.AT_ONCE, "As invoiced: at once, usage when it is used"),
    (recognition.BY_DAY, "Evenly by day"),
    (recognition.BY_MONTH, "Evenly by month, partial months by day"),
    (recognition.FULL_MONTHS, "Full months: each month touched has the same share"),
    (recognition.EVEN_MONTHS, "Equal months, each at its end"),
    (recognition.EVEN_QUARTERS, "Equal quarters, each at its end"),
    (recognition.EVEN_YEARS, "Equal years, each at its end"),
]
METHOD_HELP = (
    "As invoiced: nothing waits. What was used and is invoiced later is revenue of the month in which it was used, "
    "in the amount that may be invoiced for it (IFRS 15.B16, ASC 606-10-55-18).\n"
    "By day: the days that have passed over all days.\n"
    "By month: a whole month weighs one, part of a month its days over the month's length.\n"
    "Full months: each calendar month that the service touches counts whole, its first month as well, and has the "
    "same share. The last one takes the rest.\n"
    "Equal months, quarters or years: they are counted from the first day of service, and a short last one counts "
    "whole. Each has the same share, recognised with its last day. The last one takes the rest."
)


DEFERRAL = "deferral"
CUTOFF = "cutoff"
BOOKINGS = [
    (DEFERRAL, "Deferral: invoices go to deferred revenue, closes release it"),
    (CUTOFF, "Cut-off: invoices go to revenue, closes defer what is not earned until the next day"),
]


class RecurringRevenueRule(models.Model):
    _name = "recurring.revenue.rule"
    _description = "Revenue Rule"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    method = fields.Selection(METHODS, required=True, default=recognition.BY_DAY, help=METHOD_HELP)
    offset_months = fields.Integer(
        "Starts Later by Months",
        help="Revenue is recognised over the service period moved by this many months; below zero: earlier. "
        "An invoice line can have dates of its own instead.",
    )
    offset_days = fields.Integer(
        "Starts Later by Days", help="Days by which the service period is moved further; below zero: earlier."
    )
    booking = fields.Selection(
        BOOKINGS,
        help="Empty: as the company books.\n"
        "Deferral: an invoice credits the deferred revenue account, and each close moves what was earned to revenue.\n"
        "Cut-off: an invoice credits revenue. Each close posts what is not earned yet to the deferred revenue account, "
        "and takes it back on the first day of the next month.",
    )
    deferred_account_id = fields.Many2one(
        "account.account",
        "Deferred Revenue Account",
        company_dependent=True,
        check_company=True,
        ondelete="restrict",
        domain=LIABILITIES,
        help="Empty: the company's.",
    )
    accrued_income_account_id = fields.Many2one(
        "account.account",
        company_dependent=True,
        check_company=True,
        ondelete="restrict",
        domain=ASSETS,
        help="Where revenue that is earned and not invoiced stands at the end of a month. Empty: the company's.",
    )
    refund_liability_account_id = fields.Many2one(
        "account.account",
        company_dependent=True,
        check_company=True,
        ondelete="restrict",
        domain=LIABILITIES,
        help="Where credits that are owed and not issued stand at the end of a month. Empty: the company's.",
    )

    _offsets_in_range = models.Constraint(
        "CHECK(ABS(COALESCE(offset_months, 0)) <= 1200 AND ABS(COALESCE(offset_days, 0)) <= 36600)",
        "Revenue starts no more than a hundred years later or earlier than the service.",
    )

    def _is_deferring(self):
        """Return whether revenue under this rule waits in the deferred revenue account."""
        return bool(self) and self.method != recognition.AT_ONCE

    def _get_booking(self, company):
        """Return how invoices of ``company`` are booked under the rule, ``deferral`` or ``cutoff``."""
        return self.booking or company._get_recurring_booking()

    def _get_recognition_dates(self, date_start, date_end):
        """Return the days over which revenue is recognised: those of the service, moved by the rule.

        :param datetime.date date_start: the first day of service
        :param datetime.date date_end: the last day of service (inclusive)
        :return: the first and the last day (inclusive)
        :rtype: tuple[datetime.date, datetime.date]
        """
        self.ensure_one()
        day = datetime.timedelta(days=1)
        start, end = recognition.shift(date_start, date_end + day, self.offset_months, self.offset_days)
        return start, end - day

    def action_preview(self):
        """Show what a year's amount becomes under the rule, month by month."""
        self.ensure_one()
        return self.env["recurring.revenue.preview"]._open({"default_rule_id": self.id})

    def _get_deferred_account(self, company, raise_if_missing=True):
        """Return the account in which revenue of ``company`` waits until it is earned.

        :param company: the company that invoices
        :param bool raise_if_missing: return an empty recordset rather than raising
        :raise UserError: where neither the rule nor the company names an account
        """
        self.ensure_one()
        account = self._get_company_account(company, "deferred_account_id", "deferred_revenue_account_id")
        if not account and raise_if_missing:
            raise UserError(
                self.env._(
                    "%(company)s has no account for deferred revenue. Choose one in the Invoicing "
                    "settings, or on the revenue rule %(rule)s.",
                    company=company.display_name,
                    rule=self.display_name,
                )
            )
        return account

    def _get_accrued_income_account(self, company):
        """Return where revenue of ``company`` that is not invoiced yet stands, empty if it is not accrued."""
        self.ensure_one()
        return self._get_company_account(company, "accrued_income_account_id", "recurring_accrued_income_account_id")

    def _get_refund_liability_account(self, company):
        """Return where credits that ``company`` owes stand until they are issued.

        Without an account of their own they stay in deferred revenue, where the invoice has put them.
        """
        self.ensure_one()
        return self._get_company_account(
            company, "refund_liability_account_id", "recurring_refund_liability_account_id"
        ) or self._get_deferred_account(company, raise_if_missing=False)

    def _get_company_account(self, company, name, company_name):
        """Return the rule's account for a company, else its root company's, else the company's own setting.

        :param str name: the field of the rule
        :param str company_name: the field of the company
        """
        return (
            self.with_company(company)[name]
            or self.with_company(company.root_id)[name]
            or company._get_recurring_setting(company_name)
        )
