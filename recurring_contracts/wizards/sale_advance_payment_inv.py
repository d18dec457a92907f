from odoo import models


class SaleAdvancePaymentInv(models.TransientModel):
    _inherit = "sale.advance.payment.inv"

    def _create_invoices(self, sale_orders):
        """Count down payments on what the orders themselves invoice only.

        The contract bills its own lines in full; a down payment on them would be paid back by the
        order's last invoice.
        """
        if self.advance_payment_method == "delivered":
            return super()._create_invoices(sale_orders)
        sale_orders._check_recurring_down_payment()
        wizard = self.with_context(recurring_down_payment=True)
        return super(SaleAdvancePaymentInv, wizard)._create_invoices(
            sale_orders.with_context(recurring_down_payment=True)
        )
