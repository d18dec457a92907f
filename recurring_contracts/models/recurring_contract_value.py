from dataclasses import replace

from odoo import api, fields, models

from ..domain.money import ZERO, to_decimal
from ..domain.proration import NONE
from ..domain.quoting import term_value


class RecurringContract(models.Model):
    """What a contract is worth: in a year as things stand, and over its term."""

    _inherit = "recurring.contract"

    arr = fields.Monetary(
        "ARR",
        currency_field="company_currency_id",
        compute="_compute_arr",
        store=True,
        help="Annual recurring revenue: twelve times the MRR of today, in the company's currency.",
    )
    contract_value = fields.Monetary(
        compute="_compute_contract_value",
        store=True,
        help="Untaxed: what is charged once, and all billing periods from the contract's first day to its "
        "end, in its currency. Without usage and deposits. Nothing where no end is decided.",
    )
    remaining_value = fields.Monetary(
        compute="_compute_remaining_value",
        help="The part of the contract value that falls on today and later days.",
    )

    @api.depends("mrr")
    def _compute_arr(self):
        for contract in self:
            contract.arr = 12 * contract.mrr

    @api.depends("state")
    def _compute_contract_value(self):
        values = self._get_contract_values()
        for contract in self:
            contract.contract_value = values[contract]

    @api.depends("contract_value")
    def _compute_remaining_value(self):
        for company, contracts in self.grouped("company_id").items():
            values = contracts._get_contract_values(since=(company or self.env.company)._recurring_today())
            for contract in contracts:
                contract.remaining_value = values[contract]

    def _get_contract_values(self, since=None):
        """Return what the contracts cost to their end, untaxed, in their currencies.

        The journal says what and until when, not what is shown of today.

        :param datetime.date since: leaves out earlier days; from the first day by default
        :return: the amount (float) by contract; 0 where no end is decided, and for drafts
        :rtype: dict
        """
        values = dict.fromkeys(self, 0.0)
        started = self.filtered(lambda c: c.state not in ("draft", "cancelled"))
        # What the items of all contracts refer to is read once.
        everything = started.item_ids._ids
        segments = started.item_ids._get_segments()
        for contract in started:
            items = contract.item_ids.with_prefetch(everything)
            ends = {segments[item.id][-1].end for item in items if segments[item.id] and not item._is_open_ended()}
            if ends and None not in ends:
                total = sum((item._get_value(segments[item.id], since) for item in items), ZERO)
                values[contract] = float(total)
        return values


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    def _get_value(self, segments, since=None):
        """Return what the item costs over its segments, untaxed; nothing of usage and deposits.

        :param list[Segment] segments: its terms over time, each with an end where it is recurring
        :param datetime.date since: leaves out earlier days, and what was charged once before
        :return: in the contract's currency
        :rtype: Decimal
        """
        self.ensure_one()
        rounding = to_decimal(self.currency_id.rounding)
        if not segments or self.charge_type == "usage" or self.is_deposit:
            return ZERO
        if self.charge_type == "one_time":
            owed = not since or segments[0].start >= since
            return self._get_untaxed(segments[0].terms.whole(rounding)) if owed else ZERO
        grid = self._get_grid()
        if since and self.proration == NONE:
            # A period is owed whole with its first day.
            period = grid.period_at(since)
            since = since if period.start == since else period.end
        live = []
        for segment in segments:
            start = max(segment.start, since or segment.start)
            if start < segment.end and not segment.terms.suspended:
                live.append(replace(segment, start=start))
        if not live:
            return ZERO
        return self._get_untaxed(term_value(grid, live, live[-1].end, self.proration, rounding))

    def _get_untaxed(self, amount):
        """Return an amount in the tax basis of the item's price without taxes."""
        return self.tax_ids._get_recurring_untaxed(amount, self.currency_id)

    def _on_terms_changed(self, first_changes):
        result = super()._on_terms_changed(first_changes)
        contracts = self.contract_id
        self.env.add_to_compute(contracts._fields["contract_value"], contracts)
        return result
