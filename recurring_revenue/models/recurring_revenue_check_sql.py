"""The queries behind the checks of the books.

Each takes the ids of companies and returns the SQL of ``(company_id, record_id)`` for every record
that breaks its invariant.
"""

from odoo.tools import SQL

from odoo.addons.recurring_billing.models.recurring_contract_item_carried import is_carried_on


def booked_sql(company_ids):
    """Return what schedules and accepted balances say of their accounts, and the ledger's balance against it.

    What closes put there for the end of a month is taken back the next day, and adds up to nothing.

    :return: a query of ``company_id``, ``account_id``, ``currency_id``, ``amount`` and ``amount_currency``,
        which add up to nothing where the books agree
    :rtype: SQL
    """
    return SQL(
        """
        SELECT company_id, deferred_account_id AS account_id, currency_id,
               remaining AS amount, remaining_currency AS amount_currency
          FROM recurring_revenue_schedule
         WHERE company_id = ANY(%(company_ids)s) AND booking <> 'cutoff' AND obligation_id IS NULL
         UNION ALL
        %(contracts)s
         UNION ALL
        SELECT company_id, account_id, currency_id, amount, amount_currency
          FROM recurring_revenue_accepted_balance
         WHERE company_id = ANY(%(company_ids)s) AND is_undone IS NOT TRUE
         UNION ALL
        SELECT company_id, account_id, currency_id, balance, amount_currency
          FROM account_move_line
         WHERE parent_state = 'posted' AND company_id = ANY(%(company_ids)s)
           AND account_id IN (SELECT deferred_account_id FROM recurring_revenue_schedule
                               UNION SELECT balance_account_id FROM recurring_revenue_allocation)
        """,
        company_ids=company_ids,
        contracts=_contract_balances(company_ids),
    )


def _contract_balances(company_ids):
    """What contracts under the contract basis have on their accounts: billed less recognised, and exchange."""
    return SQL(
        """
        SELECT company_id, account_id, currency_id, -balance, -amount_currency
          FROM account_move_line
         WHERE parent_state = 'posted' AND company_id = ANY(%(company_ids)s) AND recurring_obligation_id IS NOT NULL
         UNION ALL
        SELECT company_id, deferred_account_id, currency_id,
               opening_recognised - recognised, opening_recognised_currency - recognised_currency
          FROM recurring_revenue_schedule
         WHERE company_id = ANY(%(company_ids)s) AND obligation_id IS NOT NULL
         UNION ALL
        SELECT company_id, account_id, currency_id, -exchange, 0
          FROM recurring_contract_balance
         WHERE company_id = ANY(%(company_ids)s)
        """,
        company_ids=company_ids,
    )


def _ledger(company_ids):
    """Accounts whose balance differs from what their schedules have left, in either currency."""
    return SQL(
        """
        SELECT company_id, account_id AS record_id
          FROM (%(booked)s) booked
         GROUP BY company_id, account_id, currency_id
        HAVING SUM(amount) <> 0 OR SUM(amount_currency) <> 0
        """,
        booked=booked_sql(company_ids),
    )


def _invoices(company_ids):
    """Posted invoices with lines that do not bear the amounts of their charges.

    Amounts are compared in the price's own tax basis, line by line. Where taxes inside the price are
    rounded globally, Odoo rounds net and taxes of a line apart: half a unit each may be off, and
    only their sum over the invoice is compared. A line that mixes taxes inside and outside the
    price has neither basis.
    """
    return SQL(
        """
        WITH charged AS (
            SELECT invoice_line_id AS line_id, SUM(amount) AS amount
              FROM recurring_charge
             WHERE invoice_line_id IS NOT NULL AND is_void IS NOT TRUE AND company_id = ANY(%(company_ids)s)
             GROUP BY invoice_line_id
        ), line AS (
            SELECT line.company_id, line.move_id, charged.amount,
                   CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                   * CASE WHEN tax.is_included THEN line.price_total ELSE line.price_subtotal END AS billed,
                   CASE WHEN is_global THEN 0 ELSE line.id END AS part,
                   CASE WHEN is_global THEN (tax.number + 1) * currency.rounding / 2 ELSE 0 END AS tolerance
              FROM charged
              JOIN account_move_line line ON line.id = charged.line_id
              JOIN account_move move ON move.id = line.move_id
              JOIN res_company company ON company.id = line.company_id
              JOIN res_currency currency ON currency.id = line.currency_id
             CROSS JOIN LATERAL (
                    SELECT COUNT(*) AS number, COALESCE(bool_or(included), FALSE) AS is_included,
                           bool_or(included) AND NOT bool_and(included) AS is_mixed
                      FROM (
                            SELECT COALESCE(leaf.price_include_override, company.account_price_include)
                                   = 'tax_included' AS included
                              FROM account_move_line_account_tax_rel rel
                              LEFT JOIN account_tax_filiation_rel filiation ON filiation.parent_tax = rel.account_tax_id
                              JOIN account_tax leaf ON leaf.id = COALESCE(filiation.child_tax, rel.account_tax_id)
                             WHERE rel.account_move_line_id = line.id
                           ) taxes
                   ) tax
             CROSS JOIN LATERAL (
                    SELECT tax.is_included
                           AND company.tax_calculation_rounding_method = 'round_globally' AS is_global
                   ) rounded
             WHERE move.state = 'posted' AND tax.is_mixed IS NOT TRUE
        )
        SELECT DISTINCT company_id, move_id AS record_id
          FROM (
                SELECT company_id, move_id FROM line
                 GROUP BY company_id, move_id, part
                HAVING ABS(SUM(amount) - SUM(billed)) > SUM(tolerance)
               ) differing
        """,
        company_ids=company_ids,
    )


