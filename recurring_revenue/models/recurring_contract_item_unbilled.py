import dataclasses
import datetime
import json
from collections import defaultdict
from functools import cache
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.recurring_billing.domain import charging
from odoo.addons.recurring_billing.domain.charges import ADVANCE, ARREARS, RECURRING, USAGE
from odoo.addons.recurring_billing.domain.usage import Used
from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up, to_decimal

from ..domain.accrual import CREDIT, UNBILLED, Accrual, Pending, Unbilled, positions
from ..domain.correction import Correction, Service, correction_amount
from ..domain.recognition import AT_ONCE

BATCH = 1000


class Original(NamedTuple):
    """What a credit that is owed takes from: the journal item that billed it, and its schedule if it has one."""

    schedule_id: int | None
    service: Service | None
    revenue_account_id: int
    charged: object
    total: object
    total_currency: object


class RecurringContractItem(models.Model):
    """What items have earned, or owe back, that no posted invoice bears."""

    _inherit = "recurring.contract.item"

    @api.model
    def _get_unbilled(self, company, date):
        """Return what a company's contracts have earned or owe through a day, beyond its posted invoices.

        It is the billing engine's own difference: what is expected through the day less the charges that
        invoices posted through the day bear, periods in arrears being looked at from their first day on.
        What was used through the day is earned, whenever its period is billed.

        :param company: ``res.company``
        :param datetime.date date: the last day of the period (inclusive)
        :rtype: Unbilled
        """
        self.env.flush_all()
        candidates = self._find_unbilled(company, date)
        accruals, corrections = [], defaultdict(list)
        ids = list(candidates)
        for start in range(0, len(ids), BATCH):
            items = self.with_context(active_test=False).browse(ids[start : start + BATCH])
            found = items._compute_unbilled(company, date, candidates)
            accruals += found.accruals
            for schedule_id, credits in found.corrections.items():
                corrections[schedule_id] += credits
            items.invalidate_recordset()
        return Unbilled(accruals, dict(corrections))

    def _find_unbilled(self, company, date):
        """Return the items that may have earned something that is not invoiced.

        :return: by item id the day from which its periods must be looked at, ``None`` for all
        :rtype: dict[int, datetime.date | None]
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH unposted AS (
                    SELECT charge.item_id, MIN(charge.period_start) AS since
                      FROM recurring_charge charge
                      LEFT JOIN account_move move ON move.id = charge.move_id
                     WHERE charge.company_id = %(company_id)s AND charge.is_void IS NOT TRUE
                       AND charge.kind <> 'opening' AND charge.date_start <= %(date)s
                       AND (move.id IS NULL OR move.state <> 'posted' OR move.date > %(date)s)
                     GROUP BY charge.item_id
                )
                SELECT item.id,
                       CASE WHEN item.settled_until IS NOT NULL
                            THEN LEAST(item.settled_until, unposted.since) END
                  FROM recurring_contract_item item
                  JOIN recurring_contract contract ON contract.id = item.contract_id
                  LEFT JOIN unposted ON unposted.item_id = item.id
                 WHERE item.company_id = %(company_id)s AND contract.state <> 'draft'
                   AND (unposted.item_id IS NOT NULL
                        OR item.next_billing_date <= %(date)s
                        OR item.charge_type <> 'usage' AND item.next_billing_date IS NULL
                        OR item.charge_type <> 'usage' AND item.billing_timing = 'arrears'
                           AND item.settled_until <= %(date)s
                        OR item.charge_type = 'usage' AND EXISTS (
                           SELECT FROM recurring_usage usage
                            WHERE usage.item_id = item.id AND usage.is_cancelled IS NOT TRUE
                              AND usage.date <= %(date)s
                              AND (item.settled_until IS NULL OR usage.date >= item.settled_until)))
                 ORDER BY item.id
                """,
                company_id=company.id,
                date=date,
            )
        )
        return dict(rows)

    def _compute_unbilled(self, company, date, since):
        """Compute what ``_get_unbilled`` returns, for some items.

        :param dict since: what ``_find_unbilled`` returned
        """
        pieces = self._get_unbilled_pieces(date, since)
        originals = self._get_originals({piece.corrects for _item, piece in pieces if piece.corrects})
        upto = date + datetime.timedelta(days=1)
        pending, corrections = defaultdict(list), defaultdict(list)
        terms = cache(lambda product, position: self._get_revenue_terms(company, product, position))
        for item, piece in pieces:
            own = terms(item.product_id, item.contract_id.fiscal_position_id)
            original = originals.get(piece.corrects)
            if original:
                account_id = original.revenue_account_id
                amounts = self._get_pending_credit(item, piece, original, upto, corrections)
            else:
                account_id = own["revenue_account"].id
                amounts = item._get_pending_charge(piece, own["rule"], date)
                if not own["accrued_account"]:
                    amounts = amounts._replace(earned=ZERO, earned_currency=ZERO)
            pending[item, piece.terms.payer, account_id].append(amounts)
        accruals = []
        rounding = to_decimal(company.currency_id.rounding)
        for (item, payer, account_id), found in pending.items():
            own = terms(item.product_id, item.contract_id.fiscal_position_id)
            for kind, *amounts in positions(found, rounding):
                accruals += item._prepare_accruals(kind, amounts, payer, account_id, own)
        return Unbilled(accruals, corrections)

    def _get_unbilled_pieces(self, date, since):
        """Return what the items are charged or credited through a day, beyond the posted invoices.

        :param datetime.date date: the last day (inclusive)
        :param dict since: what ``_find_unbilled`` returned
        :return: each ``Piece`` with its item
        :rtype: list[tuple]
        """
        segments = self._get_owed_segments()
        booked = self._get_booked_through(date)
        used = self.filtered(lambda item: item.charge_type == USAGE)._get_used_through(date, since)
        free_last_days = self._filter_free_last_day()
        pieces = []
        for item in self:
            args = segments[item.id], booked[item.id], date, since[item.id]
            if item.charge_type == USAGE:
                outcome = item._charge_used(*args, used[item.id])
            else:
                billing = dataclasses.replace(item._get_billing(free_last_days=free_last_days), timing=ADVANCE)
                outcome = charging.charge(billing, *args)
            pieces += [(item, piece) for piece in outcome.pieces]
        return pieces

    def _get_used_through(self, date, since):
        """Return what was used of items by usage through a day, of the periods that must be looked at.

        :param datetime.date date: the last day (inclusive)
        :param dict since: what ``_find_unbilled`` returned
        :rtype: dict[int, list[Used]]
        """
        used = defaultdict(list)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT usage.item_id, usage.date, SUM(usage.quantity::numeric)
                  FROM recurring_usage usage
                  JOIN recurring_contract_item item ON item.id = usage.item_id
                  JOIN UNNEST(%(ids)s::integer[], %(since)s::date[]) AS wanted(item_id, since)
                    ON wanted.item_id = item.id
                 WHERE usage.is_cancelled IS NOT TRUE AND usage.date <= %(date)s
                   -- the day may lie within a period, whose first days count as well
                   AND (wanted.since IS NULL OR usage.date >= wanted.since - 31
                        - (item.billing_count || ' ' || item.billing_unit)::interval)
                 GROUP BY usage.item_id, usage.date
                """,
                ids=self.ids,
                since=[since[item.id] for item in self],
                date=date,
            )
        )
        for item_id, day, quantity in rows:
            used[item_id].append(Used(day, to_decimal(quantity)))
        return used

    def _charge_used(self, segments, booked, date, since, used):
        """Compare what was used through a day with what invoices bear, as if the item ended with the day.

        :param list[Segment] segments: the terms at which its days are owed
        :param list[Booked] booked: its charges on posted invoices
        :param datetime.date date: the last day (inclusive)
        :param since: the day from which periods must be looked at, ``None`` for all
        :param list[Used] used: what was used through the day
        :rtype: Outcome
        """
        self.ensure_one()
        upto = date + datetime.timedelta(days=1)
        known = [
            dataclasses.replace(segment, end=min(segment.end or upto, upto))
            for segment in segments
            if segment.start < upto
        ]
        charged = [line for line in booked if line.period_start < upto]
        return charging.charge(self._get_billing(), known, charged, upto, since, used)

    def _prepare_accruals(self, kind, amounts, payer, revenue_account_id, terms):
        """Return the amounts at period end of one position, none where there is no account for it."""
        self.ensure_one()
        names = {UNBILLED: "accrued_account", CREDIT: "refund_account"}
        account = terms[names.get(kind, "deferred_account")]
        if not account or not revenue_account_id:
            return []
        partner = self.env["res.partner"].browse(payer)
        analytic = self.analytic_distribution
        accrual = Accrual(
            kind,
            self.currency_id.id,
            account.id,
            revenue_account_id,
            json.dumps(analytic) if analytic else None,
            partner.commercial_partner_id.id or None,
            self.contract_id.id,
            None,
            self.id,
        )
        return [(accrual, *amounts)]

    def _get_revenue_terms(self, company, product, fiscal_position):
        """Return the rule and the accounts of a product's revenue.

        :return: ``rule``, ``revenue_account``, ``accrued_account``, ``refund_account``, ``deferred_account``
        :rtype: dict
        """
        template = product.product_tmpl_id.with_company(company)
        rule = template._get_recurring_revenue_rule(company)
        none = self.env["account.account"]
        return {
            "rule": rule,
            "revenue_account": template.get_product_accounts(fiscal_position)["income"] or none,
            "accrued_account": rule._get_accrued_income_account(company) if rule else none,
            "refund_account": rule._get_refund_liability_account(company) if rule else none,
            "deferred_account": rule._get_deferred_account(company, raise_if_missing=False) if rule else none,
        }

    # === AMOUNTS === #

    def _get_pending_charge(self, piece, rule, date):
        """Return what is earned through a day of a charge that is not invoiced, at the day's rate.

        Accrued income is a monetary item: it is translated at the closing rate (IAS 21.23).
        """
        self.ensure_one()
        total = self._get_net_of_piece(piece)
        share = self._get_earned_share(piece, rule, date)
        currency, company = self.currency_id, self.company_id
        earned_currency = round_half_up(total * share.numerator / share.denominator, to_decimal(currency.rounding))
        earned = currency._convert(float(earned_currency), company.currency_id, company, date)
        return Pending(to_decimal(earned), earned_currency, total)

    def _get_earned_share(self, piece, rule, date):
        """Return which share of a charge is earned through a day, as its schedule will say."""
        method = rule.method or AT_ONCE
        upto = date + datetime.timedelta(days=1)
        if method == AT_ONCE:
            in_arrears = self.billing_timing == ARREARS and self.charge_type == RECURRING
            return 1 if not in_arrears or piece.end <= upto else 0
        day = datetime.timedelta(days=1)
        first, last = rule._get_recognition_dates(piece.start, piece.end - day)
        return Service(first, last + day, method, rule._get_steps(first, last)).share(upto)

    def _get_net_of_piece(self, piece):
        """Return the amount of a charge without tax, in its currency."""
        taxes = self.env["account.tax"].browse(piece.terms.taxes)
        if not any(taxes.flatten_taxes_hierarchy().mapped("price_include")):
            return piece.amount
        computed = taxes.compute_all(float(piece.amount), currency=self.currency_id, product=self.product_id)
        return to_decimal(computed["total_excluded"])

    @api.model
    def _get_pending_credit(self, item, piece, original, upto, corrections):
        """Return what a credit that is not issued takes back, at the rate of what it corrects.

        It is noted in ``corrections``, so that the original's schedule is cut as the credit note will cut it.
        """
        totals = [
            round_half_up(
                total * piece.amount / original.charged if original.charged else ZERO, to_decimal(currency.rounding)
            )
            for total, currency in (
                (original.total, item.company_id.currency_id),
                (original.total_currency, item.currency_id),
            )
        ]
        if not original.service:
            return Pending(*totals, totals[1])
        correction = Correction(piece.start, piece.end, *totals, piece.kind == RECURRING and piece.amount < 0)
        if correction.start >= original.service.end or correction.end <= original.service.start:
            return Pending(*totals, totals[1])
        correction = correction.settled(original.service, original.total_currency)
        corrections[original.schedule_id].append(correction)
        earned = [
            correction_amount(total, correction, original.service, upto, to_decimal(currency.rounding))
            for total, currency in zip(totals, (item.company_id.currency_id, item.currency_id), strict=True)
        ]
        return Pending(*earned, totals[1])

    # === WHAT IS POSTED === #

    def _get_booked_through(self, date):
        """Return the charges that invoices posted through a day bear, with those billed elsewhere.

        :return: as ``_get_booked``, without revisions
        :rtype: dict[int, list[Booked]]
        """
        scope = SQL("charge.kind = 'opening' OR move.state = 'posted' AND move.date <= %s", date)
        booked, _revisions = self._get_booked(scope)
        return booked

    def _get_originals(self, charge_ids):
        """Return what each of the charges has put into the books.

        :param set charge_ids: charges that are credited
        :rtype: dict[int, Original]
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT charge.id, charge.amount::text, schedule.id, schedule.date_start, schedule.date_end + 1,
                       schedule.method, COALESCE(schedule.revenue_account_id, line.account_id),
                       COALESCE(schedule.total, -line.balance)::text,
                       COALESCE(schedule.total_currency, -line.amount_currency)::text
                  FROM recurring_charge charge
                  LEFT JOIN account_move_line line ON line.id = charge.invoice_line_id
                  LEFT JOIN recurring_revenue_schedule schedule
                         ON schedule.state <> 'cancelled'
                        AND (schedule.source_line_id = line.id
                             OR schedule.charge_id = charge.id AND schedule.is_opening)
                 WHERE charge.id IN %s AND (line.id IS NOT NULL OR schedule.id IS NOT NULL)
                """,
                tuple(charge_ids) or (0,),
            )
        )
        schedule_ids = [row[2] for row in rows if row[2]]
        steps = self.env["recurring.revenue.schedule"]._fetch_steps(schedule_ids)
        adjustments = self.env["recurring.revenue.schedule"]._fetch_adjustments(schedule_ids)
        return {
            charge_id: Original(
                schedule_id,
                Service(start, end, method, steps.get(schedule_id, ()), adjustments.get(schedule_id, ()))
                if schedule_id
                else None,
                account_id,
                *map(to_decimal, (charged, total, total_currency)),
            )
            for charge_id, charged, schedule_id, start, end, method, account_id, total, total_currency in rows
        }
