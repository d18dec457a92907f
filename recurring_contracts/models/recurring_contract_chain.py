from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL


class RecurringContract(models.Model):
    """A contract with all that renews it: how long the chain lasts, and the deposits that it holds."""

    _inherit = "recurring.contract"

    deposit_item_ids = fields.Many2many(
        "recurring.contract.item",
        string="Deposits",
        compute="_compute_deposit_item_ids",
        help="Deposits of this contract and of those that it renews. They are given back when "
        "neither this contract nor a renewal of it goes on.",
    )

    @api.depends("item_ids.is_deposit", "renewed_from_ids.item_ids.is_deposit")
    def _compute_deposit_item_ids(self):
        for contract in self:
            chain = earlier = contract
            while earlier := earlier.renewed_from_ids - chain:
                chain |= earlier
            contract.deposit_item_ids = chain.item_ids.filtered("is_deposit")

    def _get_chain_ends(self):
        """Return the last day in force (inclusive) of the last contract that renews each of these.

        A renewal that was cancelled is none.

        :return: the day by contract id; ``None`` where no end is decided
        :rtype: dict[int, datetime.date | None]
        """
        self.flush_recordset(["date_end", "renewed_into_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE chain AS (
                    SELECT id AS first_id, id, renewed_into_id, date_end
                      FROM recurring_contract
                     WHERE id IN %s
                     UNION
                    SELECT chain.first_id, next.id, next.renewed_into_id, next.date_end
                      FROM chain
                      JOIN recurring_contract next
                        ON next.id = chain.renewed_into_id AND next.state != 'cancelled'
                )
                SELECT first_id, NULLIF(MAX(COALESCE(date_end, 'infinity')), 'infinity')
                  FROM chain
                 GROUP BY first_id
                """,
                tuple(self.ids) or (0,),
            )
        )
        return dict(rows)


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    def _get_deposit_return_dates(self):
        """Return the first day on which each deposit is to be given back.

        It is the day after the chain's end, or after the item's own where that comes first.

        :return: the day by item id; ``None`` where no end is decided, and for what is no deposit
        :rtype: dict[int, datetime.date | None]
        """
        ends = self.contract_id._get_chain_ends()
        days = {}
        for item in self:
            end = min(item.date_end or date.max, ends.get(item.contract_id.id) or date.max)
            known = item.is_deposit and end < date.max
            days[item.id] = fields.Date.add(end, days=1) if known else None
        return days
