from odoo import api, fields, models

from odoo.addons.recurring_contracts.domain.money import to_decimal


class RecurringRevenueAllocateLine(models.TransientModel):
    _name = "recurring.revenue.allocate.line"
    _description = "Obligation to Allocate"

    wizard_id = fields.Many2one("recurring.revenue.allocate", required=True, ondelete="cascade")
    obligation_id = fields.Many2one("recurring.obligation", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id", related_sudo=False)
    # not sudo: of another company's obligation nothing is shown
    contract_id = fields.Many2one(related="obligation_id.contract_id", related_sudo=False)
    product_id = fields.Many2one(related="obligation_id.product_id", related_sudo=False)
    price = fields.Monetary(related="obligation_id.price", related_sudo=False)
    standalone = fields.Monetary(related="obligation_id.standalone", related_sudo=False)
    ssp_method = fields.Selection(related="obligation_id.ssp_method", related_sudo=False)
    share_before = fields.Monetary("Allocated Now", related="obligation_id.share", related_sudo=False)
    bears_discount = fields.Boolean(
        "Bears the Discount",
        default=True,
        help="Untick what takes no part in the discount: where the rest is regularly sold together for about as much "
        "less, and each of them alone as well (IFRS 15.82).",
    )
    share = fields.Monetary("Allocated", compute="_compute_share")
    moved = fields.Monetary(compute="_compute_share", help="Allocated less stated price.")

    @api.depends("bears_discount", "wizard_id.line_ids.bears_discount")
    def _compute_share(self):
        for wizard in self.wizard_id:
            obligations = wizard.line_ids.obligation_id
            flags = {line.obligation_id.id: line.bears_discount for line in wizard.line_ids}
            rounding = to_decimal(wizard.currency_id.rounding or 0.01)
            shares = obligations._get_shares(rounding, flags) if obligations else {}
            for line in wizard.line_ids:
                line.share = float(shares[line.obligation_id.id].amount)
                line.moved = line.share - line.price
        for line in self.filtered(lambda line: not line.wizard_id):
            line.share = line.moved = 0.0
