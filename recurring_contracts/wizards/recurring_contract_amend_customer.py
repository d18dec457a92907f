from odoo import fields, models
from odoo.exceptions import UserError

from ..domain import replay


class RecurringContractAmend(models.TransientModel):
    """Another customer, or another one who pays."""

    _inherit = "recurring.contract.amend"

    partner_invoice_id = fields.Many2one("res.partner", "New Invoice Address", check_company=True)
    partner_id = fields.Many2one("res.partner", "New Customer", check_company=True)
    transfer_credit = fields.Selection(
        [
            ("credit", "The old customer is credited, the new one charged"),
            ("settled", "The customers settle it between themselves"),
        ],
        "The Period Billed Already",
        required=True,
        default="credit",
        help="Settled between them: the old customer owes the period to its end, the new one from the next.",
    )

    def _check(self):
        result = super()._check()
        if self.action == "payer" and not self.partner_invoice_id:
            raise UserError(self.env._("Choose the new invoice address."))
        if self.action == "transfer":
            if not self.partner_id:
                raise UserError(self.env._("Choose the customer who takes over the contract."))
            if self.partner_id == self.contract_id.partner_id:
                raise UserError(
                    self.env._(
                        "%(contract)s is a contract of %(customer)s already.",
                        contract=self.contract_id.display_name,
                        customer=self.partner_id.display_name,
                    )
                )
        return result

    def _apply(self):
        if self.action != "transfer":
            return super()._apply()
        successor = self.contract_id._transfer(
            self.partner_id, self.date, settled=self.transfer_credit == "settled", reason=self.reason
        )
        # sudo: whoever transfers a contract is told of the one that it makes
        into = successor.sudo()._get_transfer_in()
        return into.counterpart_id + into

    def _prepare_payer_event_values(self):
        """Return the events by which what is in force on the day or later has another payer."""
        items = self.contract_id.item_ids.filtered(
            lambda i: not i.date_end or i.date_end >= max(self.date, i.date_start)
        )
        segments = items._get_segments()
        payer = self.partner_invoice_id.id
        return [
            item._prepare_event_values(replay.PAYER, max(self.date, item.date_start), payer_id=payer)
            for item in items
            if any(s.terms.payer != payer for s in segments[item.id] if s.end is None or s.end > self.date)
        ]