def _totals(company_ids):
    """Schedules whose sums do not add up to their totals, or are beyond them with no change to explain it.

    An invoice posted again for less is beyond its total until the next close takes that back. What an obligation
    has left is valued anew by each close, so its sums are not compared.
    """
    return SQL(
        """
        SELECT schedule.company_id, schedule.id AS record_id
          FROM recurring_revenue_schedule schedule
         WHERE schedule.company_id = ANY(%(company_ids)s)
           AND schedule.state <> 'cancelled'
           AND (schedule.obligation_id IS NULL
                    AND (schedule.recognised + schedule.remaining <> schedule.total
                         OR schedule.recognised_currency + schedule.remaining_currency <> schedule.total_currency
                         OR schedule.state = 'done'
                            AND (schedule.remaining <> 0 OR schedule.remaining_currency <> 0))
                OR (ABS(schedule.recognised) > ABS(schedule.total)
                    OR schedule.recognised * schedule.total < 0
                    OR ABS(schedule.recognised_currency) > ABS(schedule.total_currency)
                    OR schedule.recognised_currency * schedule.total_currency < 0)
                   AND schedule.write_date < (
                        SELECT MAX(run.write_date) FROM recurring_revenue_run run
                         WHERE run.company_id = schedule.company_id AND run.state = 'done'
                       ))
        """,
        company_ids=company_ids,
    )


def _unsealed_runs(company_ids):
    """The closes whose rows no later close has looked at: rows never change, and journal items only with their entry.

    :return: a subquery of their ids
    :rtype: SQL
    """
    return SQL(
        """
        (SELECT run.id FROM recurring_revenue_run run
          WHERE run.company_id = ANY(%(company_ids)s)
            AND run.date_end >= COALESCE(
                (SELECT MAX(last.date_end) FROM recurring_revenue_run last
                  WHERE last.company_id = run.company_id AND last.state = 'done'), run.date_end))
        """,
        company_ids=company_ids,
    )


def _unposted_items(company_ids):
    """The journal items of closes, whatever their age, that are not posted.

    :return: a subquery of their ids
    :rtype: SQL
    """
    return SQL(
        """
        (SELECT line.id
           FROM account_move move
           JOIN account_move_line line ON line.move_id = move.id
          WHERE move.recurring_revenue_run_id IS NOT NULL AND move.state <> 'posted'
            AND move.company_id = ANY(%(company_ids)s))
        """,
        company_ids=company_ids,
    )


def _entries(company_ids):
    """Recognised amounts without journal items, or with items that are not posted."""
    return SQL(
        """
        SELECT entry.company_id, entry.id AS record_id
          FROM recurring_revenue_entry entry
          JOIN recurring_revenue_schedule schedule ON schedule.id = entry.schedule_id
         WHERE entry.company_id = ANY(%(company_ids)s)
           AND entry.run_id IN %(runs)s
           AND (entry.move_line_id IS NULL OR entry.deferred_line_id IS NULL)
           AND schedule.booking <> 'cutoff'
         UNION
        SELECT company_id, id FROM recurring_revenue_entry WHERE move_line_id IN %(unposted)s
         UNION
        SELECT company_id, id FROM recurring_revenue_entry WHERE deferred_line_id IN %(unposted)s
        """,
        company_ids=company_ids,
        runs=_unsealed_runs(company_ids),
        unposted=_unposted_items(company_ids),
    )


