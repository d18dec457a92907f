"""Items whose last day was free although a renewal that merged lines carries them on are looked at again."""

from odoo.tools import SQL

from odoo.addons.recurring_billing.models.recurring_contract_item_carried import is_carried_on


def migrate(cr, version):
    query = SQL(
        """
        UPDATE recurring_contract_item item
           SET settled_until = LEAST(item.settled_until, item.date_end, item.owed_through),
               next_billing_date = NULL
         WHERE item.last_day_free AND item.settled_until > LEAST(item.date_end, item.owed_through) AND %s
        """,
        is_carried_on(SQL("item")),
    )
    cr.execute(query.code, query.params)
