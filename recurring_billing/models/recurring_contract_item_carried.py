from odoo import models
from odoo.fields import Date
from odoo.tools import SQL


def is_carried_on(item):
    """Return the condition that a contract item goes on in another one without a day between them.

    What carries it on is in force: a quotation of a renewal, or one that was taken back, is none.

    :param SQL item: the alias of ``recurring_contract_item``
    :rtype: SQL
    """
    return SQL(
        """
        EXISTS (
            SELECT FROM recurring_contract_item successor
             WHERE (successor.origin_item_id = %(item)s.id
                    OR successor.sale_line_id IN (
                           SELECT rel.sale_order_line_id
                             FROM recurring_contract_item_sale_order_line_rel rel
                            WHERE rel.recurring_contract_item_id = %(item)s.id))
               AND successor.date_start <= %(item)s.date_end + 1
               AND EXISTS (SELECT FROM recurring_contract_segment segment WHERE segment.item_id = successor.id)
        )
        """,
        item=item,
    )


class RecurringContractItem(models.Model):
    """The last day in force that is free of charge, unless it is the eve of what carries the item on."""

    _inherit = "recurring.contract.item"

    def _filter_free_last_day(self):
        """Return those of the items whose last day in force, if any, is free of charge, in one query.

        :rtype: recurring.contract.item
        """
        free = self.filtered("last_day_free")
        if not free:
            return free
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT item.id FROM recurring_contract_item item WHERE item.id IN %s AND NOT %s",
                tuple(free.ids),
                is_carried_on(SQL("item")),
            )
        )
        return self.browse(item for (item,) in rows)

    def _reopen_last_days(self):
        """Look again at the last days of what the items carry on: whether they are free may have changed."""
        origins = self.browse().union(*(item._get_carried_items() for item in self))
        self._reopen_from(
            {
                item.id: min(filter(None, (item.date_end, item.owed_through)), default=item.date_start)
                for item in origins
                if item.last_day_free and item.date_end
            }
        )

    def _on_terms_changed(self, first_changes):
        result = super()._on_terms_changed(first_changes)
        # A last day that was free is paid for once it is no longer the last one.
        eves = {item.id: Date.subtract(day, days=1) for item, day in first_changes.items() if item.last_day_free}
        self._reopen_from(eves)
        self.browse([item.id for item in first_changes])._reopen_last_days()
        return result
