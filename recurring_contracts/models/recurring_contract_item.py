from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..domain import mrr
from ..domain.money import ZERO, round_half_up, to_decimal
from ..domain.terms import Terms

RECURRING = "recurring"
ONE_TIME = "one_time"
USAGE = "usage"


class RecurringContractItem(models.Model):
    _name = "recurring.contract.item"
    _description = "Contract Item"
    _inherit = ["recurring.billing.terms", "analytic.mixin"]
    _order = "contract_id, sequence, id"
    _check_company_auto = True

    contract_id = fields.Many2one("recurring.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, precompute=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    currency_id = fields.Many2one(related="contract_id.currency_id", store=True, precompute=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True, precompute=True, index=True)
    state = fields.Selection(related="contract_id.state", string="Contract Status")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
        domain="[('recurring_charge_type', '!=', False)]",
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        required=True,
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    name = fields.Text(
        "Description",
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
    )
    charge_type = fields.Selection(
        [(RECURRING, "Recurring"), (ONE_TIME, "One-time"), (USAGE, "By usage")],
        required=True,
        compute="_compute_charge_type",
        store=True,
        readonly=False,
        precompute=True,
    )
    included_quantity = fields.Float(
        digits="Product Unit",
        help="By usage: how many units each billing period includes without charge, a partial one as many as a "
        "whole one.",
    )
    is_deposit = fields.Boolean(
        "Deposit",
        compute="_compute_held",
        store=True,
        readonly=False,
        precompute=True,
        help="Charged at the start, and given back when neither the contract nor a renewal of it goes on.",
    )
    perpetual = fields.Boolean(
        compute="_compute_held",
        store=True,
        readonly=False,
        precompute=True,
        help="Charged once. It has no end date and is never renewed, but stays listed on the contract.",
    )
    # The plan's terms are copied, so that a later change of the plan touches nothing sold before.
    billing_count = fields.Integer(
        compute="_compute_from_plan", store=True, readonly=False, precompute=True, default=None
    )
    billing_unit = fields.Selection(
        compute="_compute_from_plan", store=True, readonly=False, precompute=True, default=None
    )
    billing_timing = fields.Selection(
        compute="_compute_from_plan", store=True, readonly=False, precompute=True, default=None
    )
    proration = fields.Selection(
        compute="_compute_from_plan", store=True, readonly=False, precompute=True, default=None
    )
    stub = fields.Selection(compute="_compute_from_plan", store=True, readonly=False, precompute=True, default=None)
    last_day_free = fields.Boolean(
        compute="_compute_from_plan", store=True, readonly=False, precompute=True, default=None
    )
    free_periods = fields.Integer(
        compute="_compute_from_plan", store=True, readonly=False, precompute=True, default=None
    )
    anchor_date = fields.Date(
        "Anchor",
        copy=False,
        help="A day on which a billing period begins; all others are counted from it. "
        "Empty in a draft: found from the plan when the contract starts.",
    )
    anchor_day = fields.Integer(
        copy=False,
        help="The day of the month on which periods begin, 31 being the last; 0: the anchor's own.",
    )
    renewable = fields.Boolean(default=True, help="Whether a renewal of the contract carries this item on.")
    sale_line_id = fields.Many2one(
        "sale.order.line", "Order Line", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    origin_item_id = fields.Many2one(
        "recurring.contract.item",
        "Successor Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The item that this one carries on after a renewal, a merge or a transfer.",
    )
    date_start = fields.Date(
        "Start", copy=False, help="First day in force. Empty in a draft: the contract's first day."
    )
    date_end = fields.Date("End", copy=False, help="Last day in force. Empty: the contract's, or none.")
    owed_from = fields.Date(
        readonly=True, copy=False, help="The first day that is billed. Empty: the first day in force."
    )
    owed_through = fields.Date(
        readonly=True,
        copy=False,
        help="The last day that is billed, as agreed with the end. Empty: the last day in force.",
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    price_unit = fields.Float(
        "Unit Price",
        min_display_digits="Product Price",
        required=True,
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="Price of one unit for one whole billing period; by usage, of one unit used.",
    )
    discount = fields.Float("Discount (%)", digits="Discount")
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
        context={"active_test": False},
        compute="_compute_tax_ids",
        store=True,
        readonly=False,
        precompute=True,
    )
    price_subtotal = fields.Monetary(
        "Per Period",
        compute="_compute_price_subtotal",
        help="Quantity times unit price less discount, for one whole billing period. "
        "By usage: nothing, before it is used.",
    )
    currency_rate = fields.Float(
        digits=0,
        readonly=True,
        copy=False,
        default=1.0,
        help="Units of the contract's currency for one of the company's, when the item began. "
        "MRR is converted at this rate.",
    )
    mrr = fields.Monetary("MRR", currency_field="company_currency_id", readonly=True, copy=False)
    event_ids = fields.One2many("recurring.contract.event", "item_id", "Events")
    segment_ids = fields.One2many("recurring.contract.segment", "item_id", "Timeline")

    _sale_line_unique = models.UniqueIndex(
        "(sale_line_id) WHERE sale_line_id IS NOT NULL",
        "An order line makes one contract item only.",
    )
    _included_not_negative = models.Constraint(
        "CHECK(included_quantity >= 0)", "The included quantity cannot be negative."
    )
    _held_charged_once = models.Constraint(
        "CHECK(charge_type = 'one_time' OR (is_deposit IS NOT TRUE AND perpetual IS NOT TRUE))",
        "A deposit and a perpetual licence are charged once: choose the charge type One-time.",
    )
    _deposit_or_perpetual = models.Constraint(
        "CHECK(is_deposit IS NOT TRUE OR perpetual IS NOT TRUE)",
        "An item is a deposit or a perpetual licence, not both.",
    )

    # === COMPUTES (values of a draft) === #

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for item in self:
            if item.product_id and not item.product_uom_id:
                item.product_uom_id = item.product_id.uom_id

    @api.depends("product_id", "partner_id")
    def _compute_name(self):
        for item in self:
            if item.product_id and not item.name:
                product = item.product_id.with_context(lang=item.partner_id.lang)
                item.name = product.get_product_multiline_description_sale()

    @api.depends("product_id")
    def _compute_charge_type(self):
        for item in self:
            item.charge_type = item.product_id.recurring_charge_type or item.charge_type or RECURRING

    @api.depends("product_id", "charge_type")
    def _compute_held(self):
        """Deposits and perpetual licences are what the product says, of what is charged once."""
        for item in self.filtered(lambda i: i.contract_id.state == "draft"):
            once = item.charge_type == ONE_TIME
            item.is_deposit = once and item.product_id.recurring_is_deposit
            item.perpetual = once and item.product_id.recurring_perpetual

    @api.depends("contract_id.plan_id")
    def _compute_from_plan(self):
        for item in self.filtered(lambda i: i.contract_id.state == "draft"):
            plan = item.contract_id.plan_id
            item.update({name: plan[name] for name in self._get_plan_fields()})

    @api.model
    def _get_plan_fields(self):
        """Return the names of the terms that an item copies from its plan when sold."""
        return [
            "billing_count",
            "billing_unit",
            "billing_timing",
            "proration",
            "stub",
            "last_day_free",
            "free_periods",
        ]

    @api.depends("product_id", "product_uom_id", "contract_id.pricelist_id", "contract_id.plan_id")
    def _compute_price_unit(self):
        for item in self:
            contract = item.contract_id
            if contract.state != "draft" or not item.product_id or item.sale_line_id:
                continue
            item.price_unit = contract.pricelist_id._get_recurring_price(
                item.product_id,
                item.quantity or 1.0,
                plan=contract.plan_id,
                uom=item.product_uom_id,
                currency=contract.currency_id,
                date=contract.date_start,
            )

    @api.depends("product_id", "company_id", "contract_id.fiscal_position_id")
    def _compute_tax_ids(self):
        for item in self:
            contract = item.contract_id
            if contract.state != "draft" or not item.product_id or item.sale_line_id:
                continue
            taxes = item.product_id.taxes_id._filter_taxes_by_company(contract.company_id)
            item.tax_ids = contract.fiscal_position_id.map_tax(taxes)

    @api.depends("quantity", "price_unit", "discount", "currency_id", "charge_type")
    def _compute_price_subtotal(self):
        for item in self:
            if item.charge_type == USAGE:
                item.price_subtotal = 0.0
                continue
            rounding = to_decimal(item.currency_id.rounding or 0.01)
            item.price_subtotal = float(item._get_current_terms().whole(rounding))

    @api.depends("contract_id.name", "product_id")
    def _compute_display_name(self):
        for item in self:
            item.display_name = ": ".join(filter(None, (item.contract_id.name, item.product_id.display_name)))

    @api.depends("product_id", "partner_id")
    def _compute_analytic_distribution(self):
        """Take the distribution of the company's analytic models for customer and product."""
        for item in self:
            if item.product_id and item.contract_id.state == "draft":
                distribution = self.env["account.analytic.distribution.model"]._get_distribution(
                    {
                        "product_id": item.product_id.id,
                        "product_categ_id": item.product_id.categ_id.id,
                        "partner_id": item.partner_id.id,
                        "partner_category_id": item.partner_id.category_id.ids,
                        "company_id": item.company_id.id,
                    }
                )
                item.analytic_distribution = distribution or item.analytic_distribution

    @api.depends("charge_type")
    def _compute_billing_period_label(self):
        result = super()._compute_billing_period_label()
        for item in self.filtered(lambda i: i.charge_type == ONE_TIME):
            item.billing_period_label = self.env._("Once")
        return result

    # === CONSTRAINTS AND CRUD === #

    @api.constrains("quantity", "discount", "date_start", "date_end")
    def _check_terms(self):
        for item in self:
            if item.quantity < 0:
                message = self.env._("%(item)s: the quantity cannot be negative.")
            elif not 0 <= item.discount <= 100:
                message = self.env._("%(item)s: the discount lies between 0 and 100 %%.")
            elif item.date_start and item.date_end and item.date_end < item.date_start:
                message = self.env._("%(item)s: the end lies before the start.")
            else:
                continue
            raise ValidationError(message % {"item": item.display_name})

    @api.model
    def _get_draft_only_fields(self):
        """Return the names of the fields that only an amendment may change once in force."""
        return {
            "anchor_date",
            "anchor_day",
            "billing_count",
            "billing_timing",
            "billing_unit",
            "charge_type",
            "contract_id",
            "currency_rate",
            "date_end",
            "date_start",
            "discount",
            "included_quantity",
            "is_deposit",
            "free_periods",
            "last_day_free",
            "mrr",
            "owed_from",
            "owed_through",
            "perpetual",
            "price_unit",
            "product_id",
            "product_uom_id",
            "proration",
            "quantity",
            "sale_line_id",
            "stub",
            "tax_ids",
        }

    def write(self, vals):
        if self._get_draft_only_fields() & vals.keys():
            for item in self:
                if item.contract_id.state != "draft":
                    raise UserError(
                        self.env._(
                            "%(item)s is in force: use Amend on the contract to change it.",
                            item=item.display_name,
                        )
                    )
        return super().write(vals)

    def _write_protected(self, vals):
        """Write fields that follow from the journal; for the engine only."""
        # Passes by this class's own write(), which refuses them to everybody else.
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        for item in items:
            if item.contract_id.state != "draft" and not item.env.su:
                raise UserError(
                    self.env._(
                        "%(contract)s is in force: add items by an amendment.",
                        contract=item.contract_id.display_name,
                    )
                )
        return items

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for item in self:
            if item.contract_id.state != "draft":
                raise UserError(
                    self.env._(
                        "%(item)s has a history and cannot be deleted. End it instead.",
                        item=item.display_name,
                    )
                )

    # === DOMAIN ADAPTERS === #

    def _is_open_ended(self):
        """Tell whether the contract's end is not the item's: of a perpetual licence, of a deposit."""
        self.ensure_one()
        return self.perpetual or self.is_deposit

    def _get_current_terms(self):
        """Return today's terms as a domain ``Terms``."""
        self.ensure_one()
        return Terms(
            quantity=to_decimal(self.quantity),
            price=to_decimal(self.price_unit),
            discount=to_decimal(self.discount),
            taxes=tuple(sorted(self.tax_ids.ids)),
            payer=self.contract_id.partner_invoice_id.id,
        )

    def _get_mrr(self, terms):
        """Return the MRR of ``terms`` of this item, in the company's currency, rounded.

        :param Terms terms: the terms in force
        :rtype: Decimal
        """
        self.ensure_one()
        if self.charge_type != RECURRING or terms.suspended:
            return ZERO
        amount = mrr.monthly(terms.exact, self._get_interval())
        return round_half_up(
            amount / to_decimal(self.currency_rate or 1.0),
            to_decimal(self.company_currency_id.rounding),
        )

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import template for items of draft contracts"),
                "template": "/recurring_contracts/static/xls/recurring_contract_item.csv",
            }
        ]
