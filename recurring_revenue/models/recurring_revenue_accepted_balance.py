from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .recurring_revenue_check_sql import booked_sql


class RecurringRevenueAcceptedBalance(models.Model):
    """A balance of a deferred revenue account that no schedule explains, and that an accountant has accepted.

    Such as what stood in the account before the first schedule. From then on the checks count it in.
    """

    _name = "recurring.revenue.accepted.balance"
    _description = "Accepted Balance"
    _rec_name = "account_id"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    company_currency_id = fields.Many2one(string="Company Currency", related="company_id.currency_id")
    account_id = fields.Many2one("account.account", required=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, help="It is counted from the month of this day on.")
    amount = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="What stands in the ledger beyond the schedules; below zero where less does.",
    )
    amount_currency = fields.Monetary("Amount in Currency", readonly=True)
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Accepted By", required=True, readonly=True)
    is_undone = fields.Boolean("Undone", readonly=True)
    undone_user_id = fields.Many2one("res.users", "Undone By", readonly=True)

    @api.model
    def _check_may_accept(self):
        if not self.env["recurring.revenue.run"].has_access("write"):
            raise AccessError(self.env._("Only an accountant may accept a balance."))

    @api.model
    def _get_unexplained(self, company, account):
        """Return what stands in an account of the ledger beyond its schedules.

        :param company: the company of the books
        :param account: the deferred revenue account
        :return: the id of each currency in which they differ, the amount in company currency and in that one
        :rtype: list[tuple[int, Decimal, Decimal]]
        :raise AccessError: where the user is no accountant, or not of the company
        """
        self._check_may_accept()
        company.check_access("read")
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT currency_id, -SUM(amount), -SUM(amount_currency)
                  FROM (%s) booked
                 WHERE account_id = %s
                 GROUP BY currency_id
                HAVING SUM(amount) <> 0 OR SUM(amount_currency) <> 0
                """,
                booked_sql(company.ids),
                account.id,
            )
        )

    @api.model
    def _accept(self, company, account, date, reason):
        """Accept what stands in an account beyond its schedules, in each currency.

        :param company: the company of the books
        :param account: the deferred revenue account
        :param datetime.date date: a day of the month from which on it is counted
        :param str reason: why it is right
        :return: the accepted balances
        :raise UserError: where ledger and schedules agree
        :raise AccessError: where the user is no accountant, or not of the company
        """
        rows = self._get_unexplained(company, account)
        if not rows:
            raise UserError(self.env._("The ledger equals the schedules in %(account)s.", account=account.display_name))
        # sudo: nobody writes accepted balances by hand; the right to accept was checked above
        return self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "account_id": account.id,
                    "currency_id": currency_id,
                    "date": date,
                    "amount": amount,
                    "amount_currency": amount_currency,
                    "reason": reason,
                    "user_id": self.env.user.id,
                }
                for currency_id, amount, amount_currency in rows
            ]
        )

    def action_undo(self):
        """Count accepted balances no longer."""
        self._check_may_accept()
        self.check_access("read")
        # sudo: nobody writes accepted balances by hand; the right to undo was checked above
        self.sudo().write({"is_undone": True, "undone_user_id": self.env.user.id})
        return True
