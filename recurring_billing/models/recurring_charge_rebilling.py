from odoo import models
from odoo.exceptions import UserError


class RecurringCharge(models.Model):
    """Charges that follow what a clerk does to their posted invoice by Odoo's credit-note wizard."""

    _inherit = "recurring.charge"

    def _credit_on(self, line_ids, date):
        """Credit the charges in full on lines of a credit note: the next billing charges them again.

        :param list[int] line_ids: the credit note's line of each charge, in the order of ``self``
        :param datetime.date date: the day on which the credit is owed
        :return: the credits
        :raise UserError: where a charge was credited before, in part or in full
        """
        for charge in self:
            credits = charge.correction_ids.filtered(lambda c: not c.is_void)
            if credits:
                raise UserError(
                    self.env._(
                        "“%(charge)s” was credited before (%(invoices)s). What is left of it cannot be billed again "
                        "as a whole: choose goodwill, or amend the contract.",
                        charge=charge.display_name,
                        invoices=", ".join(filter(None, credits.move_id.mapped("display_name")))
                        or self.env._("not invoiced yet"),
                    )
                )
        revisions = self._get_last_revisions()
        credits = self.create([charge._prepare_credit_values(revisions, date) for charge in self])
        credits._link_invoice_lines(line_ids)
        self._reopen()
        return credits

    def _get_last_revisions(self):
        """Return the last revision by item, kind and first day of the period."""
        groups = self._read_group(
            [("item_id", "in", self.item_id.ids)], ["item_id", "kind", "period_start:day"], ["revision:max"]
        )
        return {(item.id, kind, day): revision for item, kind, day, revision in groups}

    def _prepare_credit_values(self, revisions, date):
        """Return the values of the charge that credits this one in full.

        :param dict revisions: the last revision by item, kind and first day of the period; counted up
        :param datetime.date date: the day on which the credit is owed
        """
        self.ensure_one()
        used = (self.item_id.id, self.kind, self.period_start)
        revisions[used] += 1
        return self.copy_data(
            {
                "amount": -self.amount,
                "corrected_charge_id": self.id,
                "revision": revisions[used],
                "due_date": date,
                "run_id": False,
                "invoice_line_id": False,
                "move_id": False,
            }
        )[0]
