from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..domain.comparison import is_comparable


class RecurringCharge(models.Model):
    """What an item was charged before, to tell what is far from it."""

    _inherit = "recurring.charge"

    def _get_history_kinds(self):
        """Return the kinds of charges that repeat, so that one can be compared with the one before.

        Hook: other addons extend it with kinds of their own.
        """
        return ("recurring",)

    def _get_previous_whole_amounts(self):
        """Return what the item's previous comparable period cost as a whole.

        Comparable is a period of about the same length in the same currency, of the item itself
        or of the item that it continues; what another system billed counts as well.

        :return: the whole period's price, in the contract's currency, by charge that has a history
        :rtype: dict
        """
        if not self:
            return {}
        self.env["recurring.charge"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT charge.id, charge.period_end - charge.period_start + 1,
                       before.whole_amount, before.days
                  FROM recurring_charge charge
                  JOIN recurring_contract_item item ON item.id = charge.item_id
                 CROSS JOIN LATERAL (
                           SELECT earlier.whole_amount,
                                  earlier.period_end - earlier.period_start + 1 AS days
                             FROM recurring_charge earlier
                            WHERE earlier.item_id IN (item.id, item.origin_item_id)
                              AND earlier.period_end < charge.period_start
                              AND earlier.kind IN (charge.kind, 'opening')
                              AND earlier.currency_id = charge.currency_id
                              AND earlier.corrected_charge_id IS NULL
                              AND earlier.is_void IS NOT TRUE
                            ORDER BY earlier.period_start DESC, earlier.id DESC
                            LIMIT 1
                       ) AS before
                 WHERE charge.id IN %s AND charge.kind IN %s AND charge.corrected_charge_id IS NULL
                """,
                tuple(self.ids),
                self._get_history_kinds(),
            )
        )
        return {
            # a float, as the charge's own fields that it is compared with
            self.browse(charge): float(whole)
            for charge, days, whole, days_before in rows
            if is_comparable(days, days_before)
        }

    def _format_far_from(self, before):
        """Say what the whole period costs now and cost before."""
        self.ensure_one()
        return self.env._(
            "%(product)s, %(first)s to %(last)s: %(now)s for the whole period, %(before)s before",
            product=self.product_id.display_name,
            first=format_date(self.env, self.date_start),
            last=format_date(self.env, self.date_end),
            now=self.currency_id.format(self.whole_amount),
            before=self.currency_id.format(before),
        )
