from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..domain.modification import Change
from .recurring_contract_obligation import DAY


class RecurringAccountingDecision(models.Model):
    """Another accounting term: until when neither side may leave without a substantive penalty (IFRS 15.11)."""

    _inherit = "recurring.accounting.decision"

    def _apply_term(self):
        """Let the obligations end with the new term; what is not recognised is spread over what remains of it.

        :raise UserError: where the term would end before it begins, or a later term is open already
        """
        contract = self.contract_id
        self._check_term()
        known = contract.revenue_allocation_id.obligation_ids.filtered(
            lambda o: o.contract_id == contract and o.item_id.charge_type == "recurring" and o.date_end >= self.date
        )
        dates = {contract.id: self.date}
        before = contract._get_promised(dates)
        ends = {obligation: obligation.date_end for obligation in known}
        contract._write_protected({"accounting_term": self.term_after, "accounting_term_end": self.term_end_after})
        segments = known.item_id._get_segments()
        for obligation in known:
            day = max(self.date, obligation.date_start)
            end = obligation.item_id._get_accounting_end(day, segments[obligation.item_id.id]) - DAY
            # Also of an item that ended before: what is decided from a day on leaves that day in its term.
            obligation.date_end = max(end, day)
        after = contract._get_promised(dates)
        changes = {}
        for item in known.item_id:
            price = after[item].price - before[item].price
            standalone = after[item].standalone - before[item].standalone
            if price or standalone:
                changes[item] = Change(price, standalone, price < 0)
        self._spread_over_term(changes, after)
        for change in self.change_ids:
            change.date_end_before = ends.get(change.obligation_id)

    def _spread_over_term(self, changes, after):
        """Spread what remains anew; what is measured by steps is one whole and is caught up."""
        whole = {item: change for item, change in changes.items() if not item.obligation_ids[-1:]._is_distinct()}
        if whole:
            self._catch_up(whole, after)
        spread = {item: change for item, change in changes.items() if item not in whole}
        if spread:
            self._spread_anew(spread, after)

    def _check_term(self):
        contract = self.contract_id
        if self.term_after == "date" and (not self.term_end_after or self.term_end_after < self.date):
            raise UserError(
                self.env._(
                    "%(contract)s: enter until when the customer is bound, a day on or after %(date)s.",
                    contract=contract.display_name,
                    date=format_date(self.env, self.date),
                )
            )
        if self.date < contract.date_start:
            raise UserError(
                self.env._(
                    "%(contract)s starts on %(date)s. Choose that day or a later one.",
                    contract=contract.display_name,
                    date=format_date(self.env, contract.date_start),
                )
            )
        later = contract.revenue_allocation_id.obligation_ids.filtered(
            lambda o: o.contract_id == contract and o.date_start > self.date
        )
        if later:
            raise UserError(
                self.env._(
                    "%(contract)s: obligations from %(date)s on are open already. Choose a day in their term.",
                    contract=contract.display_name,
                    date=format_date(self.env, min(later.mapped("date_start"))),
                )
            )

    def _undo_term(self):
        ends = {change.obligation_id: change.date_end_before for change in self.change_ids if change.date_end_before}
        self.change_ids._undo()
        for obligation, end in ends.items():
            obligation.date_end = end
        self.contract_id._write_protected(
            {"accounting_term": self.term_before, "accounting_term_end": self.term_end_before}
        )

    def _check_can_undo(self):
        result = super()._check_can_undo()
        obligations = self._get_obligations()
        later = self.contract_id.revenue_allocation_id.obligation_ids.filtered(
            lambda o: o.item_id in obligations.item_id and o not in obligations and o.date_start > self.date
        )
        if self.kind == "term" and later:
            raise UserError(
                self.env._(
                    "%(decision)s cannot be undone: obligations of the next term, from %(date)s on, are open already. "
                    "Decide on another term from a day in it.",
                    decision=self.display_name,
                    date=format_date(self.env, min(later.mapped("date_start"))),
                )
            )
        return result
