from decimal import Decimal

from odoo import api, fields, models

from ..domain.mrr import monthly
from ..domain.periods import Interval
from .recurring_billing_terms import BILLING_UNITS


class ProductTemplate(models.Model):
    _inherit = "product.template"

    recurring_charge_type = fields.Selection(
        [
            ("recurring", "Each billing period"),
            ("one_time", "Once, with the contract"),
            ("usage", "By usage, per unit"),
        ],
        string="Contract Charge",
        help="Makes the product part of the contract when it is sold under a recurring plan. "
        "Empty: an ordinary product, invoiced by its sales order.",
    )
    recurring_price_count = fields.Integer("Sales Price Is for", default=1)
    recurring_price_unit = fields.Selection(
        BILLING_UNITS,
        string="Sales Price Unit",
        default="month",
        help="The sales price is for this length of time; other billing periods are scaled from "
        "it where no pricelist rule names the plan.",
    )
    recurring_is_deposit = fields.Boolean(
        "Refundable Deposit",
        help="Charged at the contract's start, and given back when neither the contract nor a renewal of it goes on.",
    )
    recurring_perpetual = fields.Boolean(
        "Perpetual Licence",
        help="Charged once. It has no end date and is never renewed, but stays listed on the contract.",
    )
    recurring_renewal_product_id = fields.Many2one(
        "product.product",
        "Renewed As",
        check_company=True,
        domain="[('recurring_charge_type', '=', recurring_charge_type)]",
        help="A renewal offers this product in place of this one, at its price list's price.",
    )

    _recurring_price_count_positive = models.Constraint(
        "CHECK(recurring_price_count > 0)", "The sales price is for at least one unit of time."
    )
    _recurring_deposit_or_perpetual = models.Constraint(
        "CHECK(recurring_is_deposit IS NOT TRUE OR recurring_perpetual IS NOT TRUE)",
        "A product is a deposit or a perpetual licence, not both.",
    )

    @api.onchange("recurring_charge_type")
    def _onchange_recurring_charge_type(self):
        if self.recurring_charge_type and self.type == "consu" and not self._origin:
            self.type = "service"
        if self.recurring_charge_type != "one_time":
            self.recurring_is_deposit = self.recurring_perpetual = False

    def _get_recurring_price_factor(self, plan):
        """Return by what the list price is multiplied for one billing period of ``plan``.

        :param plan: ``recurring.plan``, or an empty recordset for an ordinary sale
        :return: 1 for products that are not recurring; 3 for a price per month under a quarterly plan
        :rtype: Decimal
        """
        self.ensure_one()
        if not plan or self.recurring_charge_type != "recurring":
            return Decimal(1)
        own = Interval(self.recurring_price_unit or "month", self.recurring_price_count or 1)
        return monthly(Decimal(1), own) / monthly(Decimal(1), plan._get_interval())
