from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, date_utils, format_date

GROUPS = {
    "account": ("account.account", "account_id"),
    "partner": ("res.partner", "partner_id"),
    "product": ("product.product", "product_id"),
    "plan": ("recurring.plan", "plan_id"),
}


class RecurringRevenueReport(models.TransientModel):
    """The roll-forward of any period by any of its dimensions, the revenue to come, or what was recognised beside
    what was billed, on screen and on paper.
    """

    _name = "recurring.revenue.report"
    _description = "Revenue Report"

    kind = fields.Selection(
        [
            ("rollforward", "Roll-forward"),
            ("waterfall", "Revenue to come"),
            ("comparison", "Recognised, billed, MRR"),
        ],
        "Report",
        required=True,
        default="rollforward",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        "From", required=True, default=lambda self: date_utils.start_of(fields.Date.context_today(self), "year")
    )
    date_to = fields.Date(
        "To", required=True, default=lambda self: date_utils.end_of(fields.Date.context_today(self), "month")
    )
    group = fields.Selection(
        [("account", "Account"), ("partner", "Customer"), ("product", "Product"), ("plan", "Plan")],
        "By",
        required=True,
        default="account",
    )
    line_ids = fields.One2many("recurring.revenue.report.line", "report_id", "Lines", readonly=True)

    def action_show(self):
        """Compute the lines and open them as a list, from which they can be exported."""
        self._compute_lines()
        views = [
            (self.env.ref(f"recurring_revenue.recurring_revenue_report_line_view_{view}_{self.kind}").id, view)
            for view in ("list", "pivot", "graph")
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self._get_title(),
            "res_model": "recurring.revenue.report.line",
            "views": views,
            "domain": [("report_id", "=", self.id)],
        }

    def action_print(self):
        """Compute the lines and print them."""
        self._compute_lines()
        return self.env.ref("recurring_revenue.recurring_revenue_report_pdf").report_action(self)

    def _get_title(self):
        self.ensure_one()
        if self.kind == "waterfall":
            return self.env._("Revenue to come")
        dates = [format_date(self.env, day) for day in (self.date_from, self.date_to)]
        if self.kind == "comparison":
            return self.env._("Recognised, billed and MRR, %(first)s to %(last)s", first=dates[0], last=dates[1])
        return self.env._("Roll-forward, %(first)s to %(last)s", first=dates[0], last=dates[1])

    def _get_last_column_label(self):
        """Return what the last column of the printed report shows."""
        return self.env._("MRR") if self.kind == "comparison" else self.env._("Closing")

    def _compute_lines(self):
        self.ensure_one()
        # the report shows the books as a whole: who may not read its sources is refused
        for name in ("recurring.revenue.rollforward", "recurring.revenue.waterfall", "recurring.revenue.comparison"):
            self.env[name].check_access("read")
        self.company_id.check_access("read")
        if self.date_from > self.date_to:
            raise UserError(self.env._("The period ends before it starts: enter the first day, then the last."))
        self.line_ids.unlink()
        self.env.flush_all()
        rows = getattr(self, f"_get_{self.kind}_rows")()
        self.env["recurring.revenue.report.line"].create([{"report_id": self.id, **row} for row in rows])

    def _get_rollforward_rows(self):
        """Return what was deferred before the period, moved in it, and is deferred after it.

        :rtype: list[dict]
        """
        model, column = GROUPS[self.group]
        names = ("billed", "recognised", "exchange", "netted")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(column)s, SUM(CASE WHEN date < %(date_from)s THEN change ELSE 0 END),
                       %(sums)s, SUM(change)
                  FROM (SELECT *, billed - recognised - exchange + netted AS change FROM %(movements)s) moved
                 WHERE date <= %(date_to)s
                 GROUP BY %(column)s
                """,
                column=SQL.identifier(column),
                date_from=self.date_from,
                date_to=self.date_to,
                sums=SQL(", ").join(
                    SQL("SUM(CASE WHEN date >= %s THEN %s ELSE 0 END)", self.date_from, SQL.identifier(name))
                    for name in names
                ),
                movements=self._get_movements(),
            )
        )
        records = self.env[model].browse(row[0] for row in rows if row[0])
        labels = {record.id: record.display_name for record in records}
        values = [
            {
                "name": labels.get(row[0]) or self.env._("None"),
                **dict(zip(("opening", *names, "closing"), map(float, row[1:]), strict=True)),
            }
            for row in rows
        ]
        return sorted((row for row in values if any(row[n] for n in row if n != "name")), key=lambda row: row["name"])

    def _get_movements(self):
        """Return all that moved deferred revenue and contract balances, as a subquery.

        Its columns are the dimensions, ``date``, and the four kinds of movement.
        """
        return SQL(
            """
            (
                SELECT schedule.deferred_account_id AS account_id, schedule.partner_id, schedule.product_id,
                       contract.plan_id, schedule.date,
                       schedule.total - schedule.opening_recognised AS billed, 0 AS recognised,
                       0 AS exchange, 0 AS netted
                  FROM recurring_revenue_schedule schedule
                  LEFT JOIN recurring_contract contract ON contract.id = schedule.contract_id
                 WHERE schedule.company_id = %(company_id)s AND schedule.state <> 'cancelled'
                   AND schedule.obligation_id IS NULL
                 UNION ALL
                SELECT line.account_id, line.partner_id, line.product_id, contract.plan_id, line.date,
                       -line.balance, 0, 0, 0
                  FROM account_move_line line
                  LEFT JOIN recurring_contract contract ON contract.id = line.recurring_contract_id
                 WHERE line.company_id = %(company_id)s AND line.parent_state = 'posted'
                   AND line.recurring_obligation_id IS NOT NULL
                 UNION ALL
                SELECT entry.deferred_account_id, schedule.partner_id, schedule.product_id, contract.plan_id,
                       entry.date, 0, entry.amount, 0, 0
                  FROM recurring_revenue_entry entry
                  JOIN recurring_revenue_schedule schedule ON schedule.id = entry.schedule_id
                  LEFT JOIN recurring_contract contract ON contract.id = schedule.contract_id
                 WHERE entry.company_id = %(company_id)s
                 UNION ALL
                SELECT balance.account_id, balance.partner_id, NULL, NULL, balance.date, 0, 0, balance.exchange, 0
                  FROM recurring_contract_balance balance
                 WHERE balance.company_id = %(company_id)s
                 UNION ALL
                SELECT side.account_id, balance.partner_id, NULL, NULL, balance.date + side.days, 0, 0, 0,
                       side.sign * balance.asset
                  FROM recurring_contract_balance balance
                 CROSS JOIN LATERAL (
                        VALUES (balance.account_id, 1, 0), (balance.asset_account_id, -1, 0),
                               (balance.account_id, -1, 1), (balance.asset_account_id, 1, 1)
                       ) side (account_id, sign, days)
                 WHERE balance.company_id = %(company_id)s AND balance.asset_account_id IS NOT NULL
            ) movement
            """,
            company_id=self.company_id.id,
        )

    def _get_waterfall_rows(self):
        """Return what is to be recognised in each month to come.

        :rtype: list[dict]
        """
        waterfall = self.env["recurring.revenue.waterfall"].with_context(allowed_company_ids=self.company_id.ids)
        groups = waterfall._read_group(
            [("company_id", "=", self.company_id.id)], ["month:month"], ["amount:sum"], order="month:month"
        )
        left = sum(amount for _month, amount in groups)
        rows = []
        for month, amount in groups:
            rows.append(
                {
                    "name": format_date(self.env, month, date_format="MMMM yyyy"),
                    "month": date_utils.end_of(month, "month"),
                    "opening": left,
                    "recognised": amount,
                    "closing": left - amount,
                }
            )
            left -= amount
        return rows

    def _get_comparison_rows(self):
        """Return what each month of the period has billed and recognised, and the MRR at its end.

        :rtype: list[dict]
        """
        comparison = self.env["recurring.revenue.comparison"].with_context(allowed_company_ids=self.company_id.ids)
        domain = [
            ("company_id", "=", self.company_id.id),
            ("month", ">=", self.date_from),
            ("month", "<=", date_utils.end_of(self.date_to, "month")),
        ]
        measures = ["billed:sum", "recognised:sum", "mrr:sum"]
        return [
            {
                "name": format_date(self.env, month, date_format="MMMM yyyy"),
                "month": date_utils.end_of(month, "month"),
                "billed": billed,
                "recognised": recognised,
                "mrr": mrr or 0.0,
            }
            for month, billed, recognised, mrr in comparison._read_group(
                domain, ["month:month"], measures, order="month:month"
            )
        ]
