from odoo import fields, models


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    opening_recognised_through = fields.Date(
        "Recognised Elsewhere Through",
        copy=False,
        help="The last day whose revenue another system has recognised. What it has billed beyond "
        "becomes deferred revenue when the contract starts, dated this day.",
    )

    opening_recognised_amount = fields.Monetary(
        "Recognised Elsewhere",
        copy=False,
        help="Under the contract basis: what of the current accounting term another system has recognised, without "
        "tax. Empty: what the item's share of the price has earned by that day. The next close books the difference.",
    )

    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"opening_recognised_amount", "opening_recognised_through"}
