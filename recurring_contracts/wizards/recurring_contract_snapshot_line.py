from odoo import fields, models


class RecurringContractSnapshotLine(models.TransientModel):
    _name = "recurring.contract.snapshot.line"
    _description = "Item of a Contract as of a Day"

    snapshot_id = fields.Many2one("recurring.contract.snapshot", required=True, index=True, ondelete="cascade")
    item_id = fields.Many2one("recurring.contract.item", required=True, readonly=True)
    product_id = fields.Many2one(related="item_id.product_id", related_sudo=False)
    billing_period_label = fields.Char(related="item_id.billing_period_label", related_sudo=False)
    company_currency_id = fields.Many2one(
        related="item_id.company_currency_id", related_sudo=False, string="Company Currency"
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    price_unit = fields.Float("Unit Price", min_display_digits="Product Price", readonly=True)
    discount = fields.Float("Discount (%)", digits="Discount", readonly=True)
    payer_id = fields.Many2one("res.partner", "Invoiced To", readonly=True)
    suspended = fields.Boolean(readonly=True)
    mrr = fields.Monetary("MRR", currency_field="company_currency_id", readonly=True)
