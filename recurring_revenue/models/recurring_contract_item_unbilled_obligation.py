from odoo import models


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    def _find_unbilled(self, company, date):
        """Leave out what is recognised by contract: it is earned whether it is invoiced or not."""
        found = super()._find_unbilled(company, date)
        # sudo: the close looks at the whole company, whoever runs it; only which items there are is read
        obligations = (
            self.env["recurring.obligation"].sudo()._read_group([("company_id", "=", company.id)], ["item_id"], [])
        )
        for (item,) in obligations:
            found.pop(item.id, None)
        return found
