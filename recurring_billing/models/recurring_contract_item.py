from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import to_decimal
from odoo.addons.recurring_contracts.domain.terms import Terms

from ..domain import charging
from ..domain.charges import NEVER, SEPARATE, USAGE, Billing, Booked

ONE_DAY = timedelta(days=1)


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    settled_until = fields.Date(
        readonly=True,
        copy=False,
        help="Periods before this day are billed and their terms unchanged since. "
        "Only spares work: without it, everything is compared again.",
    )
    next_billing_date = fields.Date(
        "Next Billing",
        readonly=True,
        copy=False,
        help="Nothing is due before this day. Empty: the next run looks at the item.",
    )
    opening_billed_through = fields.Date(
        "Billed Elsewhere Through",
        copy=False,
        help="The last day that another system has billed. Billing goes on after the billing "
        "period that holds it, or after this day itself.",
    )
    billing_floor = fields.Date(
        "Billed Here From",
        readonly=True,
        copy=False,
        help="Earlier days were billed in another system and are neither charged nor credited.",
    )
    charge_ids = fields.One2many("recurring.charge", "item_id", "Charges")
    usage_ids = fields.One2many("recurring.usage", "item_id")

    _next_billing_index = models.Index("(company_id, next_billing_date)")

    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {
            "billing_floor",
            "next_billing_date",
            "opening_billed_through",
            "settled_until",
        }

    # === DOMAIN ADAPTERS === #

    def _get_billing(self, returned=None, free_last_days=None):
        """Return how the item is billed, for the charging engine.

        :param datetime.date returned: of a deposit, the first day on which it is given back, if that is known
        :param free_last_days: what ``_filter_free_last_day`` returns for this item and others, where it was asked
        :rtype: recurring_billing.domain.charges.Billing
        """
        self.ensure_one()
        if free_last_days is None:
            free_last_days = self._filter_free_last_day()
        return Billing(
            charge_type=self.charge_type,
            grid=self._get_grid(),
            timing=self.billing_timing,
            proration=self.proration,
            rounding=to_decimal(self.currency_id.rounding),
            floor=self.billing_floor or None,
            stub=self.stub or SEPARATE,
            last_day=self not in free_last_days,
            included=to_decimal(self.included_quantity),
            returned=returned,
        )

    def _get_booked(self, scope=None):
        """Return the charges that the engine compares with, and the revisions used so far.

        Charges of periods that are settled are left out, except of items charged once.

        :param SQL scope: another choice of charges, over ``charge``, ``item`` and ``move`` (the invoice)
        :return: domain charges by item id, oldest first; last revision by
            ``(item id, kind, first day of the period)``
        :rtype: tuple[dict[int, list[Booked]], dict[tuple, int]]
        """
        self.env["recurring.charge"].flush_model()
        self.env["account.move"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT charge.item_id, charge.id, charge.kind, charge.period_start,
                       charge.period_end + 1, charge.date_start, charge.date_end + 1, charge.quantity,
                       charge.price_unit, charge.discount, charge.partner_id, charge.amount,
                       charge.corrected_charge_id, charge.is_void, charge.revision,
                       charge.kind != 'opening'
                           AND (charge.invoice_line_id IS NULL OR move.state = 'cancel'),
                       ARRAY(SELECT rel.account_tax_id
                               FROM account_tax_recurring_charge_rel rel
                              WHERE rel.recurring_charge_id = charge.id
                              ORDER BY rel.account_tax_id)
                  FROM recurring_charge charge
                  JOIN recurring_contract_item item ON item.id = charge.item_id
                  LEFT JOIN account_move move ON move.id = charge.move_id
                 WHERE charge.item_id IN %s
                   AND (%s)
                 ORDER BY charge.id
                """,
                tuple(self.ids) or (0,),
                scope
                or SQL(
                    """
                    item.settled_until IS NULL OR charge.period_end >= item.settled_until
                    OR item.charge_type = 'one_time'
                    """
                ),
            )
        )
        booked, revisions = defaultdict(list), defaultdict(int)
        for (
            item, key, kind, period_start, period_end, start, end, quantity, price, discount, payer, amount,
            corrected, is_void, revision, loose, taxes,
        ) in rows:  # fmt: skip
            used = (item, kind, period_start)
            revisions[used] = max(revision, revisions[used])
            if is_void:
                continue
            terms = Terms(to_decimal(quantity), to_decimal(price), to_decimal(discount), tuple(taxes), payer)
            booked[item].append(
                Booked(key, kind, period_start, period_end, start, end, terms, to_decimal(amount), corrected, loose)
            )
        return booked, revisions

    # === CHARGING === #

    def _charge_through(self, date, run=None):
        """Book what the items owe through a day: expected charges less those that exist.

        Booking twice books nothing more. The items are locked until the transaction ends, so that
        of two bookings at once the later one fails with a serialization error, to be repeated.

        :param datetime.date date: the last day on which something may be due (inclusive)
        :param run: the ``recurring.bill.run`` that books, if any
        :return: the charges to invoice: new ones, and earlier ones that are owed again
        """
        self._lock_for_charging()
        outcomes, booked, revisions = self._get_outcomes(date)
        payers = tuple({piece.terms.payer for outcome in outcomes.values() for piece in outcome.pieces})
        values, waiting, void, marks = [], [], [], []
        for item in self:
            outcome = outcomes[item.id]
            for piece in outcome.pieces:
                if piece.reuses:
                    continue
                used = (item.id, piece.kind, piece.period.start)
                revisions[used] += 1
                values.append(item._prepare_charge_values(piece, revisions[used], run, payers))
            void += outcome.void
            waiting += [b.key for b in booked[item.id] if b.loose and b.key not in outcome.void]
            marks.append((item.id, outcome.settled_until, outcome.next_due))
        Charge = self.env["recurring.charge"]
        Charge.browse(void)._void()
        self._store_marks(marks)
        charges = Charge.create(values)
        self.env["recurring.usage"]._link_charges(charges.filtered(lambda charge: charge.kind == USAGE))
        return charges + Charge.browse(waiting)

    def _get_outcomes(self, date):
        """Compute what is to be booked for the items through a day, without booking it.

        :param datetime.date date: the last day on which something may be due (inclusive)
        :return: the engine's outcome by item id, and what ``_get_booked`` returns
        :rtype: tuple[dict[int, Outcome], dict, dict]
        """
        segments = self._get_owed_segments()
        booked, revisions = self._get_booked()
        metered = self.filtered(lambda item: item.charge_type == USAGE)
        usage = self.env["recurring.usage"]._get_used(metered) if metered else {}
        deposits = self.filtered("is_deposit")
        returns = deposits._get_deposit_return_dates() if deposits else {}
        free_last_days = self._filter_free_last_day()
        outcomes = {
            item.id: charging.charge(
                item._get_billing(returns.get(item.id), free_last_days),
                segments[item.id],
                booked[item.id],
                date,
                item.settled_until or None,
                usage.get(item.id, ()),
            )
            for item in self
        }
        return outcomes, booked, revisions

    def _lock_for_charging(self):
        """Lock the items, and fail at once where another transaction changed them meanwhile."""
        self.env.execute_query(
            SQL(
                "SELECT id FROM recurring_contract_item WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(self.ids) or (0,),
            )
        )

    def _prepare_charge_values(self, piece, revision, run=None, payers=()):
        """Return the values of the charge that books a piece.

        Hook: other addons extend it to store more of their own on charges.

        :param Piece piece: what the engine computed
        :param int revision: its number among the charges of its kind and period
        :param run: the ``recurring.bill.run`` that books it, if any
        :param payers: the ids of all who pay what is booked along with it, to be read at once
        :rtype: dict
        """
        self.ensure_one()
        terms = piece.terms
        payer = self.env["res.partner"].browse(terms.payer).with_prefetch(payers or None)
        return {
            "company_id": self.company_id.id,
            "contract_id": self.contract_id.id,
            "plan_id": self.contract_id.plan_id.id,
            "item_id": self.id,
            "product_id": self.product_id.id,
            "partner_id": payer.id,
            "commercial_partner_id": payer.commercial_partner_id.id,
            "currency_id": self.currency_id.id,
            "kind": piece.kind,
            "period_start": piece.period.start,
            "period_end": piece.period.end - ONE_DAY,
            "date_start": piece.start,
            "date_end": piece.end - ONE_DAY,
            "revision": revision,
            "quantity": float(terms.quantity),
            "price_unit": float(terms.price),
            "discount": float(terms.discount),
            "tax_ids": [fields.Command.set(terms.taxes)],
            "whole_amount": float(piece.whole),
            "units_before": piece.before,
            "units": piece.units,
            "units_total": piece.total,
            "amount": float(piece.amount),
            "due_date": piece.due,
            "corrected_charge_id": piece.corrects,
            "usage_quantity": float(piece.used),
            "included_quantity": float(piece.included),
            "run_id": run.id if run else False,
        }

    def _store_marks(self, marks):
        """Remember up to where the items are settled and when they are due next.

        :param list marks: ``(item id, settled until, next due)``
        """
        if not marks:
            return
        ids, settled, due = (list(column) for column in zip(*marks, strict=True))
        self.env.execute_query(
            SQL(
                """
                UPDATE recurring_contract_item item
                   SET settled_until = mark.settled_until, next_billing_date = mark.next_due
                  FROM UNNEST(%s, %s::date[], %s::date[]) AS mark(id, settled_until, next_due)
                 WHERE item.id = mark.id
                   AND (item.settled_until, item.next_billing_date)
                       IS DISTINCT FROM (mark.settled_until, mark.next_due)
             RETURNING item.id
                """,
                ids,
                settled,
                due,
            )
        )
        self.invalidate_recordset(["settled_until", "next_billing_date"])

    def _reopen_from(self, first_days):
        """Make the next run look at the items again, from a day on.

        :param dict first_days: the first day (datetime.date) to compare again, by item id
        """
        if not first_days:
            return
        self.flush_model(["settled_until", "next_billing_date"])
        self.env.execute_query(
            SQL(
                """
                UPDATE recurring_contract_item item
                   SET settled_until = LEAST(item.settled_until, reopened.day),
                       next_billing_date = NULL
                  FROM UNNEST(%s, %s::date[]) AS reopened(id, day)
                 WHERE item.id = reopened.id AND item.settled_until IS NOT NULL
             RETURNING item.id
                """,
                list(first_days),
                list(first_days.values()),
            )
        )
        self.browse(first_days).invalidate_recordset(["settled_until", "next_billing_date"])

    def _on_terms_changed(self, first_changes):
        result = super()._on_terms_changed(first_changes)
        self._reopen_from({item.id: day for item, day in first_changes.items()})
        # How long a deposit is held follows from the end of the contract and of what renews it.
        deposits = self.browse([item.id for item in first_changes]).contract_id.deposit_item_ids
        self._reopen_from({item.id: item.date_start for item in deposits})
        return result

    def _get_move_day(self, date):
        """Move the periods after what is billed already, so that one part of a period is all that is charged."""
        settled = self.settled_until
        return super()._get_move_day(max(date, settled) if settled and settled < NEVER else date)

    # === SEARCH === #

    @api.model
    def _search_display_name(self, operator, value):
        """Find an item by its whole name too, as imports give it: ``contract: product``."""
        domain = super()._search_display_name(operator, value)
        if operator not in ("=", "in", "ilike", "like"):
            return domain
        for name in [value] if isinstance(value, str) else value or []:
            contract, parted, product = name.partition(": ") if isinstance(name, str) else ("", "", "")
            if parted:
                same = Domain("contract_id.name", "=", contract) & Domain("product_id.display_name", operator, product)
                domain = Domain.OR([domain, same]) if operator in ("=", "in") else domain | same
        return domain

    # === OPENING === #

    def _create_opening_charges(self):
        """Book what another system billed last, so that billing goes on from there.

        :return: the opening charges, of the items that say through when they were billed
        """
        items = self.filtered(lambda item: item.opening_billed_through and item.charge_type != "usage")
        segments = items._get_segments()
        values = []
        for item in items:
            piece = charging.opening(item._get_billing(), segments[item.id], item.opening_billed_through)
            if piece:
                values.append(item._prepare_charge_values(piece, 1))
                item._write_protected({"billing_floor": piece.start})
        return self.env["recurring.charge"].create(values)
