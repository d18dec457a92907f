from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_recurring_price_factor(self, plan):
        """See ``product.template``."""
        return self.product_tmpl_id._get_recurring_price_factor(plan)
