from odoo import fields, models


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    opening_recognised_through = fields.Date(
        "Recognised Elsewhere Through",
        copy=False,
        help="The last day whose revenue another system has recognised. What it has billed beyond "
        "becomes deferred revenue when the contract starts, dated this day.",
    )

    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"opening_recognised_through"}
