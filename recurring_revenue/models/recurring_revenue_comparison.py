from odoo import fields, models
from odoo.tools import SQL


class RecurringRevenueComparison(models.Model):
    """Recognised beside billed beside recurring revenue, month by month."""

    _name = "recurring.revenue.comparison"
    _description = "Recognised, Billed and MRR"
    _auto = False
    _rec_name = "contract_id"
    _order = "month desc, id"
    _depends = {
        "account.move.line": ["balance", "company_id", "date", "parent_state", "recurring_contract_id"],
        "recurring.contract": ["partner_id", "plan_id"],
        "recurring.contract.segment": ["company_id", "date_end", "date_start", "mrr", "product_id"],
        "recurring.revenue.entry": ["amount", "company_id", "date", "schedule_id"],
        "recurring.revenue.schedule": ["contract_id", "partner_id", "product_id"],
    }

    month = fields.Date(readonly=True, help="The last day of the month.")
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    contract_id = fields.Many2one("recurring.contract", readonly=True)
    plan_id = fields.Many2one("recurring.plan", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    recognised = fields.Monetary(readonly=True, help="Recognised by the closes.")
    billed = fields.Monetary(readonly=True, help="On posted invoices of contracts, without tax.")
    mrr = fields.Monetary(
        "MRR",
        readonly=True,
        help="Monthly recurring revenue on the last day of the month. Over several months: that of the last one.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH fact AS (
                SELECT (date_trunc('month', entry.date) + interval '1 month - 1 day')::date AS month,
                       entry.company_id, schedule.contract_id, schedule.partner_id, schedule.product_id,
                       SUM(entry.amount) AS recognised, 0 AS billed, NULL::numeric AS mrr
                  FROM recurring_revenue_entry entry
                  JOIN recurring_revenue_schedule schedule ON schedule.id = entry.schedule_id
                 WHERE entry.company_id = ANY(%(company_ids)s)
                 GROUP BY 1, 2, 3, 4, 5
                 UNION ALL
                SELECT (date_trunc('month', line.date) + interval '1 month - 1 day')::date, line.company_id,
                       line.recurring_contract_id, NULL, line.product_id, 0, -SUM(line.balance), NULL
                  FROM account_move_line line
                 WHERE line.parent_state = 'posted' AND line.recurring_contract_id IS NOT NULL
                   AND line.display_type = 'product' AND line.company_id = ANY(%(company_ids)s)
                 GROUP BY 1, 2, 3, 5
                 UNION ALL
                -- a zero for each month without: the last month of any period then tells what is left at its end
                SELECT month.day, subscribed.company_id, subscribed.contract_id, NULL, subscribed.product_id, 0, 0,
                       COALESCE(SUM(segment.mrr), 0)
                  FROM (
                        SELECT company_id, contract_id, product_id, MIN(date_start) AS date_start
                          FROM recurring_contract_segment
                         WHERE company_id = ANY(%(company_ids)s) AND mrr <> 0
                         GROUP BY 1, 2, 3
                       ) subscribed
                 CROSS JOIN LATERAL (
                        SELECT (first + interval '1 month - 1 day')::date AS day
                          FROM generate_series(
                               date_trunc('month', subscribed.date_start),
                               date_trunc('month', CURRENT_DATE),
                               interval '1 month') first
                       ) month
                  LEFT JOIN recurring_contract_segment segment
                         ON segment.contract_id = subscribed.contract_id
                        AND segment.product_id = subscribed.product_id
                        AND segment.company_id = subscribed.company_id
                        AND segment.mrr <> 0
                        AND month.day >= segment.date_start
                        AND month.day <= COALESCE(segment.date_end, 'infinity')
                 GROUP BY 1, 2, 3, 5
            )
            SELECT ROW_NUMBER() OVER (ORDER BY fact.month, fact.company_id, fact.contract_id, fact.product_id) AS id,
                   fact.month, fact.company_id, company.currency_id, fact.contract_id, contract.plan_id,
                   COALESCE(contract.partner_id, MAX(fact.partner_id)) AS partner_id, fact.product_id,
                   SUM(fact.recognised) AS recognised, SUM(fact.billed) AS billed, SUM(fact.mrr) AS mrr
              FROM fact
              JOIN res_company company ON company.id = fact.company_id
              LEFT JOIN recurring_contract contract ON contract.id = fact.contract_id
             GROUP BY fact.month, fact.company_id, company.currency_id, fact.contract_id, contract.plan_id,
                      contract.partner_id, fact.product_id
            """,
            company_ids=self.env.companies.ids,
        )

    def _read_group_select(self, aggregate_spec, query):
        """Take MRR, which is a balance of a point in time, from the last month of each group."""
        name, _, aggregate = aggregate_spec.partition(":")
        if name != "mrr" or aggregate not in ("sum", "sum_currency"):
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            """
            (SELECT SUM(mrr) FROM (
                SELECT mrr, RANK() OVER (ORDER BY month DESC) AS place
                  FROM unnest(array_agg(%(month)s), array_agg(%(mrr)s)) AS item (month, mrr)
                 WHERE mrr IS NOT NULL
            ) point WHERE place = 1)
            """,
            month=self._field_to_sql(self._table, "month", query),
            mrr=self._field_to_sql(self._table, "mrr", query),
        )
