from odoo import fields, models
from odoo.exceptions import UserError

from ..domain import recognition
from .res_company import LIABILITIES

METHODS = [
    (recognition.AT_ONCE, "At once, when invoiced"),
    (recognition.BY_DAY, "Evenly by day"),
    (recognition.BY_MONTH, "Evenly by month, partial months by day"),
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
    method = fields.Selection(METHODS, required=True, default=recognition.BY_DAY)
    deferred_account_id = fields.Many2one(
        "account.account",
        "Deferred Revenue Account",
        company_dependent=True,
        check_company=True,
        ondelete="restrict",
        domain=LIABILITIES,
        help="Empty: the company's.",
    )

    def _is_deferring(self):
        """Return whether revenue under this rule waits in the deferred revenue account."""
        return bool(self) and self.method != recognition.AT_ONCE

    def _get_deferred_account(self, company, raise_if_missing=True):
        """Return the account in which revenue of ``company`` waits until it is earned.

        :param company: the company that invoices
        :param bool raise_if_missing: return an empty recordset rather than raising
        :raise UserError: where neither the rule nor the company names an account
        """
        self.ensure_one()
        account = (
            self.with_company(company).deferred_account_id
            or self.with_company(company.root_id).deferred_account_id
            or company._get_recurring_setting("deferred_revenue_account_id")
        )
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
