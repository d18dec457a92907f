from itertools import islice

from odoo import fields, models

from ..domain import replay
from ..domain.periods import Grid, MovedGrid, aligned_grid, billing_day_grid


def _get_starts(grid, day):
    """Return the first days of the next periods, enough of them to tell two grids apart."""
    return [period.start for period in islice(grid.periods(day, None), 25)]


class RecurringContractItem(models.Model):
    """Where an item's billing periods begin, and how that is moved: by an event of its journal."""

    _inherit = "recurring.contract.item"

    former_anchors = fields.Json(
        readonly=True,
        copy=False,
        help="Where billing periods began before they were moved: first day after, anchor and day of the month.",
    )

    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"former_anchors"}

    def _get_last_grid(self):
        """Return the billing periods as they are counted after all moves.

        :rtype: recurring_contracts.domain.periods.Grid
        """
        self.ensure_one()
        return Grid(self.anchor_date, self._get_interval(), self.anchor_day)

    def _get_grid(self):
        """Return the item's billing periods.

        :rtype: recurring_contracts.domain.periods.Grid | recurring_contracts.domain.periods.MovedGrid
        """
        self.ensure_one()
        former, interval = self.former_anchors or [], self._get_interval()
        days = [fields.Date.to_date(day) for day, _anchor, _day in former]
        grids = [Grid(fields.Date.to_date(anchor), interval, day) for _day, anchor, day in former]
        grid, *later = [*grids, self._get_last_grid()]
        for day, following in zip(days, later, strict=True):
            grid = MovedGrid(grid, day, following)
        return grid

    def _store_anchor(self, events):
        """Keep where the periods begin in step with the journal.

        :param list events: the item's domain events
        :return: the first day whose period differs from before, ``None`` where none does
        :rtype: datetime.date | None
        """
        self.ensure_one()
        if not self.former_anchors and not any(event.kind == replay.ANCHOR for event in events):
            return None
        old = self._get_grid()
        old_moves = old.moves if isinstance(old, MovedGrid) else []
        first = old_moves[0][1] if old_moves else old
        new = replay.moved_grid(first, events)
        if new == old:
            return None
        new_moves = new.moves if isinstance(new, MovedGrid) else []
        last = new.after if isinstance(new, MovedGrid) else new
        former = [[fields.Date.to_string(day), fields.Date.to_string(g.anchor), g.day] for day, g in new_moves]
        self._write_protected({"former_anchors": former or False, "anchor_date": last.anchor, "anchor_day": last.day})
        return min(day for day, _grid in set(old_moves) ^ set(new_moves))

    def _get_move_day(self, date):
        """Return the day on which the periods can move: the first one that begins on or after a day.

        So the running period stays whole, and the days up to the first period that begins anew are the
        one part that is priced. Hook: other addons extend it to spare what is billed already.

        :param datetime.date date: the day
        :rtype: datetime.date
        """
        self.ensure_one()
        grid = self._get_grid()
        if isinstance(grid, MovedGrid):
            date = max(date, fields.Date.add(grid.day, days=1))
        date = max(date, self.date_start)
        period = grid.period_at(date)
        return period.first if period.first >= date else period.stop

    def _get_aligned_grid(self, date, day=0, other=None):
        """Return the periods that the item would have after a move.

        :param datetime.date date: the day of the move
        :param int day: the day of the month on which they are to begin
        :param other: an item whose periods are joined, instead of a day
        :return: ``None`` where the periods begin there already, or cannot
        :rtype: recurring_contracts.domain.periods.Grid | None
        """
        self.ensure_one()
        interval = self._get_interval()
        if not other and interval.days:
            return None
        grid = aligned_grid(date, interval, other._get_last_grid()) if other else None
        grid = grid or billing_day_grid(date, interval, day)
        return None if _get_starts(grid, date) == _get_starts(self._get_last_grid(), date) else grid

    def _prepare_anchor_event_values(self, date, grid):
        """Return the values of the event that moves the periods.

        :param datetime.date date: the first day that counts by ``grid``
        :param Grid grid: the new periods
        :rtype: dict
        """
        return self._prepare_event_values(replay.ANCHOR, date, anchor_date=grid.anchor, anchor_day=grid.day)
