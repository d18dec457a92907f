from odoo import api, fields, models
from odoo.exceptions import UserError

from ..domain import notice
from ..domain.periods import Grid


class RecurringContract(models.Model):
    """When the customer may leave."""

    _inherit = "recurring.contract"

    earliest_end = fields.Date(
        compute="_compute_earliest_end",
        help="The earliest last day of service if notice were received today.",
    )

    @api.depends("date_end", "notice_days", "renewal_policy", "term_count", "term_unit", "state")
    def _compute_earliest_end(self):
        for contract in self:
            today = (contract.company_id or self.env.company)._recurring_today()
            contract.earliest_end = contract.state in ("active", "suspended") and contract._get_earliest_end(today)

    def _get_earliest_end(self, day):
        """Return the earliest last day of service for a notice received on a day.

        :param datetime.date day: the day on which notice is received
        :rtype: datetime.date
        """
        self.ensure_one()
        end = self.date_end or None
        if not self._get_term():
            earliest = notice.earliest_end(day, self.notice_days)
            return min(earliest, end) if end else earliest
        grid = self._get_renewal_grid() if self._renews_tacitly() else None
        return notice.earliest_end(day, self.notice_days, end, grid)

    def _has_notice(self):
        """Tell whether the customer is bound, by a notice period or by a term that runs."""
        self.ensure_one()
        return bool(self.notice_days or self._get_term() and self.date_end)

    def _renews_tacitly(self):
        """Tell whether the contract goes on after its end unless notice is given."""
        self.ensure_one()
        return bool(self.date_end and self._get_term() and self.renewal_policy == "tacit" and not self.terminated_by_id)

    def _cancel_service(self, date_end, owed="service", date_credit=None, reason=False, close_reason=None):
        """Cancel the contract: decide its last day of service and what is owed.

        A last day after the current term is that of a later one, for which notice came too late: the
        contract is renewed up to it by the same amendment.

        :param datetime.date date_end: the last day of service (inclusive)
        :param str owed: ``service`` the days in service; ``period`` the billing period of the last
            day to its end; ``term`` to the end of the term as it stands; ``from`` nothing from
            ``date_credit`` on
        :param datetime.date date_credit: of ``from``, the first day that is no longer owed
        :param str reason: why, in the user's words
        :param close_reason: the ``recurring.close.reason``, if any
        :return: the amendment
        :raise UserError: where there is no term to owe
        """
        self.ensure_one()
        if owed == "term" and not self.date_end:
            raise UserError(
                self.env._("%(contract)s has no term that could be owed to its end.", contract=self.display_name)
            )
        owed_through = {
            "service": None,
            "period": lambda item: item._get_owed_period_end(date_end),
            "term": self.date_end and max(self.date_end, date_end),
            "from": date_credit and fields.Date.subtract(date_credit, days=1),
        }[owed]
        return self._end(date_end, reason=reason, owed_through=owed_through, close_reason=close_reason)

    def _get_renewal_grid(self):
        """Return the contract's terms, of which one ends on its last day.

        They count from the contract's first day as long as its end lies on that grid, so that
        months of different lengths do not make them drift.

        :rtype: Grid
        """
        self.ensure_one()
        term, next_start = self._get_term(), fields.Date.add(self.date_end, days=1)
        grid = Grid(self.date_start, term)
        if grid.period_at(next_start).start != next_start:
            grid = Grid(next_start, term)
        return grid
