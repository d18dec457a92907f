from odoo import api, fields, models

CUSTOMER = "customer"
CONTRACT = "contract"
ORDER = "order"
ITEM = "item"


class RecurringGroupingMixin(models.AbstractModel):
    """Says what shares an invoice: plans offer it, contracts decide it."""

    _name = "recurring.grouping.mixin"
    _description = "Invoice Grouping"

    invoice_grouping = fields.Selection(
        "_selection_invoice_grouping",
        "Invoices",
        help="What shares an invoice. Contract before plan before customer; one invoice for all of a customer's "
        "contracts where nothing is said.",
    )

    @api.model
    def _selection_invoice_grouping(self):
        return [
            (CUSTOMER, self.env._("One for the customer")),
            (CONTRACT, self.env._("One for each contract")),
            (ORDER, self.env._("One for each purchase order")),
            (ITEM, self.env._("One for each item")),
        ]
