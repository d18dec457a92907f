import datetime
import json
from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal

from .recurring_revenue_rule import CUTOFF


class RecurringContract(models.Model):
    _inherit = "recurring.contract"

    schedule_count = fields.Integer(
        "Revenue Schedules",
        compute="_compute_schedule_count",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    def _compute_schedule_count(self):
        counts = dict(
            self.env["recurring.revenue.schedule"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.schedule_count = counts.get(contract, 0)

    def action_open_recurring_schedules(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_schedule_action")
        return action | {"domain": [("contract_id", "in", self.ids)], "context": {}}

    def _check_can_cancel(self):
        result = super()._check_can_cancel()
        # sudo: whoever may cancel the contract need not see the books
        schedule = (
            self.env["recurring.revenue.schedule"]
            .sudo()
            .search([("contract_id", "in", self.ids), ("state", "!=", "cancelled")], limit=1)
        )
        if schedule:
            raise UserError(
                self.env._(
                    "Revenue of %(contract)s is in the books (%(entry)s). End the contract instead.",
                    contract=schedule.contract_id.display_name,
                    entry=schedule.source_move_id.display_name,
                )
            )
        return result

    # === OPENING === #

    def _after_start(self):
        result = super()._after_start()
        for company, contracts in self.grouped("company_id").items():
            contracts.with_company(company)._open_deferred_revenue(company)
        return result

    def _open_deferred_revenue(self, company):
        """Book what another system billed and has not recognised as deferred revenue.

        One journal entry per currency and day, whatever the number of contracts; a schedule for
        each opening charge.

        :param company: the company of the contracts
        """
        items = self._get_opening_items()
        if not items:
            return
        charges = self.env["recurring.charge"].search(
            [("item_id", "in", items.ids), ("kind", "=", "opening"), ("is_void", "=", False)]
        )
        groups = defaultdict(list)
        for charge in charges.with_context(lang=self._in_language_of(company).env.lang):
            values = charge._prepare_opening_schedule_values()
            if values and (values["remaining"] or values["remaining_currency"]):
                groups[values["currency_id"], values["date"], values["booking"]].append(values)
        moves = self.env["account.move"].create(
            [
                self._prepare_opening_move_values(company, currency_id, date, schedules)
                for (currency_id, date, _booking), schedules in groups.items()
            ]
        )
        moves._post(soft=False)
        for move, schedules in zip(moves, groups.values(), strict=True):
            for values in schedules:
                values["source_move_id"] = move.id
        self.env["recurring.revenue.schedule"].with_context(tracking_disable=True, mail_create_nolog=True).create(
            [values for schedules in groups.values() for values in schedules]
        )
        self._take_back_openings(company, moves, groups)

    def _take_back_openings(self, company, moves, groups):
        """Post on the next day what puts openings under cut-off booking into revenue, where closes find it.

        :param moves: the opening entries
        :param dict groups: the values of the schedules of each, in the same order, by currency, day and booking
        """
        reversals = self.env["account.move"].create(
            [
                self._prepare_opening_reversal_values(company, move, currency_id, schedules)
                for move, ((currency_id, _date, booking), schedules) in zip(moves, groups.items(), strict=True)
                if booking == CUTOFF
            ]
        )
        reversals._post(soft=False)

    def _get_opening_items(self):
        """Return the items whose revenue another system has recognised through a day.

        Hook: other addons leave out what they open otherwise.
        """
        return self.item_ids.filtered("opening_recognised_through")

    def _prepare_opening_move_values(self, company, currency_id, date, schedules):
        """Return the values of the journal entry that opens deferred revenue.

        :param company: the company
        :param int currency_id: the currency of the schedules
        :param datetime.date date: the last day recognised elsewhere
        :param list[dict] schedules: values of the schedules
        :rtype: dict
        """
        company._check_recurring_revenue_locks(date, self.env._("Move the lock until the opening balances are in."))
        label = self._get_opening_label(company, date)
        lines = self._sum_opening(schedules, "deferred_account_id")
        counterpart = company._get_recurring_opening_account()
        totals = [-sum(amounts) for amounts in zip(*(line[2:] for line in lines), strict=True)]
        lines.append((counterpart.id, False, *totals))
        return self._prepare_opening_entry_values(company, currency_id, date, label, lines)

    def _prepare_opening_reversal_values(self, company, move, currency_id, schedules):
        """Return the values of the journal entry that takes an opening under cut-off booking back the next day.

        :param move: the entry that opened deferred revenue
        :param list[dict] schedules: values of its schedules
        :rtype: dict
        """
        date = move.date + datetime.timedelta(days=1)
        company._check_recurring_revenue_locks(date, self.env._("Move the lock until the opening balances are in."))
        env = self._in_language_of(company).env
        label = env._("Reversal: %(reference)s", reference=self._get_opening_label(company, move.date))
        lines = self._sum_opening(schedules, "revenue_account_id")
        for account_id, analytic, *amounts in self._sum_opening(schedules, "deferred_account_id"):
            lines.append((account_id, analytic, *(-amount for amount in amounts)))
        values = self._prepare_opening_entry_values(company, currency_id, date, label, lines)
        return values | {"reversed_entry_id": move.id}

    def _in_language_of(self, company):
        """Return the contracts in the language of the company's books."""
        return self.with_context(lang=company.partner_id.lang or self.env.lang)

    def _get_opening_label(self, company, date):
        env = self._in_language_of(company).env
        return env._("Deferred revenue taken over on %(date)s", date=format_date(env, date))

    def _sum_opening(self, schedules, account_field):
        """Sum what schedules have left by account and analytic distribution.

        :param list[dict] schedules: values of schedules
        :param str account_field: which of their accounts is credited
        :return: account, analytic distribution, balance and amount in currency
        :rtype: list[tuple]
        """
        sums = defaultdict(lambda: [ZERO, ZERO])
        for values in schedules:
            analytic = json.dumps(values["analytic_distribution"] or False, sort_keys=True)
            group = sums[values[account_field], analytic]
            group[0] -= to_decimal(values["remaining"])
            group[1] -= to_decimal(values["remaining_currency"])
        return [(account_id, json.loads(analytic), *amounts) for (account_id, analytic), amounts in sums.items()]

    def _prepare_opening_entry_values(self, company, currency_id, date, label, lines):
        """Return the values of a journal entry of deferred revenue taken over.

        :param list[tuple] lines: account, analytic distribution, balance and amount in currency
        :rtype: dict
        """
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": company._get_recurring_revenue_journal().id,
            "date": date,
            "ref": label,
            "line_ids": [
                Command.create(
                    {
                        "name": label,
                        "account_id": account_id,
                        "currency_id": currency_id,
                        "balance": float(balance),
                        "amount_currency": float(amount_currency),
                        "analytic_distribution": analytic,
                    }
                )
                for account_id, analytic, balance, amount_currency in lines
            ],
        }
