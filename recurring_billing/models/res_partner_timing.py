from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    recurring_invoice_when = fields.Selection(
        lambda self: self.env["sale.order"]._selection_recurring_invoice_when(),
        "Deliveries Invoiced",
        company_dependent=True,
        help="When a billing run invoices what is delivered of this customer's new orders; each order may say "
        "otherwise. Empty: the orders are not invoiced for themselves.",
    )
