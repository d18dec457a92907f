from odoo import fields, models
from odoo.tools import formatLang

from ..domain import renewal
from ..domain.money import ZERO, to_decimal


class RecurringContractItem(models.Model):
    """What an item becomes in a renewal, and where its new price comes from."""

    _name = "recurring.contract.item"
    _inherit = ["recurring.contract.item", "recurring.uplift.mixin"]

    def _get_renewal_product(self):
        """Return the product that the renewal sells: the successor, or the same again."""
        self.ensure_one()
        return self.product_id.recurring_renewal_product_id or self.product_id

    def _get_last_terms(self, segments=None):
        """Return the terms of the item's last day in force, as a domain ``Terms``.

        :param dict segments: what ``_get_segments`` returned, where it was read already
        """
        self.ensure_one()
        return self._get_terms_on(self.date_end, segments) or self._get_current_terms()

    def _get_renewal_offer(self, price, segments=None):
        """Return the line that renews this item, as a domain ``Offer``.

        :param Decimal price: the renewed price
        :param dict segments: see ``_get_last_terms``
        """
        self.ensure_one()
        terms = self._get_last_terms(segments)
        product = self._get_renewal_product()
        same = product == self.product_id
        return renewal.Offer(
            product=(product.id, (self.product_uom_id if same else product.uom_id).id),
            quantity=terms.quantity,
            price=price,
            discount=terms.discount,
            taxes=terms.taxes,
            start=fields.Date.add(self.date_end, days=1),
            origins=(self.id,),
        )

    def _get_renewal_line_name(self):
        """Return the description on the renewal, in the customer's language."""
        self.ensure_one()
        product = self._get_renewal_product()
        if product == self.product_id:
            return self.name
        return product.with_context(lang=self.partner_id.lang).get_product_multiline_description_sale()

    def _get_uplift_layers(self):
        """Return the records that may say how the price changes, nearest first, with their names.

        Hook: other addons extend it to add a layer.

        :rtype: list[tuple]
        """
        self.ensure_one()
        contract = self.contract_id
        return [
            (self, self.env._("the item")),
            (contract, self.env._("the contract")),
            (contract.commercial_partner_id, self.env._("the customer")),
            (contract.plan_id, self.env._("the plan")),
            (contract.company_id, self.env._("the company")),
        ]

    def _get_renewal_price(self, segments=None):
        """Return the price of the renewal and where it comes from, in words.

        :param dict segments: see ``_get_last_terms``
        :return: the price of one unit for one billing period, and a sentence
        :rtype: tuple[Decimal, str]
        """
        self.ensure_one()
        old = self._get_renewal_basis(segments)
        if self._get_renewal_product() != self.product_id:
            return self._get_renewal_list_price(), self.env._("Price list, since another product is renewed.")
        for record, name in self._get_uplift_layers():
            if record.recurring_uplift_mode:
                return self._get_uplifted_price(old, record, name)
        return old, self.env._("Price unchanged.")

    def _get_renewal_percent(self):
        """Return the uplift in percent as a Decimal, or ``None`` where the price list decides."""
        self.ensure_one()
        if self._get_renewal_product() != self.product_id:
            return None
        for record, _name in self._get_uplift_layers():
            if record.recurring_uplift_mode:
                return self._get_rule_percent(record)
        return ZERO

    def _get_rule_percent(self, record):
        """Return the percentage that the rule of one layer asks for; see ``_get_renewal_percent``."""
        if record.recurring_uplift_mode == "pricelist":
            return None
        if record.recurring_uplift_mode == "index":
            index = record.recurring_uplift_index_id
            return index._get_percent(self.date_start, fields.Date.add(self.date_end, days=1))
        return to_decimal(record.recurring_uplift_percent)

    def _get_uplifted_price(self, old, record, layer):
        """Apply the rule of one layer to the old price; see ``_get_renewal_price``."""
        percent = self._get_rule_percent(record)
        if percent is None:
            return self._get_renewal_list_price(), self.env._("Current price list, as %(layer)s says.", layer=layer)
        if record.recurring_uplift_mode == "index":
            note = self.env._(
                "%(old)s plus %(percent)s %% by %(index)s, as %(layer)s says.",
                old=formatLang(self.env, float(old), currency_obj=self.currency_id),
                percent=f"{percent:.4f}".rstrip("0").rstrip("."),
                index=record.recurring_uplift_index_id.name,
                layer=layer,
            )
        else:
            note = self.env._(
                "%(old)s plus %(percent)s %%, as %(layer)s says.",
                old=formatLang(self.env, float(old), currency_obj=self.currency_id),
                percent=f"{percent.normalize():f}",
                layer=layer,
            )
        rounding = to_decimal(self.currency_id.rounding)
        return renewal.uplift(old, percent, rounding), note

    def _get_renewal_list_price(self):
        """Return what the contract's price list asks for the renewed product on its first day."""
        contract = self.contract_id
        return to_decimal(
            contract.pricelist_id._get_recurring_price(
                self._get_renewal_product(),
                float(self._get_last_terms().quantity) or 1.0,
                plan=contract.plan_id,
                currency=contract.currency_id,
                date=fields.Date.add(self.date_end, days=1),
            )
        )
