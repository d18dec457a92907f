from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.recurring_contracts.domain.money import to_decimal
from odoo.addons.recurring_contracts.domain.mrr import monthly
from odoo.addons.recurring_contracts.domain.periods import Interval

from ..domain import allocation


class RecurringSsp(models.Model):
    """For how much a product is sold alone. Prices are dated: the latest one that has begun counts."""

    _name = "recurring.ssp"
    _description = "Stand-alone Selling Price"
    _order = "product_id, plan_id, date_start desc, id desc"
    _check_company_auto = True

    product_id = fields.Many2one("product.product", required=True, index=True, ondelete="cascade", check_company=True)
    plan_id = fields.Many2one(
        "recurring.plan",
        ondelete="cascade",
        check_company=True,
        help="The price is for one billing period of this plan, and counts for contracts under it. Empty: for all "
        "plans, for the length of time that the product's sales price is for.",
    )
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    date_start = fields.Date("Valid From", required=True, default=fields.Date.context_today)
    method = fields.Selection(
        [
            (allocation.AMOUNT, "Amount"),
            (allocation.RANGE, "Range"),
            (allocation.RESIDUAL, "Residual"),
        ],
        required=True,
        default=allocation.AMOUNT,
        help="Amount: what one unit is sold for alone.\n"
        "Range: a contract's price within it counts as it is, for others the middle counts.\n"
        "Residual: what the other obligations of a contract leave of its price, where it is sold for amounts too "
        "varied to name one (IFRS 15.79(c)).",
    )
    amount = fields.Monetary(help="For one unit, without tax.")
    amount_low = fields.Monetary("Lowest")
    amount_high = fields.Monetary("Highest")

    _unique_date = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (product_id, plan_id, currency_id, company_id, date_start)",
        "There is a stand-alone selling price of this product from that day on already.",
    )

    @api.constrains("method", "amount", "amount_low", "amount_high")
    def _check_amounts(self):
        for ssp in self:
            if ssp.method == allocation.RANGE and not 0 <= ssp.amount_low <= ssp.amount_high:
                raise ValidationError(
                    self.env._("%(price)s: enter the lowest price, then the highest.", price=ssp.display_name)
                )
            if ssp.method == allocation.AMOUNT and ssp.amount < 0:
                raise ValidationError(self.env._("%(price)s: the price cannot be negative.", price=ssp.display_name))

    @api.depends("product_id", "date_start")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for ssp in self:
            ssp.display_name = self.env._(
                "%(product)s from %(date)s",
                product=ssp.product_id.display_name,
                date=format_date(self.env, ssp.date_start),
            )

    @api.model
    def _find(self, products, currency, company, date):
        """Return the prices in force on a day, those of a plan and of a company before the general ones.

        :param products: product.product
        :param currency: the contract's
        :param company: the company that sells
        :param datetime.date date: the day
        :return: all prices that count, the nearest first for each product
        :rtype: dict[product.product, recurring.ssp]
        """
        found = self.search(
            Domain("product_id", "in", products.ids)
            & Domain("currency_id", "=", currency.id)
            & Domain("date_start", "<=", date)
            & Domain("company_id", "in", [False, *company.parent_ids.ids])
        )
        ordered = found.sorted(lambda ssp: (bool(ssp.plan_id), bool(ssp.company_id), ssp.date_start), reverse=True)
        return ordered.grouped("product_id")

    def _get_unit_price(self, item, price):
        """Return what one unit of an item costs alone in one of its own billing periods.

        :param item: recurring.contract.item
        :param Decimal price: what the contract states for it, without tax
        :return: ``None`` for the residual approach
        :rtype: Decimal | None
        """
        self.ensure_one()
        if self.method == allocation.RESIDUAL:
            return None
        factor = self._get_period_factor(item)
        if self.method == allocation.RANGE:
            low, high = (to_decimal(amount) * factor for amount in (self.amount_low, self.amount_high))
            return allocation.standalone_in_range(price, low, high)
        return to_decimal(self.amount) * factor

    def _get_period_factor(self, item):
        template = item.product_id.product_tmpl_id
        if item.charge_type != "recurring":
            return 1
        own = Interval(template.recurring_price_unit or "month", template.recurring_price_count or 1)
        interval = self.plan_id._get_interval() if self.plan_id else own
        return monthly(1, interval) / monthly(1, item._get_interval())
