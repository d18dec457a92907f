from dateutil.relativedelta import relativedelta

from odoo import models


class RecurringObligation(models.Model):
    """What of an obligation remains, as it is disclosed."""

    _inherit = "recurring.obligation"

    def _is_short(self):
        """Return whether the accounting term was expected to last a year or less (IFRS 15.121(a))."""
        self.ensure_one()
        return self.date_end < self.date_start + relativedelta(years=1)

    def _prepare_remaining_values(self, total, within, later):
        """Return what a line of remaining obligations shows.

        :param Decimal total: the obligation's share as it was known, in its currency
        :param Decimal within: what of it is earned within twelve months
        :param Decimal later: what of it is earned later, or has no day yet
        :rtype: dict
        """
        self.ensure_one()
        rate, rounded = self.allocation_id.currency_rate, self.company_id.currency_id.round
        own_within, own_later = rounded(float(within) * rate), rounded(float(later) * rate)
        return {
            "total": rounded(float(total) * rate),
            "within": own_within,
            "later": own_later,
            "remaining": own_within + own_later,
            "remaining_currency": float(within + later),
        }