def _accruals(company_ids):
    """Amounts at the end of a month without a posted journal item, or without one that took them back."""
    return SQL(
        """
        SELECT accrual.company_id, accrual.id AS record_id
          FROM recurring_revenue_accrual accrual
          LEFT JOIN account_move_line line
                 ON line.id = accrual.move_line_id AND line.account_id = accrual.account_id
          LEFT JOIN account_move_line back
                 ON back.id = accrual.reversal_line_id AND back.account_id = accrual.account_id
         WHERE accrual.company_id = ANY(%(company_ids)s)
           AND accrual.run_id IN %(runs)s
           AND (line.id IS NULL OR accrual.revenue_line_id IS NULL
                OR back.id IS NULL OR accrual.reversal_revenue_line_id IS NULL)
         UNION
        SELECT company_id, id FROM recurring_revenue_accrual WHERE move_line_id IN %(unposted)s
         UNION
        SELECT company_id, id FROM recurring_revenue_accrual WHERE revenue_line_id IN %(unposted)s
         UNION
        SELECT company_id, id FROM recurring_revenue_accrual WHERE reversal_line_id IN %(unposted)s
         UNION
        SELECT company_id, id FROM recurring_revenue_accrual WHERE reversal_revenue_line_id IN %(unposted)s
        """,
        company_ids=company_ids,
        runs=_unsealed_runs(company_ids),
        unposted=_unposted_items(company_ids),
    )


def _days(company_ids):
    """Recurring items with days billed twice, credited twice or, where settled, not billed.

    Ranges are half-open. A charge covers its days, its correction uncovers them. Through the
    billed-through date the days covered must be as many as those owed: in force and not suspended,
    but for what an end, a transfer or a suspension says otherwise, less a last day that is free.
    """
    return SQL(
        """
        WITH item AS (
            SELECT id, company_id, settled_until, owed_from, owed_through + 1 AS owed_until,
                   COALESCE(billing_floor, DATE '0001-01-01') AS floor,
                   CASE WHEN last_day_free AND NOT %(carried_on)s THEN COALESCE(owed_through, date_end) END AS free_day
              FROM recurring_contract_item item
             WHERE charge_type = 'recurring' AND company_id = ANY(%(company_ids)s)
        ), charge AS (
            SELECT item_id, date_start AS day, date_end + 1 AS after,
                   CASE WHEN corrected_charge_id IS NULL THEN 1 ELSE -1 END AS sign
              FROM recurring_charge
             WHERE is_void IS NOT TRUE AND kind IN ('recurring', 'opening') AND company_id = ANY(%(company_ids)s)
        ), step AS (
            SELECT item_id, day, SUM(sign) AS change
              FROM (SELECT item_id, day, sign FROM charge
                     UNION ALL
                    SELECT item_id, after, -sign FROM charge) edge
             GROUP BY item_id, day
        ), cover AS (
            SELECT item_id, SUM(change) OVER (PARTITION BY item_id ORDER BY day) AS times FROM step
        ), doubled AS (
            SELECT DISTINCT item_id AS id FROM cover WHERE times NOT IN (0, 1)
        ), billed AS (
            SELECT item.id, SUM(sign * GREATEST(LEAST(after, settled_until) - GREATEST(day, floor), 0)) AS days
              FROM item JOIN charge ON charge.item_id = item.id
             GROUP BY item.id
        ), served AS (
            SELECT id, SUM(GREATEST(LEAST(after, settled_until) - GREATEST(day, floor), 0)
                           - CASE WHEN after - 1 = free_day AND free_day >= floor AND free_day < settled_until
                                  THEN 1 ELSE 0 END) AS days
              FROM (SELECT item.id, item.settled_until, item.floor, item.free_day, segment.suspended,
                           segment.suspension_billed,
                           GREATEST(segment.date_start, item.owed_from) AS day,
                           CASE WHEN segment.date_start = MAX(segment.date_start) OVER (PARTITION BY item.id)
                                THEN COALESCE(item.owed_until, segment.date_end + 1)
                                ELSE LEAST(segment.date_end + 1, item.owed_until) END AS after
                      FROM item JOIN recurring_contract_segment segment ON segment.item_id = item.id) owed
             WHERE suspended IS NOT TRUE OR suspension_billed
             GROUP BY id
        )
        SELECT item.company_id, item.id AS record_id
          FROM item
          LEFT JOIN doubled ON doubled.id = item.id
          LEFT JOIN billed ON billed.id = item.id
          LEFT JOIN served ON served.id = item.id
         WHERE doubled.id IS NOT NULL
            OR item.settled_until IS NOT NULL AND COALESCE(billed.days, 0) <> COALESCE(served.days, 0)
        """,
        company_ids=company_ids,
        carried_on=is_carried_on(SQL("item")),
    )


# What each check shows where it is red, and how it finds it. The first one names accounts.
CHECKS = {
    "ledger": ("recurring.revenue.rollforward", _ledger),
    "invoices": ("account.move", _invoices),
    "totals": ("recurring.revenue.schedule", _totals),
    "entries": ("recurring.revenue.entry", _entries),
    "accruals": ("recurring.revenue.accrual", _accruals),
    "days": ("recurring.contract.item", _days),
}
