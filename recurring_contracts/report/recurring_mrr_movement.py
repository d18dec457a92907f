from odoo import fields, models
from odoo.tools import SQL


class RecurringMrrMovement(models.Model):
    """What moves the MRR, by reason. The movements up to a day add up to the MRR of that day."""

    _name = "recurring.mrr.movement"
    _description = "MRR Movement"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "contract_id"

    date = fields.Date(readonly=True)
    category = fields.Selection(
        [
            ("new", "New"),
            ("expansion", "Expansion"),
            ("contraction", "Contraction"),
            ("price", "Price"),
            ("renewal", "Renewal"),
            ("transfer", "Transfer"),
            ("suspension", "Suspension"),
            ("reactivation", "Reactivation"),
            ("churn", "Churn"),
        ],
        readonly=True,
        help="New: a new contract. Expansion and contraction: more or less of it. Price: price and "
        "discount. Renewal: what ends and what carries it on. Transfer: what another customer takes "
        "over. Churn: the contract's last item ends.",
    )
    amount = fields.Monetary(
        "Movement",
        currency_field="company_currency_id",
        readonly=True,
        help="In the company's currency, at the rate of the item's beginning.",
    )
    event_id = fields.Many2one("recurring.contract.event", readonly=True)
    amendment_id = fields.Many2one("recurring.amendment", readonly=True)
    close_reason_id = fields.Many2one("recurring.close.reason", readonly=True)
    contract_id = fields.Many2one("recurring.contract", readonly=True)
    item_id = fields.Many2one("recurring.contract.item", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    plan_id = fields.Many2one("recurring.plan", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT event.id, event.id AS event_id, event.date, event.mrr_delta AS amount,
                   event.amendment_id, amendment.close_reason_id, event.contract_id, event.item_id, event.product_id,
                   event.plan_id, event.company_id, contract.commercial_partner_id AS partner_id,
                   contract.user_id, contract.team_id, %s AS category
              FROM recurring_contract_event event
              JOIN recurring_contract_item item ON item.id = event.item_id
              JOIN recurring_contract contract ON contract.id = event.contract_id
              JOIN recurring_amendment amendment ON amendment.id = event.amendment_id
              LEFT JOIN LATERAL (
                        -- What one item's end and its successor's start in the same amendment come to.
                        SELECT event.mrr_delta + other.mrr_delta AS delta
                          FROM recurring_contract_event other
                          JOIN recurring_contract_item other_item ON other_item.id = other.item_id
                         WHERE other.amendment_id = event.amendment_id
                           AND (event.kind = 'end' AND other.kind = 'new' AND other_item.origin_item_id = item.id
                                OR event.kind = 'new' AND other.kind = 'end' AND item.origin_item_id = other_item.id)
                         LIMIT 1
                   ) swap ON event.kind IN ('new', 'end')
             WHERE event.mrr_delta != 0
            """,
            self._get_category_sql(),
        )

    def _get_category_sql(self):
        """Return the expression of an event's category.

        Hook: other addons extend it. ``event``, ``item``, ``contract``, ``amendment`` and
        ``swap`` (the MRR that a swap moves) are at hand.
        """
        return SQL(
            """
            CASE
                WHEN amendment.kind = 'transfer' AND event.kind = 'new' THEN 'transfer'
                WHEN amendment.kind = 'transfer' AND event.kind = 'end' AND EXISTS (
                         SELECT FROM recurring_contract_item successor
                          WHERE successor.origin_item_id = event.item_id
                            AND successor.contract_id != event.contract_id
                     ) THEN 'transfer'
                WHEN event.kind IN ('new', 'end') AND swap.delta IS NOT NULL THEN
                    CASE WHEN swap.delta >= 0 THEN 'expansion' ELSE 'contraction' END
                WHEN event.kind = 'new' AND item.origin_item_id IS NOT NULL THEN 'renewal'
                WHEN event.kind = 'new' AND amendment.kind = 'new' THEN 'new'
                WHEN event.kind = 'new' THEN 'expansion'
                WHEN event.kind IN ('price', 'discount') THEN 'price'
                WHEN event.kind = 'resume' THEN 'reactivation'
                WHEN event.kind = 'suspend' THEN 'suspension'
                WHEN event.kind = 'renewal' THEN 'renewal'
                WHEN event.kind = 'end' AND (
                         EXISTS (SELECT FROM recurring_contract_event next
                                  WHERE next.item_id = event.item_id AND next.date = event.date
                                    AND next.kind = 'renewal' AND next.mrr_delta != 0)
                         OR EXISTS (SELECT FROM recurring_contract_item successor
                                     WHERE successor.origin_item_id = event.item_id
                                       AND contract.renewed_into_id = successor.contract_id)
                     ) THEN 'renewal'
                WHEN event.kind = 'end' AND NOT EXISTS (
                         SELECT FROM recurring_contract_segment other
                          WHERE other.contract_id = event.contract_id AND other.mrr != 0
                            AND other.date_start <= event.date
                            AND COALESCE(other.date_end, 'infinity') >= event.date
                     ) THEN 'churn'
                WHEN event.mrr_delta > 0 THEN 'expansion'
                ELSE 'contraction'
            END
            """
        )
