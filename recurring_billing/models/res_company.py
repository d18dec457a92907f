from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    recurring_auto_bill = fields.Boolean(
        "Bill Contracts Automatically",
        help="Every night, invoice and post what is due.",
    )
