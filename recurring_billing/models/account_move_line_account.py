from odoo import models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    """Saying where an archived account comes from, to whoever bills and does not keep the accounts."""

    _inherit = "account.move.line"

    def _check_constrains_account_id_journal_id(self):
        if self.env.context.get("recurring_invoice_batch"):
            for line in self.filtered(lambda line: line.account_id and not line.account_id.active):
                raise UserError(line._get_archived_account_message())
        return super()._check_constrains_account_id_journal_id()

    def _get_archived_account_message(self):
        """Return that the line's account is archived, and on which record to enter another one."""
        self.ensure_one()
        if self.display_type == "payment_term":
            record = self.partner_id.display_name
        elif self.display_type == "tax":
            record = self.tax_line_id.display_name
        else:
            record = self.product_id.display_name or self.name
        return self.env._(
            "The account %(account)s is archived. Unarchive it, or enter another account on %(record)s.",
            account=f"{self.account_id.code or ''} {self.account_id.name}".strip(),
            record=record,
        )
