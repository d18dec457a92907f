from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import to_decimal


class RecurringRevenueAllocation(models.Model):
    """A contract as the standard sees it: one contract or several signed together, its price and its obligations."""

    _name = "recurring.revenue.allocation"
    _description = "Revenue Allocation"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(compute="_compute_name", store=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    currency_rate = fields.Float(
        digits=0, readonly=True, default=1.0, help="Units of the company's currency for one, when the contract began."
    )
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True)
    date = fields.Date("Inception", required=True, readonly=True)
    contract_ids = fields.One2many("recurring.contract", "revenue_allocation_id", "Contracts", readonly=True)
    obligation_ids = fields.One2many("recurring.obligation", "allocation_id", "Obligations", readonly=True)
    change_ids = fields.One2many("recurring.obligation.change", "allocation_id", "Changes", readonly=True)
    balance_account_id = fields.Many2one(
        "account.account", "Contract Balance Account", required=True, readonly=True, ondelete="restrict"
    )
    month_ids = fields.One2many("recurring.contract.balance", "allocation_id", "Month Ends", readonly=True)
    price = fields.Monetary(
        "Transaction Price", compute="_compute_sums", help="The sum of the stated prices, over the accounting term."
    )
    share = fields.Monetary("Allocated", compute="_compute_sums")
    billed = fields.Monetary(compute="_compute_balance", help="On posted invoices, without tax.")
    recognised = fields.Monetary(compute="_compute_balance")
    balance = fields.Monetary(
        compute="_compute_balance",
        help="Billed less recognised. Above zero: a contract liability. Below zero: a contract asset.",
    )

    @api.depends("contract_ids.name")
    def _compute_name(self):
        for allocation in self:
            allocation.name = ", ".join(allocation.contract_ids.sorted("id").mapped("name")) or "/"

    @api.depends("obligation_ids.price", "obligation_ids.share")
    def _compute_sums(self):
        for allocation in self:
            allocation.price = sum(allocation.obligation_ids.mapped("price"))
            allocation.share = sum(allocation.obligation_ids.mapped("share"))

    def _compute_balance(self):
        sums = self._get_balances()
        for allocation in self:
            billed, recognised = sums.get(allocation.id, (0.0, 0.0))
            allocation.billed, allocation.recognised = billed, recognised
            allocation.balance = billed - recognised

    def _get_balances(self):
        """Return what was billed and recognised of each, in its own currency, before the contract basis as well.

        :rtype: dict[int, tuple[float, float]]
        """
        if not self.ids:
            return {}
        self.env["account.move.line"].flush_model(["amount_currency", "parent_state", "recurring_obligation_id"])
        self.env["recurring.obligation"].flush_model(["allocation_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT allocation_id, SUM(billed)::float, SUM(recognised)::float
                  FROM (
                        SELECT obligation.allocation_id, -line.amount_currency AS billed, 0 AS recognised
                          FROM account_move_line line
                          JOIN recurring_obligation obligation ON obligation.id = line.recurring_obligation_id
                         WHERE line.parent_state = 'posted' AND obligation.allocation_id = ANY(%(ids)s)
                         UNION ALL
                        SELECT obligation.allocation_id, schedule.opening_recognised_currency,
                               schedule.recognised_currency
                          FROM recurring_revenue_schedule schedule
                          JOIN recurring_obligation obligation ON obligation.id = schedule.obligation_id
                         WHERE obligation.allocation_id = ANY(%(ids)s)
                       ) moved
                 GROUP BY allocation_id
                """,
                ids=self.ids,
            )
        )
        return {allocation_id: (billed, recognised) for allocation_id, billed, recognised in rows}

    # === COMBINE === #

    def _check_can_reallocate(self):
        """Refuse to share the price anew once revenue was recognised, or after a change.

        :raise UserError: naming the contract and the remedy
        """
        for allocation in self:
            if allocation.obligation_ids.schedule_ids.entry_ids or allocation.change_ids:
                raise UserError(
                    self.env._(
                        "Revenue of %(contract)s was recognised, or the contract was amended: its allocation stands. "
                        "A change of its items shares the rest anew.",
                        contract=allocation.display_name,
                    )
                )

    @api.model
    def _combine(self, allocations):
        """Make one allocation of several, for contracts that were negotiated together (IFRS 15.17).

        :param allocations: of one customer, company and currency, none of which has recognised revenue
        :return: the first one, which holds all contracts
        :raise UserError: where they cannot be combined
        """
        allocations._check_can_reallocate()
        first, *others = allocations.sorted("id")
        for other in others:
            same = (
                all(first[name] == other[name] for name in ("company_id", "currency_id", "balance_account_id"))
                and first.partner_id.commercial_partner_id == other.partner_id.commercial_partner_id
            )
            if not same:
                raise UserError(
                    self.env._(
                        "%(one)s and %(other)s are not of the same customer, company, currency and account: only "
                        "contracts with one customer are combined.",
                        one=first.display_name,
                        other=other.display_name,
                    )
                )
        rest = self.browse([other.id for other in others])
        rest.obligation_ids.write({"allocation_id": first.id})
        # sudo: accountants do not write contracts; only the link to the allocation that they may write is set
        rest.contract_ids.sudo()._write_protected({"revenue_allocation_id": first.id})
        rest.unlink()
        first._allocate()
        return first

    # === ALLOCATE === #

    def _allocate(self, bears_discount=None):
        """Share the transaction price among the obligations anew, and book the shares to their schedules.

        :param dict bears_discount: whether each obligation takes part in the discount, by its id
        """
        for allocation in self:
            allocation.obligation_ids._allocate_price(to_decimal(allocation.currency_id.rounding), bears_discount or {})

    def action_allocate(self):
        """Open the wizard that shares the price anew or combines contracts."""
        self._check_can_reallocate()
        return self.env["recurring.revenue.allocate"]._open(self)

    def action_open_obligations(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_obligation_action")
        return action | {"domain": [("allocation_id", "in", self.ids)], "context": {}}
