from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    recurring_auto_bill = fields.Boolean(
        "Bill Contracts Automatically",
        help="Every night, invoice and post what is due.",
    )
    recurring_hold_percent = fields.Float(
        "Hold Beyond",
        help="Customers of a billing run are held for somebody to look at where the price of a whole period "
        "differs from the period before by more percent than this. 0 holds nobody.",
    )
    recurring_hold_amount = fields.Monetary(
        "Hold From",
        help="Differences below this amount never hold a customer. In the company's currency.",
    )
