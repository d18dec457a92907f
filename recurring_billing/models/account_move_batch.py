from odoo import models


class AccountMove(models.Model):
    """Invoices that are made by the hundred.

    Who creates and posts complete invoices in one transaction sets ``recurring_invoice_batch`` in the
    context: what Odoo would then write or compare without any result is left out.
    """

    _inherit = "account.move"

    def write(self, vals):
        """Write nothing where nothing changes, in a batch.

        Odoo marks new invoices as not modified by hand, which they are not; to write it once more
        would compare every line of the batch twice.
        """
        if self.env.context.get("recurring_invoice_batch") and not self._will_change(vals):
            return True
        return super(AccountMove, self._without_sync(vals)).write(vals)

    def _without_sync(self, vals):
        """Return the records so that a batch is posted without looking for changed taxes and terms.

        Both stand since the creation, and nothing that they depend on is written with the state.
        """
        if self.env.context.get("recurring_invoice_batch") and vals.keys() <= {"state", "posted_before"}:
            return self.with_context(skip_invoice_sync=True)
        return self

    def _will_change(self, vals):
        """Return whether writing the values would change one of the records."""
        return any(self._field_will_change(record, vals, name) for record in self for name in vals)
