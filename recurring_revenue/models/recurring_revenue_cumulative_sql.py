"""``domain.recognition`` in SQL, for closes and reports over many schedules at once.

Everything is whole numbers up to one last division, so that the result is the domain's to the cent.
"""

from odoo.tools import SQL

from ..domain import recognition

# The methods that the SQL below computes; others are left to the domain.
SET_BASED = (
    recognition.AT_ONCE,
    recognition.BY_DAY,
    recognition.BY_MONTH,
    recognition.FULL_MONTHS,
    *recognition.MONTHS_OF_PERIODS,
)


def share_lateral(start, last_day, method, upto):
    """Return a table expression that computes which share is earned before a day.

    :param SQL start: the first day of service
    :param SQL last_day: the last day of service (inclusive)
    :param SQL method: one of ``SET_BASED``
    :param SQL upto: the day before which it must have been earned
    :return: a subquery, for ``CROSS JOIN LATERAL``, of one row with the whole numbers ``numerator``
        and ``denominator``
    :rtype: SQL
    """
    # OFFSET 0 keeps PostgreSQL from computing each figure anew wherever it is used.
    return SQL(
        """
        (SELECT CASE
                WHEN upto <= start THEN 0
                WHEN upto > last_day OR method = 'at_once' THEN 1
                WHEN method = 'by_day' THEN upto - start
                WHEN method = 'by_month' THEN
                     CASE WHEN month_l = month_s THEN upto - start
                          WHEN whole > 0 AND month_d = month_s THEN upto - start
                          WHEN whole > 0 AND month_d = month_l THEN
                               (head + (month_d - month_s - 1) * length_s) * day_l
                               + (whole * length_s - head - (month_l - month_s - 1) * length_s) * day_d
                          WHEN month_d = month_s THEN (upto - start) * length_l
                          WHEN month_d = month_l THEN
                               (head + (month_d - month_s - 1) * length_s) * length_l + day_d * length_s
                          WHEN whole > 0 THEN (head + (month_d - month_s - 1) * length_s) * length_d + day_d * length_s
                          ELSE ((head + (month_d - month_s - 1) * length_s) * length_d + day_d * length_s) * length_l
                     END
                WHEN method = 'full_months' THEN month_d - month_s + 1
                ELSE elapsed_u / period
                END AS numerator,
                CASE
                WHEN upto <= start OR upto > last_day OR method = 'at_once' THEN 1
                WHEN method = 'by_day' THEN last_day - start + 1
                WHEN method = 'by_month' THEN
                     CASE WHEN month_l = month_s THEN last_day - start + 1
                          WHEN whole > 0 AND month_d = month_s THEN length_s * whole
                          WHEN whole > 0 AND month_d = month_l THEN length_s * day_l * whole
                          WHEN whole > 0 THEN length_s * length_d * whole
                          WHEN month_d = month_s OR month_d = month_l THEN weight
                          ELSE length_d * weight
                     END
                WHEN method = 'full_months' THEN month_l - month_s + 1
                ELSE elapsed_l / period + 1
                END AS denominator
           FROM (
                SELECT *,
                       length_s - day_s + 1 AS head,
                       (length_s - day_s + 1) * length_l + (month_l - month_s - 1) * length_s * length_l
                           + day_l * length_s AS weight,
                       CASE WHEN day_s = day_e OR (day_s < day_e AND day_s = length_s)
                                 OR (day_s > day_e AND day_e = length_e)
                            THEN month_e - month_s ELSE 0 END AS whole,
                       month_u - month_s
                           - ((start + make_interval(months => month_u - month_s))::date > upto)::int AS elapsed_u,
                       month_l - month_s
                           - ((start + make_interval(months => month_l - month_s))::date > last_day)::int AS elapsed_l
                  FROM (
                        SELECT *,
                               %(month_s)s AS month_s, %(month_l)s AS month_l, %(month_e)s AS month_e,
                               %(month_d)s AS month_d, %(month_u)s AS month_u,
                               date_part('day', start)::bigint AS day_s,
                               date_part('day', last_day)::bigint AS day_l,
                               date_part('day', last_day + 1)::bigint AS day_e,
                               date_part('day', upto - 1)::bigint AS day_d,
                               %(length_s)s AS length_s, %(length_l)s AS length_l,
                               %(length_e)s AS length_e, %(length_d)s AS length_d
                          FROM (
                                SELECT %(start)s AS start, %(last_day)s AS last_day, %(method)s AS method,
                                       %(upto)s AS upto,
                                       CASE %(method)s WHEN 'even_quarters' THEN 3 WHEN 'even_years' THEN 12
                                            ELSE 1 END AS period
                               ) given
                       ) dated
                OFFSET 0
               ) counted)
        """,
        start=start,
        last_day=last_day,
        method=method,
        upto=upto,
        **{
            f"{name}_{letter}": function(day)
            for letter, day in {
                "s": SQL("start"),
                "l": SQL("last_day"),
                "e": SQL("(last_day + 1)"),
                "d": SQL("(upto - 1)"),
                "u": SQL("upto"),
            }.items()
            for name, function in (("month", _month_number), ("length", _month_length))
            if (name, letter) != ("length", "u")
        },
    )


def cumulative_sql(total, rounding, share="share"):
    """Return what of a total is earned, given its share; see ``domain.recognition.cumulative``.

    :param SQL total: the signed amount
    :param SQL rounding: the smallest unit of its currency
    :param str share: the name of the row of ``share_lateral``
    :rtype: SQL
    """
    return SQL(
        """
        CASE WHEN %(share)s.numerator = 0 THEN 0
             WHEN %(share)s.numerator = %(share)s.denominator THEN %(total)s
             ELSE SIGN(%(total)s) * LEAST(
                  ROUND(ABS(%(total)s) * %(share)s.numerator / (%(share)s.denominator * %(rounding)s)) * %(rounding)s,
                  ABS(%(total)s))
        END
        """,
        total=total,
        rounding=rounding,
        share=SQL.identifier(share),
    )


def _month_number(day):
    return SQL("(date_part('year', %(day)s) * 12 + date_part('month', %(day)s))::int", day=day)


def _month_length(day):
    return SQL(
        "((date_trunc('month', %(day)s) + interval '1 month')::date - date_trunc('month', %(day)s)::date)::bigint",
        day=day,
    )
