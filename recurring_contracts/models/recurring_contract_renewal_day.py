from datetime import datetime, time

from odoo import api, models


class RecurringContract(models.Model):
    """Renewal orders bear the date of the run that makes them, not the machine's."""

    _inherit = "recurring.contract"

    @api.model
    def _with_renewal_day(self, date):
        """Return the model in an environment whose renewal orders are dated on a day.

        :param datetime.date date: the day on which renewals are decided
        """
        # Noon UTC falls on that very day in nearly all time zones.
        return self.with_context(recurring_renewal_day=datetime.combine(date, time(12)))

    @api.model
    def _create_renewal_orders_from(self, values):
        day = self.env.context.get("recurring_renewal_day")
        if day:
            values = [order | {"date_order": day} for order in values]
        return super()._create_renewal_orders_from(values)
