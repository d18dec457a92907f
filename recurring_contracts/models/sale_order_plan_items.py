from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..domain.money import HUNDRED, ZERO, round_half_up, to_decimal


class SaleOrder(models.Model):
    """A quotation takes its lines from the plan's template of items."""

    _inherit = "sale.order"

    recurring_has_plan_items_left = fields.Boolean(compute="_compute_recurring_has_plan_items_left")
    recurring_renewal_fee = fields.Monetary(
        "At Each Renewal",
        compute="_compute_recurring_renewal_fee",
        help="Untaxed: the plan's renewal fees, of the setup fees as they are quoted here.",
    )

    # === ADDING === #

    @api.depends("state", "recurring_plan_id.item_ids", "order_line.recurring_plan_item_id")
    def _compute_recurring_has_plan_items_left(self):
        for order in self:
            order.recurring_has_plan_items_left = bool(order._get_plan_items_left())

    @api.onchange("recurring_plan_id")
    def _onchange_recurring_plan_id(self):
        if not self.order_line.filtered(lambda line: not line.display_type):
            self.order_line = [Command.create(values) for values in self._prepare_plan_line_values()]

    def _get_plan_items_left(self):
        """Return the plan's items that the quotation does not offer yet.

        An order that renews or adds to a contract offers what is agreed for that contract.
        """
        self.ensure_one()
        items = self.recurring_plan_id.item_ids.filtered(lambda item: item.role != "renewal_fee")
        if self.state not in ("draft", "sent") or self.recurring_added_contract_id:
            return items.browse()
        if self.recurring_renewed_contract_ids:
            return items.browse()
        return items - self.order_line.recurring_plan_item_id

    def _prepare_plan_line_values(self):
        """Return the values of the lines that the quotation lacks of its plan's items.

        Optional items come below, in a section of lines that the customer may choose.

        :rtype: list[dict]
        """
        self.ensure_one()
        items = self._get_plan_items_left()
        optional = items.filtered("is_optional")
        values = [item._prepare_order_line_values(self) for item in items - optional]
        if optional:
            section = {
                "display_type": "line_section",
                "name": self.with_context(lang=self.partner_id.lang).env._("Options"),
                "is_optional": True,
                "product_uom_qty": 0,
            }
            values += [section, *(item._prepare_order_line_values(self) for item in optional)]
        return values

    def action_recurring_add_plan_items(self):
        """Add the plan's items that the quotation lacks.

        :raise UserError: where it lacks none
        """
        for order in self:
            values = order._prepare_plan_line_values()
            if not values:
                raise UserError(self.env._("%(order)s has all items of its plan already.", order=order.name))
            order.order_line = [Command.create(line) for line in values]
        return True

    # === RENEWAL FEES === #

    @api.depends(
        "recurring_plan_id.item_ids.percent",
        "recurring_plan_id.item_ids.price_unit",
        "recurring_plan_id.item_ids.price_source",
        "recurring_renewed_contract_ids.renewal_fee_ids.price_subtotal",
        "order_line.price_unit",
        "order_line.product_uom_qty",
        "order_line.discount",
    )
    def _compute_recurring_renewal_fee(self):
        for order in self:
            currency = order.currency_id or order.company_id.currency_id or self.env.company.currency_id
            rounding = to_decimal(currency.rounding)
            total, setup = ZERO, order._get_recurring_setup_price()
            for fee in order._prepare_recurring_renewal_fee_values():
                if "percent" in fee:
                    price = round_half_up(setup * to_decimal(fee["percent"]) / HUNDRED, rounding)
                else:
                    price = to_decimal(fee["price_unit"])
                total += round_half_up(price * to_decimal(fee["quantity"]), rounding)
            order.recurring_renewal_fee = float(total)

    def _get_recurring_setup_price(self):
        """Return what the quoted setup fees cost after discount, unrounded (Decimal)."""
        self.ensure_one()
        products = self.recurring_plan_id._get_setup_products()
        lines = self.order_line.filtered(
            lambda line: (
                line.recurring_charge_type == "one_time"
                and (line.recurring_plan_item_id.role == "setup" or line.product_id in products)
            )
        )
        return sum((to_decimal(line.product_uom_qty) * line._get_recurring_net_price() for line in lines), ZERO)

    def _prepare_recurring_renewal_fee_values(self):
        """Return the values of the renewal fees of the contract that the order makes.

        A renewal carries on what the contracts agreed on that it renews; an order that adds to a
        contract leaves the fees of that one as they are.

        :rtype: list[dict]
        """
        self.ensure_one()
        if self.recurring_added_contract_id:
            return []
        if self.recurring_renewed_contract_ids:
            return [fee._prepare_renewed_values() for fee in self.recurring_renewed_contract_ids.renewal_fee_ids]
        company = self.company_id or self.env.company
        currency, day = self.currency_id or company.currency_id, self._get_recurring_date_start()
        fees = self.recurring_plan_id.item_ids.filtered(lambda item: item.role == "renewal_fee")
        return [
            fee.with_context(lang=self.partner_id.lang)._prepare_renewal_fee_values(
                self.pricelist_id, currency, company, day
            )
            for fee in fees
        ]

    def _prepare_recurring_contract_values(self, lines):
        values = super()._prepare_recurring_contract_values(lines)
        fees = self._prepare_recurring_renewal_fee_values()
        return values | {"renewal_fee_ids": [Command.create(fee) for fee in fees]}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    recurring_plan_item_id = fields.Many2one(
        "recurring.plan.item", "Plan Item", readonly=True, index="btree_not_null", ondelete="set null"
    )

    @api.depends("recurring_plan_item_id")
    def _compute_recurring_held(self):
        """What the plan sells as a deposit or a perpetual licence is one, whatever its product says."""
        result = super()._compute_recurring_held()
        for line in self.filtered(lambda sol: sol.recurring_charge_type == "one_time"):
            role = line.recurring_plan_item_id.role
            if role in ("deposit", "perpetual"):
                line.update({"recurring_is_deposit": role == "deposit", "recurring_perpetual": role == "perpetual"})
        return result

    def _get_recurring_fixed_price(self):
        """Return the price that the plan fixes for the line, or ``None`` where it fixes none."""
        self.ensure_one()
        item = self.recurring_plan_item_id
        if item.price_source != "fixed" or item.plan_id != self.order_id.recurring_plan_id:
            return None
        order = self.order_id
        company = order.company_id or self.env.company
        return item._get_fixed_price(
            order.currency_id or company.currency_id, company, order._get_recurring_date_start()
        )

    def _get_display_price(self):
        price = self._get_recurring_fixed_price()
        return super()._get_display_price() if price is None else price

    @api.depends("recurring_plan_item_id")
    def _compute_pricelist_item_id(self):
        """A fixed price of the plan follows no rule, so that no discount of a rule is taken off it."""
        result = super()._compute_pricelist_item_id()
        for line in self:
            if line.pricelist_item_id and line._get_recurring_fixed_price() is not None:
                line.pricelist_item_id = False
        return result

    def _prepare_recurring_item_values(self):
        return super()._prepare_recurring_item_values() | {"plan_item_id": self.recurring_plan_item_id.id}
