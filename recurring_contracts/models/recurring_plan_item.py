from odoo import api, fields, models
from odoo.exceptions import ValidationError

ROLES = [
    ("setup", "Setup fee"),
    ("recurring", "Recurring"),
    ("overage", "Usage and overage"),
    ("deposit", "Refundable deposit"),
    ("perpetual", "Perpetual licence"),
    ("one_time", "One-time"),
    ("renewal_fee", "Renewal fee"),
]
# How what plays a role is charged: everything else is charged once.
CHARGE_TYPES = {"recurring": "recurring", "overage": "usage"}


class RecurringPlanItem(models.Model):
    """One thing that is sold with a plan: a line of each quotation that is made under it."""

    _name = "recurring.plan.item"
    _description = "Recurring Plan Item"
    _order = "plan_id, sequence, id"
    _check_company_auto = True

    plan_id = fields.Many2one("recurring.plan", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id", store=True, precompute=True)
    sequence = fields.Integer(default=10)
    role = fields.Selection(
        ROLES,
        required=True,
        default="recurring",
        help="Setup fee: once, at the start. Recurring: each billing period. Usage and overage: per unit "
        "used beyond what is included. Refundable deposit: once, given back at the end. Perpetual licence: "
        "once, without end. One-time: once, at the start. Renewal fee: with each renewal.",
    )
    charge_type = fields.Char(compute="_compute_charge_type")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('sale_ok', '=', True), ('recurring_charge_type', '=', charge_type)]",
    )
    name = fields.Text("Description", translate=True, help="Empty: the product's own description.")
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    included_quantity = fields.Float(
        "Included",
        digits="Product Unit",
        help="Of usage: how many units each billing period includes without charge, a partial one as many as a "
        "whole one.",
    )
    price_source = fields.Selection(
        [
            ("pricelist", "Price list"),
            ("fixed", "Fixed price"),
            ("percent", "Share of the setup fee"),
        ],
        "Price From",
        required=True,
        default="pricelist",
        help="Share of the setup fee: of a renewal fee, so many percent of the setup fees as they are "
        "sold on the contract.",
    )
    price_unit = fields.Float("Fixed Price", min_display_digits="Product Price")
    percent = fields.Float("Share (%)", digits="Discount")
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    is_optional = fields.Boolean(
        "Optional", help="Offered below the quotation's lines; the customer chooses whether to take it."
    )

    _amounts_not_negative = models.Constraint(
        "CHECK(quantity >= 0 AND COALESCE(included_quantity, 0) >= 0 AND COALESCE(percent, 0) >= 0)",
        "Quantities and shares of a plan's items cannot be negative.",
    )
    _share_is_a_fee = models.Constraint(
        "CHECK(price_source != 'percent' OR role = 'renewal_fee')",
        "Only a renewal fee can be a share of the setup fee.",
    )

    @api.depends("role")
    def _compute_charge_type(self):
        for item in self:
            item.charge_type = CHARGE_TYPES.get(item.role, "one_time")

    @api.depends("product_id", "role")
    @api.depends_context("lang")
    def _compute_display_name(self):
        roles = dict(self._fields["role"]._description_selection(self.env))
        for item in self:
            item.display_name = f"{roles.get(item.role)}: {item.product_id.display_name}"

    @api.onchange("role")
    def _onchange_role(self):
        if self.product_id.recurring_charge_type != self.charge_type:
            self.product_id = False
        if self.role == "renewal_fee":
            self.is_optional = False
        elif self.price_source == "percent":
            self.price_source = "pricelist"

    @api.constrains("role", "product_id")
    def _check_product(self):
        """Let each role sell only what is charged in its way."""
        labels = dict(self.env["product.template"]._fields["recurring_charge_type"]._description_selection(self.env))
        for item in self:
            if item.product_id.recurring_charge_type != item.charge_type:
                raise ValidationError(
                    self.env._(
                        "%(item)s needs a product whose Contract Charge is “%(charge)s”. "
                        "Choose another product, or set its Contract Charge.",
                        item=item.display_name,
                        charge=labels[item.charge_type],
                    )
                )

    def _get_fixed_price(self, currency, company, date):
        """Return the fixed price of one unit in another currency.

        :param currency: ``res.currency``
        :param company: ``res.company`` whose rates count
        :param date: the day of the rate (date or datetime)
        :rtype: float
        """
        self.ensure_one()
        return self.currency_id._convert(self.price_unit, currency, company, date, round=False)

    def _get_price(self, pricelist, currency, company, date):
        """Return the price of one unit for one billing period; of what is no share of the setup fee.

        :param pricelist: ``product.pricelist``, may be empty
        :param currency: the currency of the price
        :param company: ``res.company`` whose rates count
        :param date: the day whose rules and rates count (date or datetime)
        :rtype: float
        """
        self.ensure_one()
        if self.price_source == "fixed":
            return self._get_fixed_price(currency, company, date)
        return pricelist._get_recurring_price(
            self.product_id, self.quantity or 1.0, plan=self.plan_id, currency=currency, date=date
        )

    # === WHAT IT BECOMES === #

    def _prepare_order_line_values(self, order):
        """Return the values of the quotation's line; of an optional item, of one not yet chosen.

        :param order: ``sale.order``
        :rtype: dict
        """
        self.ensure_one()
        values = {
            "product_id": self.product_id.id,
            "product_uom_qty": 0.0 if self.is_optional else self.quantity,
            "recurring_plan_item_id": self.id,
            "recurring_included_quantity": self.included_quantity,
        }
        if self.name:
            values["name"] = self.with_context(lang=order.partner_id.lang).name
        return values

    def _prepare_contract_item_values(self, contract):
        """Return the values of the item of a contract that is entered by hand.

        :param contract: ``recurring.contract``, a draft
        :rtype: dict
        """
        self.ensure_one()
        values = {
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "plan_item_id": self.id,
            "included_quantity": self.included_quantity,
        }
        if self.name:
            values["name"] = self.with_context(lang=contract.partner_id.lang).name
        return values

    def _prepare_renewal_fee_values(self, pricelist, currency, company, date):
        """Return the values of the ``recurring.renewal.fee`` that a contract agrees on; see ``_get_price``."""
        self.ensure_one()
        product = self.product_id
        values = {
            "plan_item_id": self.id,
            "product_id": product.id,
            "name": self.name or product.get_product_multiline_description_sale(),
            "quantity": self.quantity,
        }
        if self.price_source == "percent":
            return values | {"percent": self.percent}
        return values | {"price_unit": self._get_price(pricelist, currency, company, date)}
