from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

SHOWN = 5


class AccountTax(models.Model):
    """Taxes that contracts bear, or bore, are archived and not deleted."""

    _inherit = "account.tax"

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_on_contracts(self):
        for tax in self:
            contracts = tax._get_bearing_contracts()
            if contracts:
                raise UserError(
                    self.env._(
                        "%(tax)s is a tax of %(contracts)s, which would go on without it. Archive it, and amend what "
                        "is to bear another tax.",
                        tax=tax.display_name,
                        contracts=", ".join(contracts.mapped("display_name")),
                    )
                )

    def _get_bearing_contracts(self):
        """Return some contracts whose items bear the tax, or bore it at some time by their journal."""
        self.ensure_one()
        # sudo: a tax counts as used whichever salesperson the contract belongs to
        items = self.env["recurring.contract.item"].sudo()
        events = self.env["recurring.contract.event"].sudo()
        domain = Domain("tax_ids", "in", self.ids)
        found = items.search(domain, limit=SHOWN).contract_id
        return found | events.search(domain, limit=SHOWN).contract_id
