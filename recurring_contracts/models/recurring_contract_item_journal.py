from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date

from ..domain import owed, replay
from ..domain.money import to_decimal
from ..domain.terms import Segment, Terms


class RecurringContractItem(models.Model):
    """The journal of items and its replay into segments."""

    _inherit = "recurring.contract.item"

    def _freeze_terms(self):
        """Fix what a draft leaves open: first day, end, anchor and rate of its items."""
        for item in self:
            contract = item.contract_id
            start = item.date_start or contract.date_start
            end = False if item._is_open_ended() else item.date_end or contract.date_end
            values = {"date_start": start, "date_end": end}
            if not item.anchor_date:
                grid = contract.plan_id._get_grid(start, contract.partner_id, contract.company_id)
                values |= {"anchor_date": grid.anchor, "anchor_day": grid.day}
            values |= item._prepare_instalment_terms(start, values)
            if contract.currency_id != contract.company_id.currency_id:
                values["currency_rate"] = self.env["res.currency"]._get_conversion_rate(
                    contract.company_id.currency_id,
                    contract.currency_id,
                    contract.company_id,
                    start,
                )
            changed = {name: value for name, value in values.items() if item[name] != value}
            if changed:
                item._write_protected(changed)

    def _prepare_event_values(self, kind, date, **values):
        """Return the values of one event of this item.

        :param str kind: a kind of ``recurring.contract.event``
        :param datetime.date date: the first day on which it is in force
        :param values: the event's own values, such as ``quantity`` or ``price_unit``
        :rtype: dict
        """
        self.ensure_one()
        return {
            "item_id": self.id,
            "contract_id": self.contract_id.id,
            "kind": kind,
            "date": date,
            **values,
        }

    def _prepare_extension_event_values(self, events, end):
        """Return the values of the events that carry the item on to a new end.

        :param list events: the item's domain events, see ``_get_journal``
        :param datetime.date end: the first day no longer in force
        :rtype: list[dict]
        """
        self.ensure_one()
        return [
            *(self._prepare_event_values(replay.RENEWAL, day) for day in replay.renewal_dates(events, end)),
            self._prepare_event_values(replay.END, end),
        ]

    def _replay(self):
        """Rebuild the items' segments and the movements of their events from the journal."""
        self.env.flush_all()
        journal, known = self._get_journal(), self._get_segments()
        first_changes, outdated, values, movements, owed_changes = {}, {}, [], {}, {}
        for item in self:
            events = journal[item.id]
            owed_changes |= item._store_owed_bounds(events)
            fresh, old = replay.replay(events), known[item.id]
            item._check_quantities(fresh)
            moved = item._store_anchor(events)
            if moved:
                first_changes[item] = moved
            movements |= replay.movements(events, item._get_mrr)
            kept = 0
            while kept < min(len(fresh), len(old)) and fresh[kept] == old[kept]:
                kept += 1
            if kept == len(fresh) == len(old):
                continue
            changed = [segments[kept].start for segments in (fresh, old) if len(segments) > kept]
            outdated[item] = min(changed)
            first_changes[item] = min(changed + [moved] if moved else changed)
            values += [item._prepare_segment_values(segment) for segment in fresh[kept:]]
        self._replace_segments(outdated, values)
        self.env["recurring.contract.event"]._store_movements(movements)
        for item, day in owed_changes.items():
            first_changes[item] = min(day, first_changes.get(item, day))
        self._on_terms_changed(first_changes)

    def _store_owed_bounds(self, events):
        """Remember which days are owed, where they are not those in force.

        :param list events: the item's domain events, see ``_get_journal``
        :return: the first day whose billing this changes, by item; empty where none does
        :rtype: dict
        """
        self.ensure_one()
        since, until = replay.owed_bounds(events)
        values = {"owed_from": since or False, "owed_through": bool(until) and fields.Date.subtract(until, days=1)}
        changed = {name: value for name, value in values.items() if self[name] != value}
        if not changed:
            return {}
        days = [day for name, value in changed.items() for day in (self[name], value)]
        self._write_protected(changed)
        # What is no longer bounded goes on from its end: the first day in force is early enough.
        return {self: min(days) if all(days) else self.date_start}

    def _check_quantities(self, segments):
        """Refuse an amendment that would leave less than nothing on a later day.

        :raise UserError: naming the item and the day
        """
        self.ensure_one()
        for segment in segments:
            if segment.terms.quantity < 0:
                raise UserError(
                    self.env._(
                        "%(item)s would have a quantity of %(quantity)s from %(date)s on, with what was "
                        "agreed for later. Change less, or undo the later amendment first.",
                        item=self.display_name,
                        quantity=f"{segment.terms.quantity:f}",
                        date=format_date(self.env, segment.start),
                    )
                )

    def _prepare_segment_values(self, segment):
        """Return the values of ``recurring.contract.segment`` for a domain ``Segment``."""
        self.ensure_one()
        terms = segment.terms
        return {
            "item_id": self.id,
            "contract_id": self.contract_id.id,
            "date_start": segment.start,
            "date_end": segment.end and fields.Date.subtract(segment.end, days=1),
            "quantity": float(terms.quantity),
            "price_unit": float(terms.price),
            "discount": float(terms.discount),
            "tax_ids": [Command.set(terms.taxes)],
            "payer_id": terms.payer,
            "suspended": terms.suspended,
            "suspension_billed": terms.billed_suspended,
            "mrr": float(self._get_mrr(terms)),
        }

    def _replace_segments(self, first_changes, values):
        """Replace the segments of each item from its first changed day on."""
        Segments = self.env["recurring.contract.segment"]
        outdated = Segments.search([("item_id", "in", [item.id for item in first_changes])])
        outdated.filtered(lambda s: not s.date_end or s.date_end >= first_changes[s.item_id]).unlink()
        Segments.create(values)
        self.env.flush_all()

    def _on_terms_changed(self, first_changes):
        """Hook: the terms of items differ from what they were before, from a day on.

        Other addons extend it, to look again at what they booked for those days.

        :param dict first_changes: the first day that differs (datetime.date), by item
        """

    def _release_order_lines(self):
        """Let the order lines of cancelled items be sold again."""
        self.filtered("sale_line_id")._write_protected({"sale_line_id": False})

    def _refresh_item_caches(self, day):
        """Show the terms of ``day`` on the items: those in force, else the nearest to come or gone.

        :param datetime.date day: the day that counts as today
        """
        parameters = {"ids": self.ids or [0], "day": day}
        self.env.cr.execute(
            """
            WITH shown AS (
                SELECT DISTINCT ON (item_id) *,
                       MIN(date_start) OVER items AS first_day,
                       MAX(COALESCE(date_end, 'infinity')) OVER items AS last_day,
                       date_start <= %(day)s AND COALESCE(date_end, 'infinity') >= %(day)s
                           AS in_force
                  FROM recurring_contract_segment
                 WHERE item_id = ANY(%(ids)s)
                WINDOW items AS (PARTITION BY item_id)
                 ORDER BY item_id,
                          date_start > %(day)s,
                          ABS(date_start - %(day)s::date)
            )
            UPDATE recurring_contract_item item
               SET quantity = shown.quantity, price_unit = shown.price_unit,
                   discount = shown.discount, date_start = shown.first_day,
                   date_end = NULLIF(shown.last_day, 'infinity'),
                   mrr = CASE WHEN shown.in_force THEN shown.mrr ELSE 0 END
              FROM shown
             WHERE item.id = shown.item_id
         RETURNING item.id, shown.id
            """,
            parameters,
        )
        shown = dict(self.env.cr.fetchall())
        self.env.cr.execute(
            """
            UPDATE recurring_contract_item item SET mrr = 0, date_end = item.date_start - 1
             WHERE item.id = ANY(%(ids)s)
               AND EXISTS (SELECT FROM recurring_contract_event e WHERE e.item_id = item.id)
               AND NOT EXISTS (SELECT FROM recurring_contract_segment s WHERE s.item_id = item.id)
            """,
            parameters,
        )
        self._refresh_item_taxes(shown)
        self.invalidate_recordset(["quantity", "price_unit", "discount", "date_start", "date_end", "mrr", "tax_ids"])

    def _refresh_item_taxes(self, shown):
        """Show the taxes of the given segments on their items.

        :param dict shown: the id of the segment that is shown, by item id
        """
        self.env.cr.execute(
            """
            WITH wanted AS (
                SELECT item_id, account_tax_id
                  FROM UNNEST(%(items)s::int[], %(segments)s::int[]) AS shown(item_id, segment_id)
                  JOIN account_tax_recurring_contract_segment_rel rel
                    ON rel.recurring_contract_segment_id = shown.segment_id
            ), gone AS (
                DELETE FROM account_tax_recurring_contract_item_rel rel
                 WHERE rel.recurring_contract_item_id = ANY(%(items)s::int[])
                   AND (rel.recurring_contract_item_id, rel.account_tax_id)
                       NOT IN (SELECT item_id, account_tax_id FROM wanted)
            )
            INSERT INTO account_tax_recurring_contract_item_rel
                        (recurring_contract_item_id, account_tax_id)
            SELECT item_id, account_tax_id FROM wanted
                ON CONFLICT DO NOTHING
            """,
            {"items": list(shown), "segments": list(shown.values())},
        )

    # === READING === #

    def _get_terms_on(self, day, segments=None):
        """Return the item's terms on one day, or ``None`` where it is not in force.

        :param datetime.date day: the day
        :param dict segments: what ``_get_segments`` returned, where it was read already
        :rtype: recurring_contracts.domain.terms.Terms | None
        """
        self.ensure_one()
        item = self._origin
        known = (segments or item._get_segments())[item.id]
        return next((segment.terms for segment in known if segment.covers(day)), None)

    def _get_journal(self, known_on=None):
        """Return the items' events as domain events, in one query.

        :param datetime.date known_on: leave out what was entered after this day; nothing by default
        :rtype: dict[int, list[Event]]
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT event.item_id, event.date, event.id, event.kind, event.quantity,
                       event.price_unit, event.discount, event.payer_id, event.undone_event_id,
                       event.anchor_date, event.anchor_day,
                       event.suspension_billed, event.owed_from, event.owed_through + 1,
                       ARRAY(SELECT rel.account_tax_id
                               FROM account_tax_recurring_contract_event_rel rel
                              WHERE rel.recurring_contract_event_id = event.id
                              ORDER BY rel.account_tax_id)
                  FROM recurring_contract_event event
                 WHERE event.item_id IN %s
                   AND event.create_date < COALESCE(%s::date + 1, 'infinity')
                """,
                tuple(self.ids) or (0,),
                known_on,
            )
        )
        journal = defaultdict(list)
        for (
            item, date, number, kind, quantity, price, discount, payer, undone, anchor, anchor_day,
            billed, owed_from, owed_until, taxes,
        ) in rows:  # fmt: skip
            journal[item].append(
                replay.Event(
                    date=date,
                    sequence=number,
                    kind=kind,
                    quantity=to_decimal(quantity),
                    price=to_decimal(price),
                    discount=to_decimal(discount),
                    taxes=tuple(taxes),
                    payer=payer,
                    undoes=undone,
                    anchor=anchor,
                    anchor_day=anchor_day or 0,
                    billed=bool(billed),
                    owed_from=owed_from,
                    owed_until=owed_until,
                )
            )
        return journal

    def _get_segments(self):
        """Return the items' terms over time, half-open and in order, in one query.

        :rtype: dict[int, list[recurring_contracts.domain.terms.Segment]]
        """
        self.env["recurring.contract.segment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT segment.item_id, segment.date_start, segment.date_end + 1,
                       segment.quantity, segment.price_unit, segment.discount, segment.payer_id,
                       segment.suspended, segment.suspension_billed,
                       ARRAY(SELECT rel.account_tax_id
                               FROM account_tax_recurring_contract_segment_rel rel
                              WHERE rel.recurring_contract_segment_id = segment.id
                              ORDER BY rel.account_tax_id)
                  FROM recurring_contract_segment segment
                 WHERE segment.item_id IN %s
                 ORDER BY segment.item_id, segment.date_start
                """,
                tuple(self.ids) or (0,),
            )
        )
        segments = defaultdict(list)
        for item, start, end, quantity, price, discount, payer, suspended, billed, taxes in rows:
            terms = Terms(
                to_decimal(quantity),
                to_decimal(price),
                to_decimal(discount),
                tuple(taxes),
                payer,
                bool(suspended),
                bool(billed),
            )
            segments[item].append(Segment(start, end, terms))
        return segments

    def _get_owed_period_end(self, day):
        """Return the last day of the billing period that holds a day, or the item's last if it is sooner."""
        self.ensure_one()
        end = fields.Date.subtract(self._get_grid().period_at(day).end, days=1)
        return min(end, self.date_end) if self.date_end and self.date_end >= day else end

    def _get_owed_segments(self):
        """Return the terms at which the items' days are owed, half-open and in order.

        They are those in force but for what an end, a transfer or a suspension says otherwise.

        :rtype: dict[int, list[recurring_contracts.domain.terms.Segment]]
        """
        segments = self._get_segments()
        return {item.id: item._get_owed(segments[item.id]) for item in self}

    def _get_owed(self, segments):
        """Return the terms at which the item's days are owed, from those in force.

        :param list[Segment] segments: see ``_get_segments``
        :rtype: list[recurring_contracts.domain.terms.Segment]
        """
        self.ensure_one()
        until = self.owed_through and fields.Date.add(self.owed_through, days=1)
        return owed.owed(segments, self.owed_from or None, until or None)
