from odoo import api, fields, models


class AccountMoveLine(models.Model):
    """Invoice lines of obligations: they bill the contract, and its revenue does not wait for them."""

    _inherit = "account.move.line"

    recurring_obligation_id = fields.Many2one(
        "recurring.obligation",
        "Obligation",
        readonly=True,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The obligation that the line bills, under the contract basis.",
    )

    @api.model
    def _get_recurring_posted_fields(self):
        return super()._get_recurring_posted_fields() | {"recurring_obligation_id"}

    @api.model
    def _get_recurring_protected_fields(self):
        return super()._get_recurring_protected_fields() | {"recurring_obligation_id"}

    def _is_recurring_concession(self):
        """Return whether the line lowers the price of its obligation: a credit that no charge explains.

        What is credited takes effect over the days that the line names, or those of its obligation
        (IFRS 15.87 and 15.88).
        """
        self.ensure_one()
        return bool(
            self.recurring_obligation_id
            and self.move_id.move_type == "out_refund"
            # sudo: charges are closed to some who may edit invoices
            and not self.sudo().recurring_charge_ids
        )

    def _is_recurring_deferred(self):
        if self.recurring_obligation_id:
            return self._is_recurring_concession() and all(self._get_recurring_recognition_dates())
        return super()._is_recurring_deferred()

    def _get_recurring_deferred_account(self, raise_if_missing=False):
        if self.recurring_obligation_id:
            concession = self._is_recurring_deferred()
            return (
                self.recurring_obligation_id.allocation_id.balance_account_id
                if concession
                else self.account_id.browse()
            )
        return super()._get_recurring_deferred_account(raise_if_missing)

    def _get_recurring_income_account(self):
        return self.recurring_obligation_id.revenue_account_id or super()._get_recurring_income_account()

    def _set_recurring_cutoff_account(self, raise_if_missing):
        # a contract's balance is what was billed less what was earned, however invoices are booked
        if self.recurring_obligation_id:
            return self._set_recurring_deferred_account(raise_if_missing)
        return super()._set_recurring_cutoff_account(raise_if_missing)
