from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

from ..domain.money import HUNDRED, ZERO, round_half_up, to_decimal


class RecurringRenewalFee(models.Model):
    """A fee that a contract charges with each renewal, at the price agreed when it was sold."""

    _name = "recurring.renewal.fee"
    _description = "Renewal Fee"
    _order = "contract_id, id"
    _check_company_auto = True

    contract_id = fields.Many2one("recurring.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    plan_item_id = fields.Many2one("recurring.plan.item", readonly=True, ondelete="set null")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('recurring_charge_type', '=', 'one_time')]",
    )
    name = fields.Text(
        "Description", required=True, compute="_compute_name", store=True, readonly=False, precompute=True
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    percent = fields.Float(
        "Share of the Setup Fee (%)",
        digits="Discount",
        help="Of the setup fees as they are sold on this contract; fixed when the contract starts. "
        "0: the price is an amount.",
    )
    price_unit = fields.Float(
        "Unit Price",
        min_display_digits="Product Price",
        required=True,
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
    )
    price_subtotal = fields.Monetary("Amount", compute="_compute_price_subtotal", help="Untaxed, at each renewal.")

    @api.depends("product_id")
    def _compute_name(self):
        for fee in self:
            if fee.product_id and not fee.name:
                product = fee.product_id.with_context(lang=fee.contract_id.partner_id.lang)
                fee.name = product.get_product_multiline_description_sale()

    @api.depends(
        "percent",
        "contract_id.item_ids.price_unit",
        "contract_id.item_ids.quantity",
        "contract_id.item_ids.discount",
        "contract_id.item_ids.product_id",
        "contract_id.item_ids.plan_item_id",
    )
    def _compute_price_unit(self):
        """Follow the setup fees of a draft; what is in force keeps the fee that was agreed."""
        for fee in self:
            contract = fee.contract_id
            if fee.percent and contract.state == "draft":
                price = contract._get_setup_price() * to_decimal(fee.percent) / HUNDRED
                fee.price_unit = float(round_half_up(price, to_decimal(contract.currency_id.rounding or 0.01)))
            else:
                fee.price_unit = fee.price_unit or 0.0

    @api.depends("price_unit", "quantity", "currency_id")
    def _compute_price_subtotal(self):
        for fee in self:
            amount = to_decimal(fee.quantity) * to_decimal(fee.price_unit)
            fee.price_subtotal = float(round_half_up(amount, to_decimal(fee.currency_id.rounding or 0.01)))

    @api.constrains("quantity", "percent")
    def _check_amounts(self):
        for fee in self:
            if fee.quantity < 0 or fee.percent < 0:
                raise ValidationError(
                    self.env._("%(fee)s: quantity and share cannot be negative.", fee=fee.product_id.display_name)
                )

    # === WHO MAY CHANGE WHAT WAS AGREED === #

    @api.model_create_multi
    def create(self, vals_list):
        fees = super().create(vals_list)
        fees._check_may_change()
        return fees

    def write(self, vals):
        self._check_may_change()
        before = {fee.id: fee.price_subtotal for fee in self}
        result = super().write(vals)
        for fee in self.filtered(lambda f: f.contract_id.state != "draft" and f.price_subtotal != before[f.id]):
            fee.contract_id.message_post(
                body=self.env._(
                    "Renewal fee %(fee)s: %(before)s → %(after)s.",
                    fee=fee.product_id.display_name,
                    before=fee.currency_id.format(before[fee.id]),
                    after=fee.currency_id.format(fee.price_subtotal),
                )
            )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_by_managers(self):
        self._check_may_change()

    def _check_may_change(self):
        """Let only sales managers change what a contract in force agreed on.

        :raise AccessError: naming the contract
        """
        if self.env.su or self.env.user.has_group("sales_team.group_sale_manager"):
            return
        for contract in self.contract_id.filtered(lambda c: c.state != "draft"):
            raise AccessError(
                self.env._(
                    "%(contract)s is in force: only a sales manager may change its renewal fees.",
                    contract=contract.display_name,
                )
            )

    # === WHAT IT BECOMES === #

    def _prepare_item_values(self, start, end):
        """Return the values of the item by which a tacit renewal charges the fee.

        :param datetime.date start: the first day of the added term
        :param datetime.date end: its last day (inclusive)
        :rtype: dict
        """
        self.ensure_one()
        contract = self.contract_id
        taxes = self.product_id.taxes_id._filter_taxes_by_company(contract.company_id)
        terms = self.env["recurring.contract.item"]._get_plan_fields()
        return {
            "contract_id": contract.id,
            "plan_item_id": self.plan_item_id.id,
            "product_id": self.product_id.id,
            "name": self.name,
            "charge_type": "one_time",
            "quantity": self.quantity,
            "price_unit": self.price_unit,
            "tax_ids": [Command.set(contract.fiscal_position_id.map_tax(taxes).ids)],
            "date_start": start,
            "date_end": end,
            "renewable": False,
            **{name: contract.plan_id[name] for name in terms},
        }

    def _prepare_order_line_values(self):
        """Return the values of the line by which a renewal order charges the fee."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "product_uom_qty": self.quantity,
            "price_unit": self.price_unit,
            "recurring_plan_item_id": self.plan_item_id.id,
            "recurring_price_note": self.env._(
                "Renewal fee, as agreed in %(contract)s.", contract=self.contract_id.name
            ),
        }

    def _prepare_renewed_values(self):
        """Return the values of the same fee of the next contract, at the same price."""
        self.ensure_one()
        return {
            "plan_item_id": self.plan_item_id.id,
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": self.quantity,
            "price_unit": self.price_unit,
        }


class RecurringContract(models.Model):
    _inherit = "recurring.contract"

    renewal_fee_ids = fields.One2many("recurring.renewal.fee", "contract_id", "Renewal Fees", copy=True)
    renewal_fee_total = fields.Monetary(
        "Renewal Fee", compute="_compute_renewal_fee_total", help="Charged with each renewal, untaxed."
    )

    @api.depends("renewal_fee_ids.price_subtotal")
    def _compute_renewal_fee_total(self):
        for contract in self:
            contract.renewal_fee_total = sum(contract.renewal_fee_ids.mapped("price_subtotal"))

    def _get_setup_price(self):
        """Return what the contract's setup fees cost, after discount.

        They are the items that came from the plan's setup fees, or sell the same products.

        :return: in the contract's currency, unrounded
        :rtype: Decimal
        """
        self.ensure_one()
        products = self.plan_id._get_setup_products()
        items = self.item_ids.filtered(
            lambda i: i.charge_type == "one_time" and (i.plan_item_id.role == "setup" or i.product_id in products)
        )
        return sum((item._get_current_terms().exact for item in items), ZERO)

    def _create_renewal_fee_items(self, date):
        """Make the items that charge the contracts' fees with each term that a tacit renewal adds.

        :param datetime.date date: the day on which the renewals are decided
        :return: the values of the events that put the items in force, by contract id
        :rtype: dict[int, list[dict]]
        """
        # sudo: a renewal adds items to contracts in force, as agreed when they were sold
        items = (
            self.env["recurring.contract.item"]
            .sudo()
            .create(
                [
                    fee._prepare_item_values(start, end)
                    for contract in self.filtered("renewal_fee_ids")
                    for start, end in contract._get_added_terms(date)
                    for fee in contract.renewal_fee_ids.filtered("quantity")
                ]
            )
        )
        items._freeze_terms()
        events = {contract.id: [] for contract in self}
        for item in items:
            events[item.contract_id.id] += item._prepare_start_event_values()
        return events
