from odoo import fields, models


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _get_applicable_rules_domain(self, products, date, **kwargs):
        """Leave out the rules of other plans.

        The keyword ``recurring_plan`` names the ``recurring.plan`` that is sold; an ordinary sale
        passes none.
        """
        recurring_plan = kwargs.get("recurring_plan")
        plans = [False, *(recurring_plan.ids if recurring_plan else ())]
        return [
            *super()._get_applicable_rules_domain(products=products, date=date, **kwargs),
            ("recurring_plan_id", "in", plans),
        ]

    def _get_applicable_rules(self, products, date, **kwargs):
        """Let rules that name the plan win over the generic ones."""
        rules = super()._get_applicable_rules(products, date, **kwargs)
        return rules.sorted(lambda rule: not rule.recurring_plan_id)

    def _get_recurring_price(self, product, quantity, *, plan, uom=None, currency=None, date=None):
        """Return the price of one unit for one billing period of a plan.

        :param product: product.product
        :param float quantity: in ``uom``
        :param plan: recurring.plan
        :param currency: the currency of the price; the pricelist's by default
        :param date: the day whose rules and rates count (date or datetime)
        :rtype: float
        """
        return self._get_product_price(
            product,
            quantity,
            currency=currency,
            uom=uom,
            date=date or fields.Date.context_today(self),
            recurring_plan=plan,
        )
