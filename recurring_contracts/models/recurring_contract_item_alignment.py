from odoo import api, fields, models

from ..domain import alignment
from ..domain.money import HUNDRED, ZERO, round_half_up, to_decimal
from ..domain.periods import Interval
from ..domain.quoting import term_value
from ..domain.terms import Segment
from .recurring_contract_item import RECURRING


class RecurringContractItem(models.Model):
    """An item whose end is aligned with others: one charge for the aligned stretch."""

    _inherit = "recurring.contract.item"

    is_aligned = fields.Boolean(
        "Aligned Stretch",
        readonly=True,
        copy=False,
        help="The item is charged once for all its days, up to an end that it shares with others. "
        "What follows it is billed by the plan's periods again.",
    )
    renewal_price_unit = fields.Float(
        "Price per Normal Period",
        min_display_digits="Product Price",
        readonly=True,
        copy=False,
        help="Price of one unit for one billing period of the plan, on which the next renewal is based.",
    )

    @api.model
    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"is_aligned", "renewal_price_unit"}

    def copy_data(self, default=None):
        """A copy is sold by normal periods again."""
        values = super().copy_data(default)
        for item, vals in zip(self, values, strict=True):
            if item.is_aligned:
                plan = item.contract_id.plan_id
                vals |= {name: plan[name] for name in self._get_plan_fields()}
                vals["price_unit"] = item.renewal_price_unit
        return values

    @api.depends("is_aligned")
    def _compute_billing_period_label(self):
        result = super()._compute_billing_period_label()
        for item in self.filtered("is_aligned"):
            item.billing_period_label = self.env._("Once for %(days)s days", days=item.billing_count)
        return result

    # === WHAT A STRETCH COSTS === #

    def _get_last_term(self):
        """Return the last term that the item was sold for, half-open.

        :rtype: tuple[datetime.date, datetime.date]
        """
        self.ensure_one()
        end = fields.Date.add(self.date_end, days=1)
        contract = self.contract_id
        start = alignment.last_term_start(contract.date_start, self.date_start, end, contract._get_term())
        return start, end

    def _get_term_price(self, segments=None):
        """Return what the item's last term costs at its last terms, after discount.

        :param dict segments: what ``_get_segments`` returned, where it was read already
        :rtype: Decimal
        """
        self.ensure_one()
        start, end = self._get_last_term()
        rounding = to_decimal(self.currency_id.rounding)
        last = [Segment(start, end, self._get_last_terms(segments))]
        return term_value(self._get_grid(), last, end, self.proration, rounding)

    def _get_renewal_basis(self, segments=None):
        """Return the price on which a renewal is based: of one unit for one normal billing period.

        For an aligned item it follows what was agreed for the stretch: a stretch that was amended
        to nine tenths of its first price is renewed at nine tenths of the normal one.
        """
        self.ensure_one()
        last = self._get_last_terms(segments).price
        if not self.is_aligned:
            return last
        basis = to_decimal(self.renewal_price_unit)
        known = (segments or self._get_segments())[self.id]
        first = known[0].terms.price if known else last
        if first in (last, ZERO):
            return basis
        return round_half_up(basis * last / first, to_decimal(self.currency_id.rounding))

    def _get_renewal_interval(self):
        """Return the normal billing period, as a domain ``Interval``."""
        self.ensure_one()
        return self.contract_id.plan_id._get_interval() if self.is_aligned else self._get_interval()

    def _get_alignment(self, date_end, segments=None, percent=None, by_rules=True):
        """Return what the item costs from its end to a common one.

        :param datetime.date date_end: the common last day in force
        :param dict segments: see ``_get_term_price``
        :param percent: the uplift as a Decimal; by default what the rules for renewals say
        :param bool by_rules: whether rules that ask for the current price list count; otherwise
            ``percent`` is on top of the old price
        :return: the first day and the length of the last term, its price, the first day and the
            length of the stretch, the uplift, the price of the stretch, the price of one normal
            period and where they come from
        :rtype: dict
        """
        self.ensure_one()
        start, end = self._get_last_term()
        rounding = to_decimal(self.currency_id.rounding)
        base, term_price = self._get_renewal_basis(segments), self._get_term_price(segments)
        renewed, note = self._get_renewal_price(segments)
        rule = self._get_renewal_percent()
        if by_rules and rule is None:
            # The price list decides: what the old term would have cost at its price.
            term_price = round_half_up(term_price * renewed / base, rounding) if base else ZERO
            base, rule = renewed, ZERO
        if percent is None:
            percent = rule
        if percent != rule:
            renewed = round_half_up(base * (HUNDRED + percent) / HUNDRED, rounding)
            note = self.env._("Agreed when the ends were aligned.")
        days, new_days = (end - start).days, (date_end - self.date_end).days
        return {
            "start": start,
            "days": days,
            "term_price": term_price,
            "new_start": end,
            "new_days": new_days,
            "percent": percent,
            "amount": alignment.aligned_amount(term_price, days, new_days, percent, rounding),
            "renewal_price": renewed,
            "note": note,
        }

    def _prepare_aligned_line_values(self, aligned, segments=None):
        """Return the values of the order line that carries the item on to the common end.

        :param dict aligned: see ``_get_alignment``
        :rtype: dict
        """
        self.ensure_one()
        terms = self._get_last_terms(segments)
        rounding = to_decimal(self.currency_id.rounding)
        price = ZERO
        if terms.quantity and terms.discount < HUNDRED:
            price = alignment.exact_unit_price(aligned["amount"], terms.quantity, terms.discount, rounding)
        product = self._get_renewal_product()
        return {
            "product_id": product.id,
            "product_uom_id": (self.product_uom_id if product == self.product_id else product.uom_id).id,
            "name": self._get_renewal_line_name(),
            "product_uom_qty": float(terms.quantity),
            "price_unit": float(price),
            "discount": float(terms.discount),
            "tax_ids": [fields.Command.set(terms.taxes)],
            "analytic_distribution": self.analytic_distribution,
            "recurring_date_start": aligned["new_start"],
            "recurring_stretch_days": aligned["new_days"],
            "recurring_renewal_price": float(aligned["renewal_price"]),
            "recurring_origin_item_ids": [fields.Command.set(self.ids)],
            "recurring_price_note": aligned["note"],
        }

    # === AFTER THE STRETCH === #

    def _prepare_normal_successor_values(self, date_end, segments):
        """Return the values of the item that follows this aligned one within its contract.

        :param datetime.date date_end: the last day in force of the successor
        :param dict segments: see ``_get_term_price``
        :rtype: dict
        """
        self.ensure_one()
        plan, terms = self.contract_id.plan_id, self._get_last_terms(segments)
        return {
            "contract_id": self.contract_id.id,
            "sequence": self.sequence,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "name": self.name,
            "charge_type": RECURRING,
            "quantity": float(terms.quantity),
            "price_unit": float(self._get_renewal_basis(segments)),
            "discount": float(terms.discount),
            "tax_ids": [fields.Command.set(terms.taxes)],
            "analytic_distribution": self.analytic_distribution,
            "origin_item_id": self.id,
            "renewable": self.renewable,
            "date_start": fields.Date.add(self.date_end, days=1),
            "date_end": date_end,
            **{name: plan[name] for name in self._get_plan_fields()},
            "free_periods": 0,
            "stub": "separate",
            **self._prepare_renewed_price_rule_values(),
        }

    @api.model
    def _get_stretch_interval(self, days):
        """Return the billing period of a stretch: one period of all its days."""
        return Interval("day", days)
