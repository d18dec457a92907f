import datetime

from odoo import models

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal

from ..domain import allocation as allocating
from ..domain import modification
from ..domain.allocation import Promise
from ..domain.modification import Change

DAY = datetime.timedelta(days=1)


class RecurringObligationModifier(models.AbstractModel):
    """What changes the obligations of a contract from a day on: an amendment, or a decision of an accountant.

    Who inherits it has a ``contract_id`` and a ``date``.
    """

    _name = "recurring.obligation.modifier"
    _description = "Modification of Obligations"

    def _prepare_change_origin(self):
        """Return the values by which a ``recurring.obligation.change`` names what it comes from.

        Hook: every model that inherits this one names its own field.

        :rtype: dict
        """
        return {}

    def _change_obligations(self, before, after):
        """Let the modification act on the obligations of its contract, and store what it did.

        :param dict before: what each item promised before, see ``_get_promised``
        :param dict after: what it promises now
        """
        self.ensure_one()
        items = [item for item in after if item.contract_id == self.contract_id]
        changes = {}
        for item in items:
            old, new = before.get(item), after[item]
            change = Change(
                new.price - (old.price if old else ZERO),
                new.standalone - (old.standalone if old else ZERO),
                bool(old) and (new.price - old.price < 0 or new.standalone <= old.standalone),
            )
            if change.price or change.standalone:
                changes[item] = change
        if not changes:
            return
        total = Change(
            sum(change.price for change in changes.values()),
            sum(change.standalone for change in changes.values()),
            any(change.removes for change in changes.values()),
        )
        treatments = {item: self._get_treatment(item, total) for item in changes}
        # what is caught up changes shares, of which the rest is then spread anew
        for treatment, modify in (
            (modification.SEPARATE, self._add_separately),
            (modification.CATCH_UP, self._catch_up),
            (modification.PROSPECTIVE, self._spread_anew),
        ):
            treated = {item: change for item, change in changes.items() if treatments[item] == treatment}
            if treated:
                modify(treated, after)

    def _get_treatment(self, item, total):
        """Return how the change of one item is accounted for, by the rule of the item.

        Where some of what remains is distinct and some is not, each is treated for itself (15.21(c)).

        :param item: an item that changes
        :param Change total: the change of all items together
        """
        rule = item.obligation_ids[:1].rule_id or item._get_obligation_rule()
        if rule.modification != modification.AUTOMATIC:
            return rule.modification
        is_distinct = all(obligation._is_distinct() for obligation in item.obligation_ids)
        return modification.choose(total, is_distinct, to_decimal(rule.standalone_tolerance))

    # === SEPARATE CONTRACT === #

    def _add_separately(self, changes, after):
        """Open an obligation for each addition; the existing ones stay as they are (15.20)."""
        segments = self.contract_id.item_ids._get_segments()
        for item, change in changes.items():
            obligation = self._open_obligation(item, after[item], change)
            schedules = obligation._prepare_schedules(change.price, obligation.date_start, self.date, segments)
            self._store_change(obligation, modification.SEPARATE, change, ZERO, change.price, ZERO, schedules)

    def _open_obligation(self, item, promised, change=None):
        """Return a new obligation of an item from the amendment's day on; its share is still zero."""
        start = max(self.date, promised.start)
        values = item._prepare_obligation_values(start, promised.end, promised.segments, promised.prices)
        return self.env["recurring.obligation"].create(
            values
            | {
                "allocation_id": self.contract_id.revenue_allocation_id.id,
                "date": self.date,
                "price": 0.0,
                "standalone": 0.0,
            }
        )

    # === FROM THE CHANGE ON === #

    def _spread_anew(self, changes, after):
        """Share what was not recognised, and the change of the price, among what remains (15.21(a))."""
        contract = self.contract_id
        rounding = to_decimal(contract.currency_id.rounding)
        segments = contract.revenue_allocation_id.contract_ids.item_ids._get_segments()
        known = contract.revenue_allocation_id.obligation_ids.filtered(lambda o: o._is_open_on(self.date))
        pieces = known._get_pieces()
        receiving, whole = {}, known.filtered(lambda o: not o._is_distinct())
        for obligation in known:
            receiving.setdefault(obligation.item_id, obligation)
        for item in changes:
            if item not in receiving:
                receiving[item] = self._open_obligation(item, after[item])
        obligations = known | known.concat(*receiving.values())
        earned = {o: o._get_earned(pieces.get(o, []), self.date) for o in obligations}
        pool = sum((to_decimal(o.share) - earned[o] for o in obligations), ZERO)
        pool += sum((change.price for change in changes.values()), ZERO)
        prices = self.env["recurring.ssp"]._find(
            self.env["product.product"].concat(*(item.product_id for item in receiving)),
            contract.currency_id,
            contract.company_id,
            self.date,
        )
        promises = []
        for obligation in whole | known.concat(*receiving.values()):
            item = obligation.item_id
            if obligation._is_distinct():
                start, end = max(self.date, obligation.date_start), obligation.date_end + DAY
                method, _ssp, alone = item._get_standalone_over(segments[item.id], start, end, self.date, prices)
            else:
                method, alone = obligation._get_standalone_whole(segments, self.date, prices)
                alone = obligation._get_standalone_left(pieces.get(obligation, []), self.date, alone)
            left = to_decimal(obligation.share) - earned[obligation]
            is_changed = receiving[item] == obligation and item in changes
            price = left + (changes[item].price if is_changed else ZERO)
            is_residual = method == allocating.RESIDUAL
            if alone or is_residual:
                promises.append(Promise(obligation, price, None if is_residual else alone))
        shares = allocating.allocate(pool, promises, rounding) if promises else {}
        items_changed = set(changes)
        for obligation in obligations:
            change = Change(ZERO, ZERO, False)
            if receiving.get(obligation.item_id) == obligation and obligation.item_id in items_changed:
                change = changes[obligation.item_id]
            new = shares[obligation].amount if obligation in shares else ZERO
            if not shares:
                # nothing remains to be rendered: each earns the rest of its own at once
                new = to_decimal(obligation.share) - earned[obligation] + change.price
            self._respread(obligation, pieces.get(obligation, []), self.date, new, change, earned[obligation], segments)

    def _respread(self, obligation, pieces, day, amount, change, earned, segments):
        """Cut an obligation's schedules on a day and recognise an amount after it instead.

        One by steps is a whole that cannot be cut: its share changes, and with it what its progress is worth.
        """
        if not obligation._is_distinct():
            self._reprice(obligation, modification.PROSPECTIVE, change, earned + amount, earned, segments)
            return
        start = max(day, obligation.date_start)
        schedules = [
            *obligation._prepare_cuts(pieces, day),
            *obligation._prepare_schedules(amount, start, self.date, segments),
        ]
        self._store_change(
            obligation,
            modification.PROSPECTIVE,
            change,
            to_decimal(obligation.share),
            earned + amount,
            earned,
            schedules,
        )

    # === CATCH UP === #

    def _catch_up(self, changes, after):
        """Recognise the obligations that change as if they had been so from their start (15.21(b))."""
        segments = self.contract_id.item_ids._get_segments()
        for item, change in changes.items():
            obligation = item.obligation_ids.filtered(lambda o: o._is_open_on(self.date))[:1]
            if not obligation:
                obligation = self._open_obligation(item, after[item])
            pieces = obligation._get_pieces()[obligation]
            before = to_decimal(obligation.share)
            earned = obligation._get_earned(pieces, self.date)
            if not obligation._is_distinct():
                self._reprice(obligation, modification.CATCH_UP, change, before + change.price, earned, segments)
                continue
            schedules = [
                *obligation._prepare_cuts(pieces, obligation.date_start),
                *obligation._prepare_schedules(before + change.price, obligation.date_start, self.date, segments),
            ]
            record = self._store_change(
                obligation, modification.CATCH_UP, change, before, before + change.price, earned, schedules
            )
            now = obligation._get_earned(obligation._get_pieces()[obligation], self.date)
            record.catch_up = float(now - earned)

    def _reprice(self, obligation, treatment, change, after, earned, segments):
        """Change the share of an obligation by steps; its progress counts for what is added as well.

        Where its service ends, nothing is left to render: it is complete with the last day.
        """
        before = to_decimal(obligation.share)
        ends = self._ends_service(obligation.item_id, obligation, segments)
        day = max(self.date - DAY, obligation.date_start) if ends else self.date
        schedules = obligation._prepare_reprice(after - before, day, segments)
        record = self._store_change(obligation, treatment, change, before, after, earned, schedules)
        if ends:
            obligation._complete_progress(day, record)
        now = obligation._get_earned(obligation._get_pieces()[obligation], self.date)
        record.catch_up = float(now - earned)
        return record

    def _ends_service(self, item, obligation, segments):
        """Return whether nothing of an obligation is rendered from the amendment's day on."""
        end = obligation.date_end + DAY
        return item.charge_type == "recurring" and not item._get_active_ranges(segments[item.id], self.date, end)

    def _store_change(self, obligation, treatment, change, before, after, earned, schedules):
        """Store what the amendment did to an obligation, and open the schedules that say so.

        :param str treatment: see ``domain.modification``
        :param Change change: of the obligation's price
        :param Decimal before: its share before
        :param Decimal after: its share now
        :param Decimal earned: what it had earned before the amendment's day
        :param list[dict] schedules: values of ``recurring.revenue.schedule``
        """
        record = self.env["recurring.obligation.change"].create(
            {
                **self._prepare_change_origin(),
                "obligation_id": obligation.id,
                "date": self.date,
                "treatment": treatment,
                "price_change": float(change.price),
                "standalone_change": float(change.standalone),
                "share_before": float(before),
                "share_after": float(after),
                "earned": float(earned),
            }
        )
        self.env["recurring.revenue.schedule"]._create_silently(
            [values | {"change_id": record.id} for values in schedules]
        )
        obligation.write(
            {
                "price": float(to_decimal(obligation.price) + change.price),
                "standalone": float(to_decimal(obligation.standalone) + change.standalone),
                "share": float(after),
            }
        )
        return record
