from odoo import fields, models


class RecurringParting(models.TransientModel):
    """The answer to why two charges, or two invoices, are apart."""

    _name = "recurring.parting"
    _description = "Why Apart"

    name = fields.Char("Compared", readonly=True)
    explanation = fields.Text("Why", readonly=True)
