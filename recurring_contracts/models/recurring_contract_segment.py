from odoo import fields, models


class RecurringContractSegment(models.Model):
    """The replay of an item's events; rebuilt by the engine, never edited."""

    _name = "recurring.contract.segment"
    _description = "Contract Item Terms"
    _order = "item_id, date_start"
    _rec_name = "item_id"

    item_id = fields.Many2one("recurring.contract.item", required=True, readonly=True, index=True, ondelete="cascade")
    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    partner_id = fields.Many2one(related="contract_id.partner_id")
    plan_id = fields.Many2one(related="contract_id.plan_id")
    product_id = fields.Many2one(related="item_id.product_id", store=True)
    date_start = fields.Date("From", required=True, readonly=True)
    date_end = fields.Date("To", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    price_unit = fields.Float("Unit Price", min_display_digits="Product Price", readonly=True)
    discount = fields.Float("Discount (%)", digits="Discount", readonly=True)
    tax_ids = fields.Many2many("account.tax", string="Taxes", readonly=True, context={"active_test": False})
    payer_id = fields.Many2one("res.partner", "Invoiced To", readonly=True)
    suspended = fields.Boolean(readonly=True)
    suspension_billed = fields.Boolean("Billed While Suspended", readonly=True)
    mrr = fields.Monetary("MRR", currency_field="company_currency_id", readonly=True)

    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(item_id, item_id, '[]') WITH &&, daterange(date_start, date_end + 1) WITH &&)",
        "Two sets of terms of one item are in force on the same day.",
    )
