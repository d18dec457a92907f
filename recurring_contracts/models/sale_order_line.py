from decimal import Decimal

from odoo import api, fields, models

from ..domain.money import HUNDRED, ZERO, to_decimal
from ..domain.mrr import monthly
from ..domain.proration import NONE
from ..domain.quoting import first_amount, term_value
from ..domain.terms import Terms


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    recurring_charge_type = fields.Selection(
        [
            ("recurring", "Each billing period"),
            ("one_time", "Once, with the contract"),
            ("usage", "By usage, per unit"),
        ],
        string="Contract Charge",
        compute="_compute_recurring_charge_type",
        store=True,
        precompute=True,
        help="How the contract bills this line; empty: invoiced by the order itself.",
    )
    recurring_item_ids = fields.One2many("recurring.contract.item", "sale_line_id")
    recurring_date_start = fields.Date("In Force From", help="Empty: from the contract's first day.", copy=False)
    recurring_included_quantity = fields.Float(
        "Included",
        digits="Product Unit",
        help="Of a line by usage: how many units each billing period includes without charge.",
    )
    recurring_is_deposit = fields.Boolean(
        "Deposit", compute="_compute_recurring_held", store=True, readonly=False, precompute=True
    )
    recurring_perpetual = fields.Boolean(
        "Perpetual", compute="_compute_recurring_held", store=True, readonly=False, precompute=True
    )
    recurring_origin_item_ids = fields.Many2many(
        "recurring.contract.item", string="Carries On", readonly=True, copy=False
    )
    recurring_price_note = fields.Char(
        "Price From", readonly=True, copy=False, help="Where the price of a renewal comes from."
    )

    @api.depends("product_id", "order_id.recurring_plan_id", "display_type")
    def _compute_recurring_charge_type(self):
        for line in self:
            if line.order_id.recurring_contract_id and line.recurring_charge_type:
                continue
            line.recurring_charge_type = (
                line.order_id.recurring_plan_id and not line.is_downpayment and line.product_id.recurring_charge_type
            )

    @api.depends("product_id", "recurring_charge_type")
    def _compute_recurring_held(self):
        """Deposits and perpetual licences are what the product says, of what is charged once."""
        for line in self:
            once = line.recurring_charge_type == "one_time"
            line.recurring_is_deposit = once and line.product_id.recurring_is_deposit
            line.recurring_perpetual = once and line.product_id.recurring_perpetual

    def _prepare_recurring_item_values(self):
        """Return the values of the contract item that this line becomes.

        :rtype: dict
        """
        self.ensure_one()
        plan = self.order_id.recurring_plan_id
        values = {
            "sequence": self.sequence,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "name": self.name,
            "charge_type": self.recurring_charge_type,
            "included_quantity": self.recurring_included_quantity,
            "is_deposit": self.recurring_is_deposit,
            "perpetual": self.recurring_perpetual,
            "quantity": self.product_uom_qty,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "analytic_distribution": self.analytic_distribution,
            "sale_line_id": self.id,
            **{name: plan[name] for name in self.env["recurring.contract.item"]._get_plan_fields()},
        }
        if self.recurring_date_start:
            values["date_start"] = self.recurring_date_start
        return values | self._prepare_recurring_successor_values()

    def _prepare_recurring_successor_values(self):
        """Return what an item takes over from the one that it carries on: link, periods, rules."""
        origin = self.recurring_origin_item_ids[:1]
        if not origin:
            return {}
        values = {"origin_item_id": origin.id, "renewable": origin.renewable}
        values |= origin._prepare_renewed_price_rule_values()
        if origin._get_interval() == self.order_id.recurring_plan_id._get_interval():
            values |= {"anchor_date": origin.anchor_date, "anchor_day": origin.anchor_day}
        return values

    def _get_recurring_net_price(self):
        """Return the price of one unit for one billing period after discount, exactly."""
        self.ensure_one()
        return Terms(Decimal(1), to_decimal(self.price_unit), to_decimal(self.discount)).exact

    def _get_recurring_old_amount(self, segments=None):
        """Return what this line's quantity cost under the items that it renews, for one period.

        Items of another billing period are compared month by month; a price of usage is the price
        of a unit, however long the period is.

        :param dict segments: the items' terms over time, see ``_get_segments``, where they were read already
        :rtype: Decimal
        """
        self.ensure_one()
        origins = self.recurring_origin_item_ids
        if not origins:
            return ZERO
        terms = [(origin, origin._get_last_terms(segments)) for origin in origins]
        quantity = sum(t.quantity for _origin, t in terms)
        per_month = sum(monthly(t.exact, origin._get_interval()) for origin, t in terms)
        if self.recurring_charge_type == "usage":
            total = sum(t.exact for _origin, t in terms)
            return total * to_decimal(self.product_uom_qty) / quantity if quantity else ZERO
        one_period = monthly(Decimal(1), self._get_recurring_interval())
        if not quantity:
            return ZERO
        return per_month / one_period * to_decimal(self.product_uom_qty) / quantity

    def _get_recurring_interval(self):
        """Return the billing period that the line's price is for, as a domain ``Interval``."""
        self.ensure_one()
        return self.order_id.recurring_plan_id._get_interval()

    def _get_recurring_list_price(self):
        """Return the price of one unit for one billing period before anybody lowered it.

        :return: the price list's; of what carries on items, the price that is quoted
        :rtype: Decimal
        """
        self.ensure_one()
        if self.recurring_origin_item_ids or self.recurring_plan_item_id.role == "renewal_fee":
            return to_decimal(self.price_unit)
        return to_decimal(self.technical_price_unit or self._get_display_price())

    def _get_recurring_discount_findings(self, limit):
        """Return what needs a manager in the line's discount, or in a price below the price list.

        :param float limit: the highest discount in percent that needs none
        :return: see ``sale.order._get_recurring_approval_findings``
        :rtype: dict[str, str]
        """
        self.ensure_one()
        limit, discount = to_decimal(limit), to_decimal(self.discount)
        if limit >= HUNDRED:
            return {}
        listed, net = self._get_recurring_list_price(), self._get_recurring_net_price()
        lowered = HUNDRED * (listed - net) / listed if listed > 0 else ZERO
        currency = self.order_id.currency_id
        values = {
            "product": self.product_id.display_name,
            "discount": f"{discount.normalize():f}",
            "lowered": f"{lowered:.2f}",
            "limit": f"{limit.normalize():f}",
            "before": currency.format(float(listed)),
            "after": currency.format(float(net)),
        }
        if discount > limit:
            message = self.env._(
                "%(product)s: discount of %(discount)s %%, above %(limit)s %% (%(before)s → %(after)s)."
            )
            key = f"{self.id} discount {self.discount:g}"
            if to_decimal(self.price_unit) < listed:
                key += f" of {self.price_unit:g}"
            return {key: message % values}
        if lowered > limit:
            message = self.env._(
                "%(product)s: price lowered by %(lowered)s %%, above %(limit)s %% (%(before)s → %(after)s)."
            )
            return {f"{self.id} price {net.normalize():f}": message % values}
        return {}

    def _get_recurring_line_start(self):
        """Return the first day of the item that this line becomes."""
        self.ensure_one()
        return self.recurring_date_start or self.order_id._get_recurring_date_start()

    # === PRICES === #

    def _get_recurring_schedule(self):
        """Return the grid, first day, proration and rounding that the line is billed by."""
        self.ensure_one()
        order, plan = self.order_id, self.order_id.recurring_plan_id
        start = order._get_recurring_date_start()
        sibling = order.recurring_added_contract_id._get_sibling_item(plan)
        grid = sibling._get_grid() if sibling else plan._get_grid(start, order.partner_id, order.company_id)
        currency = order.currency_id or order.company_id.currency_id
        method = NONE if self.recurring_instalment_count else plan.proration
        return grid, start, method, to_decimal(currency.rounding)

    def _prepare_recurring_first_invoice_base_line(self):
        """Return the line as the first invoice will show it, for Odoo's tax computation.

        :rtype: dict
        """
        self.ensure_one()
        if self.recurring_charge_type != "recurring":
            return self._prepare_base_line_for_taxes_computation()
        plan = self.order_id.recurring_plan_id
        amount = ZERO
        if plan.billing_timing == "advance":
            grid, start, method, rounding = self._get_recurring_schedule()
            segments = self._get_recurring_segments(grid, start)
            amount = first_amount(grid, segments, method, rounding, plan.stub == "merge")
        return self._prepare_base_line_for_taxes_computation(quantity=1.0, price_unit=float(amount), discount=0.0)

    def _get_recurring_term_value(self, end):
        """Return what the line costs from its first day to the day before ``end``.

        :param datetime.date end: the day after the term's last
        :return: in the order's currency, without taxes
        :rtype: Decimal
        """
        grid, start, method, rounding = self._get_recurring_schedule()
        if start >= end:
            return ZERO
        value = term_value(grid, self._get_recurring_segments(grid, start, end), end, method, rounding)
        return self.tax_ids._get_recurring_untaxed(value, self.order_id.currency_id)

    def _prepare_base_line_for_taxes_computation(self, **kwargs):
        """Leave out what has no amount yet: usage, and contract lines where a down payment is asked."""
        down_payment = self.env.context.get("recurring_down_payment") and self.recurring_charge_type
        if down_payment or self.recurring_charge_type == "usage":
            kwargs["quantity"] = 0.0
        return super()._prepare_base_line_for_taxes_computation(**kwargs)

    def _get_pricelist_kwargs(self):
        kwargs = super()._get_pricelist_kwargs()
        plan = self.order_id.recurring_plan_id
        if plan and self.product_id.recurring_charge_type:
            kwargs["recurring_plan"] = plan
        return kwargs

    @api.depends("order_id.recurring_plan_id")
    def _compute_pricelist_item_id(self):
        return super()._compute_pricelist_item_id()

    @api.depends("order_id.recurring_plan_id")
    def _compute_price_unit(self):
        return super()._compute_price_unit()

    @api.depends("order_id.recurring_plan_id")
    def _compute_discount(self):
        return super()._compute_discount()

    @api.depends("recurring_charge_type")
    def _compute_amount(self):
        """A line by usage shows its price per unit, and amounts to nothing before it is used."""
        return super()._compute_amount()

    # === ODOO'S OWN INVOICING === #

    @api.depends("recurring_charge_type")
    def _compute_qty_to_invoice(self):
        """Contract lines are billed by the contract; combos whose parts all are, too."""
        result = super()._compute_qty_to_invoice()
        recurring = self.filtered("recurring_charge_type")
        recurring.qty_to_invoice = 0.0
        for combo in recurring.filtered("combo_item_id").linked_line_id:
            if not any(combo.linked_line_ids.mapped("qty_to_invoice")):
                combo.qty_to_invoice = 0.0
        return result

    @api.depends("recurring_charge_type")
    def _compute_invoice_status(self):
        result = super()._compute_invoice_status()
        for line in self.filtered(lambda sol: sol.recurring_charge_type and sol.state == "sale"):
            line.invoice_status = "invoiced"
        return result

    @api.depends("recurring_charge_type")
    def _compute_untaxed_amount_to_invoice(self):
        result = super()._compute_untaxed_amount_to_invoice()
        self.filtered("recurring_charge_type").untaxed_amount_to_invoice = 0.0
        return result

    @api.depends("recurring_charge_type")
    def _compute_amount_to_invoice(self):
        result = super()._compute_amount_to_invoice()
        self.filtered("recurring_charge_type").amount_to_invoice = 0.0
        return result
