from odoo import fields, models
from odoo.tools import SQL

from .recurring_revenue_cumulative_sql import SET_BASED, cumulative_sql, share_lateral


class RecurringRevenueWaterfall(models.Model):
    """What schedules have left to recognise, month by month, by the rules of the close."""

    _name = "recurring.revenue.waterfall"
    _description = "Revenue to Come"
    _auto = False
    _rec_name = "schedule_id"
    _order = "month, id"
    _depends = {
        "recurring.obligation": ["plan_id"],
        "recurring.revenue.run": ["company_id", "date_end", "state"],
        "recurring.revenue.schedule": [
            "company_id",
            "contract_id",
            "corrected_schedule_id",
            "date",
            "date_end",
            "date_start",
            "deferred_account_id",
            "method",
            "obligation_id",
            "partner_id",
            "product_id",
            "recognised",
            "remaining",
            "revenue_account_id",
            "state",
            "total",
        ],
    }

    schedule_id = fields.Many2one("recurring.revenue.schedule", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    month = fields.Date(readonly=True, help="The last day of the month.")
    horizon = fields.Selection(
        [("year", "Within 12 months"), ("later", "Later")],
        "When",
        readonly=True,
        help="Counted from the last month that was closed.",
    )
    basis = fields.Selection([("invoice", "Invoiced"), ("contract", "Promised by contract")], readonly=True)
    account_id = fields.Many2one("account.account", "Balance Sheet Account", readonly=True)
    revenue_account_id = fields.Many2one("account.account", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    contract_id = fields.Many2one("recurring.contract", readonly=True)
    plan_id = fields.Many2one("recurring.plan", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    amount = fields.Monetary(
        readonly=True, help="To be recognised in the month; its first month catches up what is due already."
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH closed AS (
                SELECT company.id AS company_id, company.currency_id,
                       COALESCE(
                           (SELECT MAX(run.date_end) FROM recurring_revenue_run run
                             WHERE run.company_id = company.id AND run.state = 'done'),
                           (SELECT (date_trunc('month', MIN(LEAST(schedule.date, schedule.date_start)))
                                    - interval '1 day')::date
                              FROM recurring_revenue_schedule schedule WHERE schedule.company_id = company.id)
                       ) AS date
                  FROM res_company company
                 WHERE company.id = ANY(%(company_ids)s)
            ), open AS (
                SELECT schedule.*, closed.date AS closed_date, closed.currency_id AS own_currency_id, own.rounding
                  FROM recurring_revenue_schedule schedule
                  JOIN closed ON closed.company_id = schedule.company_id
                  JOIN res_currency own ON own.id = closed.currency_id
                 WHERE schedule.remaining <> 0
            ), computed AS (
                SELECT open.id, series.month,
                       earned.amount - LAG(earned.amount, 1, open.recognised)
                           OVER (PARTITION BY open.id ORDER BY series.month) AS amount
                  FROM open
                 CROSS JOIN LATERAL (
                        SELECT (first + interval '1 month - 1 day')::date AS month
                          FROM generate_series(
                               date_trunc('month', open.closed_date + 1),
                               date_trunc('month', GREATEST(open.date_end, open.closed_date + 1)),
                               interval '1 month') first
                       ) series
                 CROSS JOIN LATERAL %(share)s share
                 CROSS JOIN LATERAL (
                        SELECT CASE WHEN open.state = 'cancelled' THEN open.opening_recognised
                                    ELSE %(cumulative)s END AS amount
                       ) earned
                 WHERE open.method = ANY(%(methods)s)
                   AND NOT (open.id = ANY(%(corrected)s))
                 UNION ALL
                SELECT * FROM %(others)s
            )
            SELECT computed.id::bigint * 10000
                       + (EXTRACT(year FROM computed.month)::int - 2000) * 12
                       + EXTRACT(month FROM computed.month)::int AS id,
                   computed.id AS schedule_id, open.company_id, open.own_currency_id AS currency_id, computed.month,
                   CASE WHEN computed.month
                             <= (date_trunc('month', open.closed_date + 1) + interval '1 year - 1 day')::date
                        THEN 'year' ELSE 'later' END AS horizon,
                   CASE WHEN open.obligation_id IS NULL THEN 'invoice' ELSE 'contract' END AS basis,
                   open.deferred_account_id AS account_id, open.revenue_account_id, open.partner_id,
                   open.contract_id, contract.plan_id, open.product_id, computed.amount
              FROM computed
              JOIN open ON open.id = computed.id
              LEFT JOIN recurring_contract contract ON contract.id = open.contract_id
             WHERE computed.amount <> 0
            """,
            company_ids=self.env.companies.ids,
            cumulative=cumulative_sql(SQL("open.total"), SQL("open.rounding")),
            share=share_lateral(
                SQL("open.date_start"), SQL("open.date_end"), SQL("open.method"), SQL("series.month + 1")
            ),
            methods=list(SET_BASED),
            **self._get_one_by_one(),
        )

    def _get_one_by_one(self):
        """Return the schedules that the query does not compute, since credits or steps change them.

        :return: their ids as ``corrected``, and as ``others`` a table of ``(id, month, amount)``
        :rtype: dict
        """
        self.env.flush_all()
        # sudo: the figures are those of the report, which has rules of its own
        schedules = self.env["recurring.revenue.schedule"].sudo()
        related = schedules.search(
            [
                ("company_id", "in", self.env.companies.ids),
                "|",
                "|",
                ("corrected_schedule_id", "!=", False),
                ("correction_ids", "!=", False),
                ("method", "not in", SET_BASED),
            ]
        ).filtered("remaining")
        last = dict(
            self.env["recurring.revenue.run"]
            .sudo()
            ._read_group(
                [("company_id", "in", related.company_id.ids), ("state", "=", "done")], ["company_id"], ["date_end:max"]
            )
        )
        rows = related._get_months_to_come(last)
        others = SQL(", ").join(SQL("(%s::int, %s::date, %s::numeric)", *row) for row in rows)
        empty = SQL("(SELECT NULL::int, NULL::date, 0::numeric WHERE FALSE) none")
        return {
            "corrected": related.ids,
            "others": SQL("(VALUES %s) single (id, month, amount)", others) if rows else empty,
        }
