from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import models
from odoo.fields import Command
from odoo.tools import format_date

from .recurring_contract_obligation import DAY


class Elsewhere(NamedTuple):
    """What another system billed and recognised of an obligation, in the company's currency and in its own."""

    billed: Decimal
    billed_currency: Decimal
    recognised: Decimal
    recognised_currency: Decimal


class RecurringContract(models.Model):
    """Contracts that another system has billed and recognised under the contract basis."""

    _inherit = "recurring.contract"

    def _get_opening_items(self):
        """Leave out what is recognised by contract: its opening balance is that of the contract."""
        return super()._get_opening_items().filtered(lambda item: not item._get_obligation_rule())

    def _open_contract_balances(self, obligations):
        """Book the balances with which obligations come from another system: billed less recognised there.

        One journal entry per currency and day, whatever the number of contracts.

        :param obligations: of items that another system has billed and recognised through a day
        """
        groups = defaultdict(list)
        for obligation in obligations:
            through = obligation.item_id.opening_recognised_through
            elsewhere = obligation._get_elsewhere(through)
            obligation._begin_with(elsewhere.recognised, elsewhere.recognised_currency, through + DAY)
            groups[obligation.company_id, obligation.currency_id, through].append((obligation, elsewhere))
        for (company, currency, through), rows in groups.items():
            moved = [
                (obligation, each)
                for obligation, each in rows
                if each.billed != each.recognised or each.billed_currency != each.recognised_currency
            ]
            move = self.env["account.move"]
            if moved:
                move = move.create(
                    self.with_company(company)._prepare_balance_move_values(company, currency, through, moved)
                )
                move._post(soft=False)
            obligations = self.env["recurring.obligation"].concat(*(obligation for obligation, _each in rows))
            obligations.schedule_ids.write({"is_opening": True, "date": through, "source_move_id": move.id})

    def _prepare_balance_move_values(self, company, currency, date, rows):
        """Return the values of the journal entry that opens contract balances.

        :param company: the company
        :param currency: of the contracts
        :param datetime.date date: the last day recognised elsewhere
        :param list rows: each obligation with its ``Elsewhere``
        :rtype: dict
        """
        company._check_recurring_revenue_locks(date, self.env._("Move the lock until the opening balances are in."))
        label = self.env._("Contract balances taken over on %(date)s", date=format_date(self.env, date))
        lines, sums = [], [Decimal(0), Decimal(0)]
        for obligation, each in rows:
            amounts = (each.recognised - each.billed, each.recognised_currency - each.billed_currency)
            sums = [total - amount for total, amount in zip(sums, amounts, strict=True)]
            lines.append(
                {
                    "account_id": obligation.allocation_id.balance_account_id.id,
                    "partner_id": obligation.contract_id.commercial_partner_id.id,
                    "recurring_obligation_id": obligation.id,
                    "balance": float(amounts[0]),
                    "amount_currency": float(amounts[1]),
                }
            )
        counterpart = company._get_recurring_opening_account()
        lines.append({"account_id": counterpart.id, "balance": float(sums[0]), "amount_currency": float(sums[1])})
        common = {"name": label, "currency_id": currency.id, "analytic_distribution": False}
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": company._get_recurring_revenue_journal().id,
            "date": date,
            "ref": label,
            "line_ids": [Command.create(common | line) for line in lines],
        }
