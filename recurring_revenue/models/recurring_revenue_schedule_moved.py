from odoo import fields, models

from ..domain.recognition import AT_ONCE


class RecurringRevenueSchedule(models.Model):
    """Schedules that a contract basis ends, and those that begin with what was recognised before it."""

    _inherit = "recurring.revenue.schedule"

    decision_id = fields.Many2one(
        "recurring.accounting.decision",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="It moved what the schedule takes away to the contract basis.",
    )

    def _prepare_moved_values(self, left, day):
        """Return the values of the schedule that takes away what another one has left.

        Both are recognised by the next close, and together come to nothing.

        :param list[Decimal] left: what is left, in the company's currency and in its own
        :param datetime.date day: when it is moved
        :rtype: dict
        """
        self.ensure_one()
        own, foreign = (-float(amount) for amount in left)
        names = ("company_id", "company_currency_id", "currency_id", "partner_id", "contract_id", "item_id")
        names += ("product_id", "deferred_account_id", "revenue_account_id")
        return {name: self[name].id for name in names} | {
            "name": self.env._("%(schedule)s: to the contract basis", schedule=self.name),
            "booking": self.booking,
            "analytic_distribution": self.analytic_distribution,
            "date": day,
            "date_start": day,
            "date_end": day,
            "method": AT_ONCE,
            "total": own,
            "total_currency": foreign,
            "opening_recognised": 0.0,
            "opening_recognised_currency": 0.0,
            "recognised": 0.0,
            "recognised_currency": 0.0,
            "remaining": own,
            "remaining_currency": foreign,
        }

    def _begin_with(self, own, foreign):
        """Count amounts as recognised before the schedule was opened.

        :param Decimal own: in the company's currency
        :param Decimal foreign: in the schedule's
        """
        self.ensure_one()
        currency, company_currency = self.currency_id, self.company_currency_id
        self.write(
            {
                "opening_recognised": float(own),
                "opening_recognised_currency": float(foreign),
                "recognised": float(own),
                "recognised_currency": float(foreign),
                "remaining": company_currency.round(self.total - float(own)),
                "remaining_currency": currency.round(self.total_currency - float(foreign)),
            }
        )
