from odoo import api, fields, models

from ..domain.alignment import aligned_amount
from ..domain.money import to_decimal


class RecurringContractAlignLine(models.TransientModel):
    _name = "recurring.contract.align.line"
    _description = "Item of Contracts to Align"

    align_id = fields.Many2one("recurring.contract.align", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="align_id.currency_id", related_sudo=False)
    contract_id = fields.Many2one("recurring.contract", readonly=True)
    item_id = fields.Many2one("recurring.contract.item", readonly=True)
    product_id = fields.Many2one(related="item_id.product_id", related_sudo=False)
    date_start = fields.Date("Old Term From", readonly=True)
    days = fields.Integer("Old Days", readonly=True)
    term_price = fields.Monetary(
        "Old Term Price", readonly=True, help="What the old term costs at its last terms, after discount."
    )
    new_date_start = fields.Date("Goes On From", readonly=True)
    new_days = fields.Integer(readonly=True)
    rule_percent = fields.Float(digits=(16, 4), readonly=True)
    uplift_percent = fields.Float("Uplift (%)", digits=(16, 4))
    amount = fields.Monetary(
        "Aligned Price",
        compute="_compute_amount",
        help="Old term price ÷ old days × new days × uplift: one charge for all days to the common end.",
    )
    note = fields.Char("Price From", readonly=True)

    @api.depends("term_price", "days", "new_days", "uplift_percent", "currency_id")
    def _compute_amount(self):
        for line in self:
            line.amount = line.days and float(
                aligned_amount(
                    to_decimal(line.term_price),
                    line.days,
                    line.new_days,
                    to_decimal(line.uplift_percent),
                    to_decimal(line.currency_id.rounding or 0.01),
                )
            )
