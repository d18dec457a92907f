import datetime
from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.correction import Correction, Service, corrected, correction_amount
from ..domain.recognition import STEPPED, by_month


class RecurringRevenueSchedule(models.Model):
    """Credit notes: which schedule they shorten, and what this leaves to be earned."""

    _inherit = "recurring.revenue.schedule"

    corrected_schedule_id = fields.Many2one(
        "recurring.revenue.schedule",
        "Corrects",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The schedule that this credit shortens. Both are recognised together: what was credited of days that "
        "have passed is taken back by the next close, what was credited of days to come is not earned.",
    )
    removes_days = fields.Boolean(
        "Service Ended",
        readonly=True,
        help="The contract no longer serves the credited days: nothing is earned on them.",
    )
    correction_ids = fields.One2many("recurring.revenue.schedule", "corrected_schedule_id", "Credits", readonly=True)

    # === LINKS === #

    def _link_corrections(self, line_ids):
        """Find the schedules that the lines of credit notes correct.

        The charge of a line names what it corrects. A credit note made by Odoo's reversal names the
        reversed invoice: its lines are matched by product and service period.

        :param list[int] line_ids: the lines that have just opened their schedules
        """
        self.flush_model()
        self.env.cr.execute(
            """
            UPDATE recurring_revenue_schedule credit
               SET corrected_schedule_id = COALESCE(original.corrected_schedule_id, original.id),
                   removes_days = charge.kind = 'recurring' AND charge.amount < 0
              FROM recurring_charge charge
              JOIN recurring_charge corrected ON corrected.id = charge.corrected_charge_id
              JOIN LATERAL (
                    SELECT schedule.* FROM recurring_revenue_schedule schedule
                     WHERE schedule.source_line_id = corrected.invoice_line_id
                     UNION ALL
                    SELECT schedule.* FROM recurring_revenue_schedule schedule
                     WHERE schedule.charge_id = corrected.id AND schedule.is_opening
                   ) original ON original.state <> 'cancelled'
             WHERE credit.source_line_id = ANY(%(line_ids)s)
               AND charge.id = credit.charge_id
               AND original.company_id = credit.company_id
               AND original.currency_id = credit.currency_id
            """,
            {"line_ids": line_ids},
        )
        self.invalidate_model(["corrected_schedule_id", "removes_days"])
        # sudo: who posts a credit note need not see the schedules that it shortens
        reversing = self.sudo().search(
            [
                ("source_line_id", "in", line_ids),
                ("source_move_id.reversed_entry_id", "!=", False),
                ("corrected_schedule_id", "=", False),
            ]
        )
        for credit_note, schedules in reversing.grouped("source_move_id").items():
            schedules._link_reversed(credit_note.reversed_entry_id)

    def _link_reversed(self, reversed_move):
        """Link the credits of one credit note to the schedules of the invoice that it reverses."""
        originals = self.search([("source_move_id", "=", reversed_move.id), ("state", "!=", "cancelled")])
        lines = self.source_line_id.sorted()
        matches = lines._match_recurring_lines(originals.source_line_id.sorted())
        by_line = originals.grouped("source_line_id")
        for credit in self:
            original = by_line.get(matches.get(credit.source_line_id))
            if original and original.currency_id == credit.currency_id:
                credit.corrected_schedule_id = original.corrected_schedule_id or original

    def _relink_corrections(self, detached):
        """Have corrections of schedules that lost their invoice line follow the line's new one.

        :param list[tuple[int, int]] detached: ids of the old schedules with those of the lines
        """
        for old_id, line_id in detached:
            self.env.cr.execute(
                """
                UPDATE recurring_revenue_schedule credit
                   SET corrected_schedule_id = new.id
                  FROM recurring_revenue_schedule new
                 WHERE credit.corrected_schedule_id = %s AND new.source_line_id = %s
                """,
                [old_id, line_id],
            )

    # === MONTHS === #

    def _get_monthly_amounts(self):
        """Return what each month earns, less what its credits take, in company currency.

        What a month catches up of earlier ones stands in these: closes book it when they can.

        :return: the last day of each month with its amount
        :rtype: list[tuple[datetime.date, Decimal]]
        """
        self.ensure_one()
        self.flush_model()
        rounding = to_decimal(self.company_currency_id.rounding)
        total = to_decimal(self.company_currency_id.round(self.total))
        end = self.date_end + datetime.timedelta(days=1)
        steps, adjustments = self._fetch_steps(self.ids), self._fetch_adjustments(self.ids)
        service = Service(self.date_start, end, self.method, steps.get(self.id, ()), adjustments.get(self.id, ()))
        found = self._fetch_corrections(self.ids, datetime.date.max).get(self.id, {})
        if found.get("corrects"):
            arguments = (found["correction"], found["corrects"])
            days = arguments[1].days if arguments[1].is_stepped else service[:2]
            return by_month(lambda upto: correction_amount(total, *arguments, upto, rounding), *days)
        corrections = found.get("corrections", ())
        amounts = [correction.total for correction in corrections]

        def earned(upto):
            due = corrected(total, service, upto, rounding, amounts, corrections)
            return due + sum(correction_amount(c.total, c, service, upto, rounding) for c in corrections)

        return by_month(earned, *service.days)

    # === WHAT THE CLOSE READS === #

    def _fetch_corrections(self, schedule_ids, date_end, pending=None, known=None):
        """Return what credits leave of schedules, for those that credits concern.

        A credit counts once both it and its original are booked, and while both are in force.
        Otherwise each runs alone.

        :param list[int] schedule_ids: originals, corrections or others
        :param datetime.date date_end: the last day of the close; what is booked later is left out
        :param dict pending: by schedule id, corrections that are owed and on no posted credit note
        :param known: ids of the credits that count at all, ``None`` for all
        :return: by the id of a schedule, what to replace in its ``ScheduleState``
        :rtype: dict[int, dict]
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT credit.id, original.id, original.total_currency::text,
                       original.date_start, original.date_end + 1, original.method,
                       credit.date_start, credit.date_end + 1,
                       credit.total::text, credit.total_currency::text, COALESCE(credit.removes_days, FALSE)
                  FROM recurring_revenue_schedule credit
                  JOIN recurring_revenue_schedule original ON original.id = credit.corrected_schedule_id
                 WHERE credit.corrected_schedule_id IN (
                        SELECT COALESCE(corrected_schedule_id, id)
                          FROM recurring_revenue_schedule
                         WHERE id = ANY(%(schedule_ids)s)
                       )
                   AND credit.state <> 'cancelled' AND original.state <> 'cancelled'
                   AND credit.date <= %(date_end)s AND original.date <= %(date_end)s
                   AND (%(known)s::integer[] IS NULL OR credit.id = ANY(%(known)s::integer[]))
                   AND (credit.date_start <= original.date_end AND credit.date_end >= original.date_start
                        OR original.method = ANY(%(stepped)s))
                 ORDER BY credit.id
                """,
                schedule_ids=schedule_ids,
                date_end=date_end,
                known=known,
                stepped=list(STEPPED),
            )
        )
        changes, of_original = {}, defaultdict(list)
        for schedule_id in (pending or {}).keys() & set(schedule_ids):
            of_original[schedule_id] += pending[schedule_id]
        rows = self.env.cr.fetchall()
        steps = self._fetch_steps({row[1] for row in rows if row[5] in STEPPED})
        adjustments = self._fetch_adjustments({row[1] for row in rows})
        for credit_id, original_id, total_currency, start, end, method, *values in rows:
            service = Service(start, end, method, steps.get(original_id, ()), adjustments.get(original_id, ()))
            first_day, after, *amounts, removes_days = values
            correction = Correction(first_day, after, *map(to_decimal, amounts), removes_days)
            correction = correction.settled(service, to_decimal(total_currency))
            changes[credit_id] = {"corrects": service, "correction": correction}
            of_original[original_id].append(correction)
        for original_id, corrections in of_original.items():
            changes[original_id] = {"corrections": tuple(corrections)}
        return changes
