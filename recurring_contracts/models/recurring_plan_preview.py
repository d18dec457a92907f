from odoo import api, fields, models

from ..domain.money import HUNDRED, ZERO, round_half_up, to_decimal


class RecurringPlan(models.Model):
    """The plan's template of items, and what a customer would pay under it."""

    _inherit = "recurring.plan"

    item_ids = fields.One2many("recurring.plan.item", "plan_id", "Items", copy=True)
    price_rule_ids = fields.One2many("product.pricelist.item", "recurring_plan_id", "Price Rules")
    preview_currency_id = fields.Many2one("res.currency", compute="_compute_preview")
    preview_pricelist_id = fields.Many2one("product.pricelist", "At the Prices of", compute="_compute_preview")
    preview_first_invoice = fields.Monetary(
        "First Invoice",
        currency_field="preview_currency_id",
        compute="_compute_preview",
        help="What is charged at the start, and the first period where it is billed in advance. Untaxed, "
        "without optional items.",
    )
    preview_period = fields.Monetary(
        "Per Billing Period",
        currency_field="preview_currency_id",
        compute="_compute_preview",
        help="What each whole billing period costs. Untaxed, without usage and optional items.",
    )
    preview_renewal = fields.Monetary(
        "At Each Renewal",
        currency_field="preview_currency_id",
        compute="_compute_preview",
        help="The renewal fees. Untaxed.",
    )
    preview_deposit = fields.Monetary(
        "Of Which Deposit",
        currency_field="preview_currency_id",
        compute="_compute_preview",
        help="Part of the first invoice that is given back at the end.",
    )

    @api.depends(
        "billing_count",
        "billing_unit",
        "billing_timing",
        "company_id",
        "item_ids.role",
        "item_ids.product_id",
        "item_ids.quantity",
        "item_ids.price_source",
        "item_ids.price_unit",
        "item_ids.percent",
        "item_ids.currency_id",
        "item_ids.is_optional",
        "price_rule_ids.fixed_price",
    )
    @api.depends_context("company")
    def _compute_preview(self):
        for plan in self:
            company = plan.company_id or self.env.company
            plan.preview_pricelist_id = plan._get_preview_pricelist(company)
            plan.preview_currency_id = plan.preview_pricelist_id.currency_id or company.currency_id
            amounts = plan._get_preview_amounts(company)
            once = sum((amounts.get(role, ZERO) for role in ("setup", "deposit", "perpetual", "one_time")), ZERO)
            period = amounts.get("recurring", ZERO)
            first = once + period if plan.billing_timing == "advance" else once
            plan.preview_first_invoice = float(first)
            plan.preview_period = float(period)
            plan.preview_renewal = float(amounts.get("renewal_fee", ZERO))
            plan.preview_deposit = float(amounts.get("deposit", ZERO))

    def _get_preview_pricelist(self, company):
        """Return the price list that a new customer of a company would have, if there is one."""
        Pricelist = self.env["product.pricelist"]
        if not self.env.user.has_group("product.group_product_pricelist"):
            return Pricelist
        return Pricelist.search([("company_id", "in", (False, company.id))], limit=1)

    def _get_preview_amounts(self, company):
        """Return what the plan's items amount to, by role, without the optional ones.

        :param company: the ``res.company`` that sells
        :rtype: dict[str, Decimal]
        """
        self.ensure_one()
        currency, day = self.preview_currency_id, company._recurring_today()
        rounding = to_decimal(currency.rounding or 0.01)
        amounts = {}
        items = self.item_ids.filtered(lambda i: i.product_id and not i.is_optional and i.role != "overage")
        for item in items.filtered(lambda i: i.price_source != "percent"):
            price = item._get_price(self.preview_pricelist_id, currency, company, day)
            amount = round_half_up(to_decimal(price) * to_decimal(item.quantity), rounding)
            amounts[item.role] = amounts.get(item.role, ZERO) + amount
        setup = amounts.get("setup", ZERO)
        for item in items.filtered(lambda i: i.price_source == "percent"):
            fee = setup * to_decimal(item.percent) / HUNDRED * to_decimal(item.quantity)
            amounts[item.role] = amounts.get(item.role, ZERO) + round_half_up(fee, rounding)
        return amounts

    def _get_setup_products(self):
        """Return the products that the plan sells as setup fees."""
        return self.item_ids.filtered(lambda item: item.role == "setup").product_id
