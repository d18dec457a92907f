from odoo import fields, models
from odoo.exceptions import UserError

from .res_company import LIABILITIES


class ResCompany(models.Model):
    _inherit = "res.company"

    recurring_contract_liability_account_id = fields.Many2one(
        "account.account",
        "Contract Balance Account",
        check_company=True,
        domain=LIABILITIES,
        help="Invoices and recognised revenue of contracts under the contract basis meet here: a credit balance is a "
        "contract liability. Empty: the account of deferred revenue.",
    )
    recurring_contract_asset_account_id = fields.Many2one(
        "account.account",
        "Contract Asset Account",
        check_company=True,
        domain="[('account_type', '=', 'asset_current')]",
        help="At the end of a month, what contracts under the contract basis have earned and not invoiced stands here "
        "until the next day.",
    )

    def _get_recurring_contract_asset_account(self):
        """Return where closes show contract assets.

        :raise UserError: where the company has none
        """
        account = self._get_recurring_setting("recurring_contract_asset_account_id")
        if not account:
            raise UserError(
                self.env._(
                    "%(company)s has earned more on a contract than it has invoiced, and has no account for contract "
                    "assets. Choose one in the Invoicing settings.",
                    company=self.display_name,
                )
            )
        return account

    def _get_recurring_exchange_account(self, is_gain):
        """Return where exchange differences of contract assets go: the company's own accounts for them.

        :param bool is_gain: whether it is a gain
        :raise UserError: where the company has none
        """
        name = "income_currency_exchange_account_id" if is_gain else "expense_currency_exchange_account_id"
        account = self[name] or self.root_id[name]
        if not account:
            raise UserError(
                self.env._(
                    "%(company)s has no account for exchange gains and losses. Choose them in the Invoicing settings.",
                    company=self.display_name,
                )
            )
        return account
