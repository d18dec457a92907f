import datetime
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models

from odoo.addons.recurring_contracts.domain.money import to_decimal

DAY = datetime.timedelta(days=1)


class Promised(NamedTuple):
    """What an item promises over its accounting terms from a day on, half-open; see ``_get_promised``."""

    start: datetime.date
    end: datetime.date
    price: Decimal
    standalone: Decimal
    segments: list
    prices: dict


class RecurringContract(models.Model):
    """Contracts whose revenue follows from what they promise: IFRS 15, ASC 606."""

    _inherit = "recurring.contract"

    revenue_allocation_id = fields.Many2one(
        "recurring.revenue.allocation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="account.group_account_invoice,account.group_account_readonly",
        help="The obligations of the contract and their shares of its price, where its revenue follows from the "
        "contract and not from invoices.",
    )
    obligation_count = fields.Integer(
        "Obligations",
        compute="_compute_obligation_count",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    def _compute_obligation_count(self):
        counts = dict(
            self.env["recurring.obligation"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.obligation_count = counts.get(contract, 0)

    def action_open_obligations(self):
        """Open the contract's allocation: its obligations, and what they share."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Obligations"),
            "res_model": "recurring.revenue.allocation",
            "res_id": self.revenue_allocation_id.id,
            "view_mode": "form",
        }

    # === START === #

    def _after_start(self):
        result = super()._after_start()
        self._open_obligations()
        return result

    def _open_obligations(self):
        """Make an allocation of each contract that has items under the contract basis.

        What another system has recognised through a day begins with what it has billed and recognised there.
        What was only billed there goes on as it was billed: on the invoice basis until a renewal.
        """
        # sudo: whoever starts a contract need not see the books that follow from it
        contracts = self.sudo().filtered(lambda contract: not contract.revenue_allocation_id)
        items = contracts.item_ids.filtered(
            lambda i: (not i.opening_billed_through or i.opening_recognised_through) and i._get_obligation_rule()
        )
        if not items:
            return
        segments = items._get_segments()
        Allocations = self.env["recurring.revenue.allocation"].sudo()
        opened = self.env["recurring.obligation"].sudo()
        for contract, contract_items in items.grouped("contract_id").items():
            allocation = Allocations.create(contract._prepare_allocation_values(contract_items))
            contract._write_protected({"revenue_allocation_id": allocation.id})
            elsewhere = contract_items.filtered("opening_recognised_through")
            starts = {
                item: item._get_accounting_start(item.opening_recognised_through + DAY, segments[item.id])
                for item in elsewhere
                if segments[item.id]
            }
            obligations = contract_items._open_terms(allocation, segments, starts)
            allocation._allocate()
            taken_over = obligations.filtered(lambda o, elsewhere=elsewhere: o.item_id in elsewhere)
            taken_over.is_taken_over = True
            opened |= taken_over
        contracts._open_contract_balances(opened)

    def _prepare_allocation_values(self, items):
        """Return the values of the allocation of one contract.

        :param items: its items under the contract basis
        """
        self.ensure_one()
        company = self.company_id
        account = company._get_recurring_setting("recurring_contract_liability_account_id")
        rule = items[0]._get_obligation_rule()
        return {
            "company_id": company.id,
            "currency_id": self.currency_id.id,
            "currency_rate": self.env["res.currency"]._get_conversion_rate(
                self.currency_id, company.currency_id, company, self.date_start
            ),
            "partner_id": self.partner_id.id,
            "date": self.date_start,
            "balance_account_id": (account or rule._get_deferred_account(company)).id,
        }

    def _check_can_cancel(self):
        # a contract that was never billed nor closed leaves nothing in the books
        # sudo: whoever may cancel the contract need not see the books
        obligations = self.sudo().revenue_allocation_id.obligation_ids.filtered(lambda o: o.contract_id in self)
        if not obligations.schedule_ids.entry_ids:
            obligations._withdraw()
        return super()._check_can_cancel()

    # === AMENDMENTS === #

    def _get_promised(self, dates):
        """Return what the contracts' items promise, within the terms whose obligations are open.

        The price is that of the whole term, the stand-alone selling price that of the days from the
        amendment on.

        :param dict dates: the day of the amendment, by contract id
        :return: a ``Promised`` by item; items whose terms have ended are left out
        :rtype: dict
        """
        items = self.item_ids.filtered(lambda item: item.obligation_ids or item._get_obligation_rule())
        segments = items._get_segments()
        promised = {}
        for contract, contract_items in items.grouped("contract_id").items():
            day = dates[contract.id]
            prices = self.env["recurring.ssp"]._find(
                contract_items.product_id, contract.currency_id, contract.company_id, day
            )
            for item in contract_items:
                known = segments[item.id]
                obligations = item.obligation_ids.filtered(lambda o, day=day: o._is_open_on(day))
                if obligations:
                    start = min(obligations.mapped("date_start"))
                    end = max(obligations.mapped("date_end")) + DAY
                elif known and not item.obligation_ids:
                    start = known[0].start
                    end = item._get_accounting_end(start, known)
                else:
                    continue
                standalone = item._get_standalone_over(known, max(day, start), end, day, prices)[2]
                price = item._get_transaction_price(known, start, end)
                promised[item] = Promised(start, end, price, standalone, known, prices)
        return promised

    # === RENEWAL === #

    def _extend_terms(self):
        """Open the next terms of contracts that were renewed or extended."""
        for contract in self:
            self._extend_obligations(contract.company_id, contract.date_end or fields.Date.today(), contract)

    @api.model
    def _extend_obligations(self, company, date, contract=None):
        """Open the next terms that have begun: of contracts that renewed, and of those without end.

        Each term is a contract of its own. Its obligations share its price by the prices of its first
        day.

        :param company: the company
        :param datetime.date date: the last day on which a term may begin
        :param contract: only this contract's
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT obligation.item_id, MAX(obligation.date_end)
              FROM recurring_obligation obligation
              JOIN recurring_contract_item item ON item.id = obligation.item_id
             WHERE obligation.company_id = %(company_id)s AND item.charge_type = 'recurring'
               AND obligation.active IS NOT FALSE
               AND (%(contract_id)s IS NULL OR obligation.contract_id = %(contract_id)s)
             GROUP BY obligation.item_id
            HAVING MAX(obligation.date_end) < %(date)s
               AND EXISTS (
                   SELECT FROM recurring_contract_segment segment
                    WHERE segment.item_id = obligation.item_id
                      AND COALESCE(segment.date_end, 'infinity') > MAX(obligation.date_end))
            """,
            {"company_id": company.id, "date": date, "contract_id": contract and contract.id},
        )
        last_days = dict(self.env.cr.fetchall())
        # sudo: who closes a month or renews a contract need not see the obligations that follow
        items = self.env["recurring.contract.item"].sudo().browse(last_days)
        segments = items._get_segments()
        for contract, contract_items in items.grouped("contract_id").items():
            allocation = contract.revenue_allocation_id
            covered = {item: last_days[item.id] + DAY for item in contract_items}
            while covered:
                opened = items.browse().concat(*covered)._open_terms(allocation, segments, covered)
                opened._allocate_price(to_decimal(contract.currency_id.rounding), {})
                covered = {
                    obligation.item_id: obligation.date_end + DAY for obligation in opened if obligation.date_end < date
                }
