from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.release import BY_ACCOUNT, BY_CONTRACT, BY_LINE, BY_PARTNER
from .recurring_revenue_cumulative_sql import SET_BASED, cumulative_sql, share_lateral

# What ``release.GROUPINGS`` says, as columns of a schedule that are never null.
PARTS = {
    BY_ACCOUNT: SQL("0 AS part, 0 AS subpart"),
    BY_PARTNER: SQL("COALESCE(schedule.partner_id, 0) AS part, 0 AS subpart"),
    BY_CONTRACT: SQL("COALESCE(schedule.partner_id, 0) AS part, COALESCE(schedule.contract_id, 0) AS subpart"),
    BY_LINE: SQL("schedule.id AS part, 0 AS subpart"),
}


class Due(NamedTuple):
    """What the schedules of one group have in common, under the names of ``release.ScheduleState``."""

    currency_id: int
    deferred_account_id: int
    revenue_account_id: int
    analytic: str | None
    partner_id: int | None = None
    contract_id: int | None = None
    id: int | None = None
    kind: str | None = None


class RecurringRevenueRun(models.Model):
    """What ordinary schedules have to recognise, computed and grouped by PostgreSQL in one statement."""

    _inherit = "recurring.revenue.run"

    def _get_set_based_condition(self, pending=()):
        """Return which schedules the statement computes; a close computes the others one by one.

        Hook: other addons narrow it where schedules need more than their own row tells.

        :param pending: ids of schedules that credits correct which are not issued
        :return: a condition on ``schedule`` (``recurring_revenue_schedule``), never null
        :rtype: SQL
        """
        return SQL(
            """
            (schedule.method = ANY(%s) AND schedule.corrected_schedule_id IS NULL AND schedule.booking <> 'cutoff'
             AND schedule.id <> ALL(%s)
             AND schedule.on_hold IS NOT TRUE AND schedule.is_adjusted IS NOT TRUE
             AND schedule.id NOT IN (
                SELECT corrected_schedule_id FROM recurring_revenue_schedule WHERE corrected_schedule_id IS NOT NULL))
            """,
            list(SET_BASED),
            list(pending),
        )

    def _collect_set_based(self, releases, upto, pending):
        """Put what ordinary schedules have to recognise into the temporary table, and into groups.

        :param Releases releases: the groups of the close, still empty
        :param datetime.date upto: the day before which it was earned
        :param dict pending: corrections that no posted credit note bears, by schedule id
        """
        rows = self.env.execute_query(self._get_set_based_query(upto, pending))
        by_number = {}
        for *common, count, amount, amount_currency in rows:
            source = Due(*common)
            number = releases.add(source, to_decimal(amount), to_decimal(amount_currency))
            by_number[number] = count
        for release in releases:
            release.count += by_number[release.number] - 1
        self.env.cr.execute("ANALYZE recurring_revenue_closing")

    def _get_set_based_query(self, upto, pending=()):
        due = cumulative_sql(SQL("schedule.total"), SQL("own.rounding"))
        due_currency = cumulative_sql(SQL("schedule.total_currency"), SQL("currency.rounding"))
        return SQL(
            """
            WITH due AS MATERIALIZED (
                SELECT schedule.id, schedule.currency_id, schedule.deferred_account_id, schedule.revenue_account_id,
                       schedule.analytic_distribution::text AS analytic,
                       schedule.partner_id, schedule.contract_id, %(parts)s,
                       CASE schedule.state WHEN 'cancelled' THEN schedule.opening_recognised ELSE %(due)s END
                           - schedule.recognised AS amount,
                       CASE schedule.state WHEN 'cancelled' THEN schedule.opening_recognised_currency
                            ELSE %(due_currency)s END
                           - schedule.recognised_currency AS amount_currency
                  FROM recurring_revenue_schedule schedule
                  JOIN res_currency own ON own.id = schedule.company_currency_id
                  JOIN res_currency currency ON currency.id = schedule.currency_id
                 CROSS JOIN LATERAL %(share)s share
                 WHERE schedule.company_id = %(company_id)s
                   AND (schedule.state = 'open' AND schedule.date <= %(date_end)s
                            AND schedule.date_start <= %(date_end)s
                        OR schedule.state <> 'done' AND schedule.recognised <> schedule.opening_recognised
                        OR schedule.state <> 'done'
                           AND schedule.recognised_currency <> schedule.opening_recognised_currency)
                   AND %(condition)s
            ), moved AS (
                SELECT *,
                       CASE WHEN currency_id = %(company_currency_id)s THEN 0
                            ELSE (LEAST(amount, amount_currency) >= 0)::int
                                 - (GREATEST(amount, amount_currency) <= 0)::int END AS sign
                  FROM due
                 WHERE amount <> 0 OR amount_currency <> 0
            ), release AS (
                SELECT currency_id, deferred_account_id, revenue_account_id, analytic, sign, part, subpart,
                       ROW_NUMBER() OVER (ORDER BY MIN(id)) - 1 AS number,
                       CASE WHEN MIN(COALESCE(partner_id, 0)) = MAX(COALESCE(partner_id, 0))
                            THEN MIN(partner_id) END AS partner_id,
                       CASE WHEN MIN(COALESCE(contract_id, 0)) = MAX(COALESCE(contract_id, 0))
                            THEN MIN(contract_id) END AS contract_id,
                       CASE COUNT(*) WHEN 1 THEN MIN(id) END AS schedule_id,
                       COUNT(*) AS count, SUM(amount) AS amount, SUM(amount_currency) AS amount_currency
                  FROM moved
                 GROUP BY currency_id, deferred_account_id, revenue_account_id, analytic, sign, part, subpart
            ), closing AS (
                INSERT INTO recurring_revenue_closing (schedule_id, release_no, amount, amount_currency)
                SELECT moved.id, release.number, moved.amount, moved.amount_currency
                  FROM moved
                  JOIN release ON release.currency_id = moved.currency_id
                   AND release.deferred_account_id = moved.deferred_account_id
                   AND release.revenue_account_id = moved.revenue_account_id
                   AND COALESCE(release.analytic, '') = COALESCE(moved.analytic, '')
                   AND release.sign = moved.sign
                   AND release.part = moved.part AND release.subpart = moved.subpart
            )
            SELECT currency_id, deferred_account_id, revenue_account_id, analytic,
                   partner_id, contract_id, schedule_id, count, amount::text, amount_currency::text
              FROM release
             ORDER BY number
            """,
            due=due,
            due_currency=due_currency,
            share=share_lateral(
                SQL("schedule.date_start"), SQL("schedule.date_end"), SQL("schedule.method"), SQL("%s::date", upto)
            ),
            company_id=self.company_id.id,
            company_currency_id=self.company_currency_id.id,
            date_end=self.date_end,
            parts=PARTS[self.company_id.recurring_revenue_grouping],
            condition=self._get_set_based_condition(pending),
        )
