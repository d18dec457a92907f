import datetime
from dataclasses import replace

from dateutil.relativedelta import relativedelta

from odoo import fields, models

from odoo.addons.recurring_billing.domain import charging
from odoo.addons.recurring_contracts.domain.money import HUNDRED, ZERO, to_decimal

from ..domain import allocation
from ..domain.recognition import AT_ONCE, CUSTOM, STEPPED

DAY = datetime.timedelta(days=1)


class RecurringContractItem(models.Model):
    """What an item costs over the accounting term: as agreed, and alone."""

    _inherit = "recurring.contract.item"

    obligation_ids = fields.One2many("recurring.obligation", "item_id", "Obligations", readonly=True)

    def _get_obligation_rule(self):
        """Return the revenue rule that makes the item an obligation of its contract, empty where none does.

        Usage is recognised as invoiced, and a deposit is no revenue.
        """
        self.ensure_one()
        rule = self.product_id.product_tmpl_id._get_recurring_revenue_rule(self.company_id)
        is_promise = self.charge_type in ("recurring", "one_time") and not self.is_deposit
        return rule if is_promise and rule.basis == "contract" else rule.browse()

    def _get_accounting_end(self, start, segments):
        """Return the day after the accounting term that holds a day.

        The term ends where the customer may leave without substantive penalty (IFRS 15.11): with the
        item, or as the contract's accounting term says. A notice period is served out to the end of its
        last billing period. What is charged once is a promise of its first day.

        :param datetime.date start: the first day of the term
        :param list[Segment] segments: the item's terms over time
        :rtype: datetime.date
        """
        self.ensure_one()
        if self.charge_type != "recurring":
            return self._get_one_time_end(start)
        end = segments[-1].end if segments else start + DAY
        is_by_notice, limit = self.contract_id._get_accounting_limit(start)
        if is_by_notice or not (end or limit):
            limit = self._get_grid().period_at(limit or start).end
        return min(filter(None, (end, limit)))

    def _get_accounting_start(self, day, segments):
        """Return the first day of the accounting term that holds a day.

        :param datetime.date day: a day on which the item is in force
        :param list[Segment] segments: the item's terms over time
        :rtype: datetime.date
        """
        self.ensure_one()
        contract, start = self.contract_id, segments[0].start
        if self.charge_type != "recurring":
            return start
        if contract.accounting_term == "agreed" and contract.date_end and contract._get_term():
            return max(start, contract._get_renewal_grid().period_at(day).start)
        while (end := self._get_accounting_end(start, segments)) <= day and end > start:
            start = end
        return start

    def _get_one_time_end(self, start):
        """Return the day after what is charged once was rendered: with its first day, unless it takes steps.

        Periods with percentages of their own count from the first day. Milestones and progress take until
        the contract ends, where it does; they are reported whenever they are reached.

        :param datetime.date start: the item's first day
        :rtype: datetime.date
        """
        rule = self._get_obligation_rule()
        if rule.method == CUSTOM:
            return start + relativedelta(months=rule._get_step_months())
        if rule._is_by_progress() and self.contract_id.date_end:
            return max(start, self.contract_id.date_end) + DAY
        return start + DAY

    def _get_active_ranges(self, segments, start, end):
        """Return the ranges of days in ``[start, end)`` on which the item is in force and not suspended."""
        ranges = []
        for segment in segments:
            low, high = max(segment.start, start), min(segment.end or end, end)
            if low < high and not segment.terms.suspended:
                if ranges and ranges[-1][1] == low:
                    ranges[-1] = (ranges[-1][0], high)
                else:
                    ranges.append((low, high))
        return ranges

    def _get_price_over(self, segments, start, end):
        """Return what the item is charged for the days of ``[start, end)`` at some terms, without tax.

        It is the billing engine's sum: what invoices will bear, to the cent.

        :param list[Segment] segments: the item's terms over time
        :rtype: Decimal
        """
        self.ensure_one()
        clipped = [
            replace(segment, start=max(segment.start, start), end=min(segment.end or end, end))
            for segment in segments
            if segment.start < end and (not segment.end or segment.end > start)
        ]
        if not clipped:
            return ZERO
        billing = replace(self._get_billing(), floor=None)
        pieces = charging.charge(billing, clipped, [], end).pieces
        return sum((self._get_net(piece.amount, piece.terms.taxes) for piece in pieces), ZERO)

    def _get_transaction_price(self, segments, start, end):
        """Return what the customer owes for the item over an accounting term, without tax (IFRS 15.47).

        Days may be owed on which the item is not in force, such as to the end of the term after an early
        end, and days in force may be free. What is owed after a term in which the item ends belongs to it.

        :param list[Segment] segments: the item's terms over time
        :param datetime.date start: the first day of the term
        :param datetime.date end: the day after it
        :rtype: Decimal
        """
        self.ensure_one()
        owed = self._get_owed(segments)
        if owed and owed[-1].end and segments[-1].end and segments[-1].end <= end:
            end = max(end, owed[-1].end)
        if self.charge_type != "recurring":
            return self._get_price_over(owed, start, end)
        # a term that begins within a billing period has the rest of what is billed for it, to the cent
        first = self._get_grid().period_at(start).start
        return self._get_price_over(owed, first, end) - self._get_price_over(owed, first, start)

    def _get_net(self, amount, tax_ids):
        """Return an amount without the taxes that are inside the price."""
        taxes = self.env["account.tax"].browse(tax_ids)
        if not any(taxes.flatten_taxes_hierarchy().mapped("price_include")):
            return amount
        result = taxes.compute_all(float(amount), currency=self.currency_id, product=self.product_id)
        return to_decimal(result["total_excluded"])

    def _get_standalone_over(self, segments, start, end, date, prices):
        """Return what the days of ``[start, end)`` would cost if the item were sold alone.

        :param list[Segment] segments: the item's terms over time
        :param datetime.date date: the day whose stand-alone selling prices count
        :param dict prices: what ``recurring.ssp._find`` returned
        :return: how the price was found, the price record, and the amount (zero where residual)
        :rtype: tuple[str, recurring.ssp, Decimal]
        """
        self.ensure_one()
        candidates = prices.get(self.product_id, self.env["recurring.ssp"])
        ssp = candidates.filtered(lambda p: p.plan_id in (p.plan_id.browse(), self.contract_id.plan_id))[:1]
        in_force = next(
            (s.terms for s in segments if s.covers(max(start, date))), segments[0].terms if segments else None
        )
        if not in_force:
            return allocation.LIST, ssp, ZERO
        stated = self._get_net(in_force.price * (HUNDRED - in_force.discount) / HUNDRED, in_force.taxes)
        if ssp:
            method, unit = ssp.method, ssp._get_unit_price(self, stated)
            if unit is None:
                return method, ssp, ZERO
        else:
            method, unit = allocation.LIST, self._get_listed_price(in_force, date)
        alone = [
            replace(segment, terms=replace(segment.terms, price=unit, discount=ZERO, taxes=())) for segment in segments
        ]
        return method, ssp, self._get_price_over(alone, start, end)

    def _get_listed_price(self, terms, date):
        """Return what one unit is listed for in one billing period, in the contract's currency and without tax."""
        listed = self.env["product.pricelist"]._get_recurring_price(
            self.product_id,
            1.0,
            plan=self.contract_id.plan_id,
            uom=self.product_uom_id,
            currency=self.currency_id,
            date=date,
        )
        return self._get_net(to_decimal(self.currency_id.round(listed)), terms.taxes)

    def _prepare_obligation_values(self, start, end, segments, prices, **values):
        """Return the values of the obligation that the item is over ``[start, end)``; its share is open.

        :param list[Segment] segments: the item's terms over time
        :param dict prices: what ``recurring.ssp._find`` returned
        """
        self.ensure_one()
        rule = self._get_obligation_rule()
        accounts = self.with_company(self.company_id).product_id.product_tmpl_id.get_product_accounts(
            self.contract_id.fiscal_position_id
        )
        method, ssp, standalone = self._get_standalone_over(segments, start, end, start, prices)
        return {
            "contract_id": self.contract_id.id,
            "item_id": self.id,
            "rule_id": rule.id,
            "revenue_account_id": accounts["income"].id,
            "date": start,
            "date_start": start,
            "date_end": end - DAY,
            "method": rule.method if self.charge_type == "recurring" or rule.method in STEPPED else AT_ONCE,
            "price": float(self._get_transaction_price(segments, start, end)),
            "ssp_id": ssp.id,
            "ssp_method": method,
            "standalone": float(standalone),
            **values,
        }

    def _open_terms(self, allocation, segments, starts=None):
        """Create the obligations of the items' next accounting terms, without their shares.

        :param allocation: the allocation that they belong to
        :param dict segments: see ``_get_segments``
        :param dict starts: the first day of the term by item; the item's first day by default
        :return: the obligations; none for items that are not in force any more
        """
        prices = {}
        values = []
        for item in self:
            known = segments[item.id]
            from_day = (starts or {}).get(item)
            later = [s for s in known if not s.end or not from_day or s.end > from_day]
            if not later:
                continue
            start = max(later[0].start, from_day or later[0].start)
            if start not in prices:
                prices[start] = self.env["recurring.ssp"]._find(
                    self.product_id, allocation.currency_id, allocation.company_id, start
                )
            end = item._get_accounting_end(start, known)
            values.append(
                item._prepare_obligation_values(start, end, known, prices[start], allocation_id=allocation.id)
            )
        return self.env["recurring.obligation"].create(values)
