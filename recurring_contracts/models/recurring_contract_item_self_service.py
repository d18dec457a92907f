from odoo import models


class RecurringContractItem(models.Model):
    """When a change by the customer himself takes effect, and on what."""

    _inherit = "recurring.contract.item"

    def _get_self_service_date(self):
        """Return the first day of a quantity that the customer changes today.

        :rtype: datetime.date
        """
        self.ensure_one()
        contract = self.contract_id
        today = contract.company_id._recurring_today()
        day = max(today, self.date_start)
        if contract.self_service_quantity == "now" or day > today:
            return day
        return self._get_grid().period_at(today).end

    def _get_self_service_terms(self):
        """Return the terms on that day as a domain ``Terms``, or ``None`` where it is not in force."""
        self.ensure_one()
        return self._get_terms_on(self._get_self_service_date())
