from odoo import fields, models


class RecurringContractPeriodsLine(models.TransientModel):
    _name = "recurring.contract.periods.line"
    _description = "Line of a Move of Billing Periods"

    wizard_id = fields.Many2one("recurring.contract.periods", required=True, ondelete="cascade")
    item_id = fields.Many2one("recurring.contract.item", required=True, readonly=True)
    currency_id = fields.Many2one(related="item_id.currency_id", related_sudo=False)
    billing_period_label = fields.Char(related="item_id.billing_period_label", related_sudo=False)
    date = fields.Date("Moves On", readonly=True, help="The first day that belongs to the new periods.")
    date_next = fields.Date("Whole From", readonly=True, help="The first day of the first whole new period.")
    amount = fields.Monetary(
        "Adjustment", readonly=True, help="What the days from the move to the first whole new period cost, untaxed."
    )
