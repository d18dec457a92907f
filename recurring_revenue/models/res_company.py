import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..domain.release import BY_ACCOUNT, BY_CONTRACT, BY_LINE, BY_PARTNER

ASSETS = "[('account_type', '=', 'asset_current')]"
LIABILITIES = "[('account_type', 'in', ('liability_current', 'liability_non_current'))]"


class ResCompany(models.Model):
    _inherit = "res.company"

    # The name is the one that the charts of accounts of some twenty countries fill in.
    deferred_revenue_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain=LIABILITIES,
        help="What customers were invoiced for and have not received yet.",
    )
    recurring_revenue_booking = fields.Selection(
        "_selection_recurring_revenue_booking",
        "Booking",
        help="How invoices with a service period are booked. A branch follows its parent company.",
    )
    recurring_accrued_income_account_id = fields.Many2one(
        "account.account",
        "Accrued Income Account",
        check_company=True,
        domain=ASSETS,
        help="At the end of a month, what contracts have earned and was not invoiced stands here until the next day. "
        "Empty: revenue waits for its invoice.",
    )
    recurring_refund_liability_account_id = fields.Many2one(
        "account.account",
        "Refund Liability Account",
        check_company=True,
        domain=LIABILITIES,
        help="At the end of a month, credits that are owed and not issued stand here until the next day. "
        "Empty: they stay in deferred revenue.",
    )
    recurring_revenue_grouping = fields.Selection(
        [
            (BY_ACCOUNT, "Account and analytic distribution"),
            (BY_PARTNER, "Customer"),
            (BY_CONTRACT, "Contract"),
            (BY_LINE, "Invoice line"),
        ],
        "Journal Items of a Close",
        required=True,
        default=BY_ACCOUNT,
        help="What a journal item of a close sums up. Whatever it is, a journal item opens its schedules.",
    )
    recurring_revenue_journal_id = fields.Many2one(
        "account.journal",
        "Revenue Recognition Journal",
        check_company=True,
        domain="[('type', '=', 'general')]",
        help="The journal of the entries that the closes post.",
    )
    recurring_revenue_rule_id = fields.Many2one(
        "recurring.revenue.rule",
        "Default Revenue Rule",
        check_company=True,
        default=lambda self: self.env.ref("recurring_revenue.recurring_revenue_rule_by_day", raise_if_not_found=False),
        help="Where neither the product nor its category names one. It applies to invoice lines with a service period.",
    )
    recurring_revenue_review = fields.Boolean(
        "Review Closes Before Posting",
        help="The scheduled close prepares the month and leaves it to an accountant to post it.",
    )
    recurring_revenue_four_eyes = fields.Boolean(
        "Two Persons per Close",
        help="One person, or the scheduled close, prepares a month; another one approves and posts it.",
    )
    recurring_revenue_user_id = fields.Many2one(
        "res.users",
        "Responsible for Closes",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Gets an activity where the scheduled close of a month waits for an accountant, or cannot be posted. "
        "Empty: nobody is told.",
    )
    recurring_opening_account_id = fields.Many2one(
        "account.account",
        "Opening Counterpart Account",
        check_company=True,
        help="Where deferred revenue that comes from another system has its counterpart. "
        "Empty: the account of undistributed profits.",
    )

    def _get_recurring_setting(self, name):
        """Return a revenue setting of the company, a branch without one taking its parents'.

        :param str name: the name of a many2one field of ``res.company``
        :return: a record of that field's model, maybe empty
        """
        self.ensure_one()
        # sudo: a user of a branch may not read the company above it; only its settings are read.
        companies = self.sudo().parent_ids[::-1]
        for company in companies:
            if company[name]:
                return company[name].sudo(self.env.su)
        return companies[:0][name].sudo(self.env.su)

    @api.model
    def _selection_recurring_revenue_booking(self):
        return self.env["recurring.revenue.rule"]._fields["booking"]._description_selection(self.env)

    def _get_recurring_booking(self):
        """Return how the company books where a rule does not say: ``deferral`` or ``cutoff``."""
        self.ensure_one()
        # sudo: a user of a branch may not read the company above it; only its settings are read.
        companies = self.sudo().parent_ids[::-1]
        return next(filter(None, companies.mapped("recurring_revenue_booking")), "deferral")

    def _get_recurring_first_open_day(self):
        """Return the first day after the last month that is closed or locked, nothing where there is none."""
        self.ensure_one()
        # sudo: whoever changes a schedule need not see the closes
        run = self.env["recurring.revenue.run"].sudo()
        last = run.search([("company_id", "=", self.id), ("state", "=", "done")], order="date_end desc", limit=1)
        days = [last.date_end] if last else []
        journal = self._get_recurring_setting("recurring_revenue_journal_id")
        locks = self._get_violated_lock_dates(datetime.date.min, False, journal)
        days += [day for day, _field in locks if day > datetime.date.min]
        return max(days) + datetime.timedelta(days=1) if days else None

    def _get_recurring_opening_account(self):
        """Return the account against which deferred revenue of another system is opened."""
        self.ensure_one()
        return (
            self._get_recurring_setting("recurring_opening_account_id")
            or self.root_id.get_unaffected_earnings_account()
        )

    def _get_recurring_revenue_journal(self):
        """Return the journal of revenue recognition.

        :raise UserError: where the company has none
        """
        journal = self._get_recurring_setting("recurring_revenue_journal_id")
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for revenue recognition. Choose one in the Invoicing settings.",
                    company=self.display_name,
                )
            )
        return journal

    def _check_recurring_revenue_locks(self, date, remedy):
        """Refuse a date that lies in a locked period.

        Odoo would post there all the same, silently under another date.

        :param datetime.date date: the date of the entries to post
        :param str remedy: what the user can do about it
        :raise UserError: naming the locks and the remedy
        """
        self.ensure_one()
        journal = self._get_recurring_revenue_journal()
        locks = self._get_violated_lock_dates(date, False, journal)
        if locks:
            raise UserError(
                self.env._(
                    "%(company)s has locked %(date)s: %(locks)s. %(remedy)s",
                    company=self.display_name,
                    date=format_date(self.env, date),
                    locks=self._format_lock_dates(locks),
                    remedy=remedy,
                )
            )

    def _load_recurring_revenue_defaults(self):
        """Add the journal and the deferred revenue account of the chart of accounts in use.

        What the company has chosen already stays.
        """
        self.ensure_one()
        chart = self.env["account.chart.template"].with_company(self)
        code = self.chart_template
        accounts = (
            "deferred_revenue_account_id",
            "recurring_accrued_income_account_id",
            "recurring_refund_liability_account_id",
        )
        names = ("recurring_revenue_journal_id", "recurring_revenue_booking", *accounts)
        offered = chart._get_chart_template_model_data(code, "res.company").get(self.id, {})
        values = {name: offered[name] for name in names if offered.get(name) and not self[name]}
        data = {}
        if not self.parent_id:
            journals = chart._get_chart_template_model_data(code, "account.journal")
            if not chart.ref("recurring_revenue", raise_if_not_found=False):
                data["account.journal"] = {"recurring_revenue": journals["recurring_revenue"]}
        for name in accounts:
            # the account of the chart was deleted: the accountant chooses another one
            if name in values and not chart.ref(values[name], raise_if_not_found=False):
                del values[name]
        chart._load_data({**data, "res.company": {self.id: values}})
