from odoo import models

from ..domain.money import to_decimal


class AccountTax(models.Model):
    _inherit = "account.tax"

    def _get_recurring_untaxed(self, amount, currency):
        """Return an amount, which includes what price-included taxes there are, without taxes.

        :param Decimal amount: in the tax basis of a price that bears these taxes
        :param currency: ``res.currency`` of the amount
        :rtype: Decimal
        """
        if not any(tax.price_include for tax in self):
            return amount
        totals = self.compute_all(float(amount), currency=currency)
        return to_decimal(currency.round(totals["total_excluded"]))
