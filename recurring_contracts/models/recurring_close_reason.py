from odoo import fields, models


class RecurringCloseReason(models.Model):
    """Why a contract is closed: chosen where it is cancelled, where its renewal is refused, and by the customer."""

    _name = "recurring.close.reason"
    _description = "Contract Close Reason"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    in_portal = fields.Boolean(
        "Customers May Choose It",
        default=True,
        help="Whether a customer who gives notice in the portal is offered this reason.",
    )
    contract_ids = fields.One2many("recurring.contract", "close_reason_id", "Contracts")
    contract_count = fields.Integer(compute="_compute_contract_count")

    _name_unique = models.Constraint("UNIQUE(name)", "This close reason exists already.")

    def _compute_contract_count(self):
        counts = dict(
            self.env["recurring.contract"]._read_group(
                [("close_reason_id", "in", self.ids)], ["close_reason_id"], ["__count"]
            )
        )
        for reason in self:
            reason.contract_count = counts.get(reason, 0)
