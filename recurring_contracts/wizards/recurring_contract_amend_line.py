from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..domain import replay as journal
from ..domain.money import ZERO, round_half_up, to_decimal
from ..domain.mrr import monthly
from ..domain.terms import Terms


class RecurringContractAmendLine(models.TransientModel):
    _name = "recurring.contract.amend.line"
    _description = "Item of a Contract Amendment"

    wizard_id = fields.Many2one("recurring.contract.amend", required=True, ondelete="cascade")
    contract_id = fields.Many2one(related="wizard_id.contract_id", related_sudo=False)
    item_id = fields.Many2one("recurring.contract.item", readonly=True)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        domain="[('recurring_charge_type', '!=', False)]",
        help="Another product swaps the item: it ends, and one of the other product carries it on.",
    )
    currency_id = fields.Many2one(related="contract_id.currency_id", related_sudo=False)
    company_currency_id = fields.Many2one(
        related="contract_id.company_currency_id", related_sudo=False, string="Company Currency"
    )
    quantity_before = fields.Float(digits="Product Unit", compute="_compute_before")
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    price_before = fields.Float(min_display_digits="Product Price", compute="_compute_before")
    price_unit = fields.Float(
        "Unit Price",
        min_display_digits="Product Price",
        required=True,
        compute="_compute_price_unit",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="Price of one unit for one whole billing period.",
    )
    discount_before = fields.Float(digits="Discount", compute="_compute_before")
    discount = fields.Float("Discount (%)", digits="Discount")
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        domain="[('type_tax_use', '=', 'sale')]",
        compute="_compute_tax_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    remove = fields.Boolean(help="The item is no longer in force from the effective day on.")
    mrr_before = fields.Monetary("MRR Before", currency_field="company_currency_id", compute="_compute_before")
    mrr_after = fields.Monetary("MRR After", currency_field="company_currency_id", compute="_compute_mrr_after")
    mrr_resumed = fields.Monetary(currency_field="company_currency_id", compute="_compute_before", string="MRR Resumed")

    @api.depends("product_id")
    def _compute_price_unit(self):
        for line in self:
            contract = line.wizard_id.contract_id
            if not line.product_id or line.item_id and not line._is_swapped():
                line.price_unit = line.price_unit
                continue
            line.price_unit = contract.pricelist_id._get_recurring_price(
                line.product_id,
                line.quantity or 1.0,
                plan=contract.plan_id,
                currency=contract.currency_id,
                date=line.wizard_id.date,
            )

    @api.depends("product_id")
    def _compute_tax_ids(self):
        for line in self:
            contract = line.wizard_id.contract_id
            if line.product_id and (not line.item_id or line._is_swapped()):
                taxes = line.product_id.taxes_id._filter_taxes_by_company(contract.company_id)
                line.tax_ids = contract.fiscal_position_id.map_tax(taxes)
            else:
                line.tax_ids = line.tax_ids

    def _is_swapped(self):
        """Tell whether another product takes the place of the item's own."""
        self.ensure_one()
        return bool(self.item_id and self.product_id and self.product_id != self.item_id.product_id)

    @api.depends("item_id", "wizard_id.date")
    def _compute_before(self):
        """Show the terms of the effective day, of which the line says what becomes."""
        segments = self.item_id._get_segments()
        for line in self:
            terms = line._get_terms_before(segments)
            line.quantity_before = float(terms.quantity)
            line.price_before = float(terms.price)
            line.discount_before = float(terms.discount)
            item = line.item_id
            line.mrr_before = float(item._get_mrr(terms) if item else ZERO)
            line.mrr_resumed = float(item._get_mrr(replace(terms, suspended=False)) if item else ZERO)

    @api.depends("quantity", "price_unit", "discount", "remove", "product_id", "wizard_id.date")
    def _compute_mrr_after(self):
        segments = self.item_id._get_segments()
        for line in self:
            terms = replace(
                line._get_terms_before(segments),
                quantity=ZERO if line.remove else to_decimal(line.quantity),
                price=to_decimal(line.price_unit),
                discount=to_decimal(line.discount),
            )
            line.mrr_after = float(line._get_mrr(terms))

    @api.constrains("quantity", "discount")
    def _check_terms(self):
        for line in self:
            if line.quantity < 0 or not 0 <= line.discount <= 100:
                raise ValidationError(
                    self.env._(
                        "%(item)s: the quantity cannot be negative and the discount lies between "
                        "0 and 100 %%. To stop an item, tick its End.",
                        item=line.product_id.display_name,
                    )
                )

    def _get_terms_before(self, segments=None):
        """Return the item's terms on the effective day; empty terms where it is not in force.

        :param dict segments: what ``_get_segments`` returned, where it was read already
        :rtype: Terms
        """
        self.ensure_one()
        # Segments are read in one statement, which asks for no rights by itself.
        self.item_id._origin.check_access("read")
        date = self.wizard_id.date
        terms = self.item_id and date and self.item_id._get_terms_on(date, segments)
        return terms or Terms()

    def _get_mrr(self, terms):
        """Return the MRR of the line at ``terms``, in the company's currency."""
        if self.item_id and not self._is_swapped() or terms.suspended:
            return self.item_id._get_mrr(terms)
        if self.product_id.recurring_charge_type != "recurring":
            return ZERO
        contract = self.wizard_id.contract_id
        amount = monthly(terms.exact, contract.plan_id._get_interval())
        rate = self.env["res.currency"]._get_conversion_rate(
            contract.company_id.currency_id, contract.currency_id, contract.company_id, self.wizard_id.date
        )
        rounding = to_decimal(contract.company_currency_id.rounding)
        return round_half_up(amount / to_decimal(rate), rounding)

    def _prepare_amendment_event_values(self):
        """Return the values of the events that this line's changes need.

        :rtype: list[dict]
        """
        self.ensure_one()
        item, date = self.item_id, self.wizard_id.date
        before, events = self._get_terms_before(), []
        if self.remove or self._is_swapped():
            return [item._prepare_event_values(journal.END, date)]
        difference = to_decimal(self.quantity) - before.quantity
        if difference:
            values = {"quantity": float(difference)}
            events.append(item._prepare_event_values(journal.QUANTITY, date, **values))
        if to_decimal(self.price_unit) != before.price:
            values = {"price_unit": self.price_unit}
            events.append(item._prepare_event_values(journal.PRICE, date, **values))
        if to_decimal(self.discount) != before.discount:
            values = {"discount": self.discount}
            events.append(item._prepare_event_values(journal.DISCOUNT, date, **values))
        if tuple(sorted(self.tax_ids.ids)) != before.taxes:
            values = {"tax_ids": [Command.set(self.tax_ids.ids)]}
            events.append(item._prepare_event_values(journal.TAX, date, **values))
        return events

    def _swap(self):
        """Make the item that takes the place of this line's; return the events that start it.

        :rtype: list[dict]
        """
        self.ensure_one()
        item, before = self.item_id, self._get_terms_before()
        if self.product_id.recurring_charge_type != item.charge_type:
            raise UserError(
                self.env._(
                    "%(item)s cannot be swapped for %(product)s: one is charged each period, the other once. "
                    "End the item and add the product.",
                    item=item.display_name,
                    product=self.product_id.display_name,
                )
            )
        # sudo: users add items to drafts only; the caller may write the contract (checked before).
        successor = item.sudo().create(self._prepare_swapped_item_values())
        successor._freeze_terms()
        events = successor._prepare_start_event_values()
        if before.suspended:
            values = {"suspension_billed": before.billed_suspended}
            events.append(successor._prepare_event_values(journal.SUSPEND, self.wizard_id.date, **values))
        return events

    def _prepare_swapped_item_values(self):
        """Return the values of the item that takes the place of this line's."""
        self.ensure_one()
        item = self.item_id
        values = self._prepare_added_item_values() | {
            "origin_item_id": item.id,
            "renewable": item.renewable,
            "sequence": item.sequence,
            "date_end": item.date_end,
        }
        if item._get_interval() == self.contract_id.plan_id._get_interval():
            values |= {"anchor_date": item.anchor_date, "anchor_day": item.anchor_day}
        return values

    def _prepare_added_item_values(self):
        """Return the values of the item that an added line becomes."""
        self.ensure_one()
        contract, product = self.wizard_id.contract_id, self.product_id
        plan = contract.plan_id
        return {
            "contract_id": contract.id,
            "product_id": product.id,
            "charge_type": product.recurring_charge_type,
            "is_deposit": product.recurring_is_deposit,
            "perpetual": product.recurring_perpetual,
            "quantity": self.quantity,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "date_start": self.wizard_id.date,
            "tax_ids": [Command.set(self.tax_ids.ids)],
            **{name: plan[name] for name in self.env["recurring.contract.item"]._get_plan_fields()},
            **contract._prepare_added_item_values(plan, product.recurring_charge_type),
        }
