from odoo import models


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    def _find_unbilled(self, company, date):
        """Leave out what is recognised by contract: it is earned whether it is invoiced or not."""
        found = super()._find_unbilled(company, date)
        obligations = (
            self.env["recurring.obligation"].sudo()._read_group([("company_id", "=", company.id)], ["item_id"], [])
        )
        for (item,) in obligations:
            found.pop(item.id, None)
        return found
