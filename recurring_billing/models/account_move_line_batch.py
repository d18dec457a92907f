from collections import defaultdict

from odoo import models


class AccountMoveLine(models.Model):
    """Lines of invoices that are made by the hundred (see ``account.move``)."""

    _inherit = "account.move.line"

    def write(self, vals):
        """Write nothing where nothing changes, in a batch.

        Odoo gives each new invoice's lines its customer, invoice by invoice, although they have it.
        """
        if self.env.context.get("recurring_invoice_batch") and vals.keys() == {"partner_id"}:
            if not any(line.partner_id.id != vals["partner_id"] for line in self):
                return True
        return super().write(vals)

    def _check_company(self, fnames=None):
        """Check each record that lines refer to once for each company, in a batch.

        Whether a record may be referred to depends on it and on the company alone: in a batch, one
        line speaks for all that have the same company and the same value of a field.

        :raise UserError: as Odoo raises it, naming the line that speaks
        """
        if not self.env.context.get("recurring_invoice_batch"):
            return super()._check_company(fnames)
        if fnames is None or {"company_id", "company_ids"} & set(fnames):
            fnames = self._fields
        names = [name for name in fnames if self._fields[name].relational and self._fields[name].check_company]
        speakers = defaultdict(dict)
        # sudo, and line by line: as Odoo's own check reads the values
        for line in self.sudo():
            for name in names:
                speakers[name][line.company_id.id, line[name]._ids] = line.id
        for name, lines in speakers.items():
            super(AccountMoveLine, self.browse(lines.values()))._check_company([name])
        return None
