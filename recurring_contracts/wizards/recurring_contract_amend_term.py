from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..domain import replay


class RecurringContractAmend(models.TransientModel):
    """Moving the end, and suspending."""

    _inherit = "recurring.contract.amend"

    suspension_billing = fields.Selection(
        [("stop", "Stops"), ("go_on", "Goes on")],
        "Billing",
        required=True,
        default="stop",
        help="Stops: suspended days are not billed, and what was billed for them is credited.",
    )
    suspension_term = fields.Selection(
        [("stay", "Stays as it is"), ("shift", "Is put off by the suspended days")],
        "End of the Contract",
        required=True,
        default="stay",
        help="Put off: when the contract resumes, its end moves by as many days as it was suspended.",
    )
    date_resume = fields.Date(
        "Resumes On", help="The first day in service again. Empty: until somebody resumes the contract."
    )
    has_shift = fields.Boolean(compute="_compute_has_shift", compute_sudo=False)

    @api.depends("contract_id", "action", "date")
    def _compute_has_shift(self):
        for wizard in self:
            wizard.has_shift = wizard.action == "resume" and any(
                wizard._get_suspension(item).suspension_shifts_end for item in wizard.line_ids.item_id
            )

    def _get_date(self):
        if self.action != "extend":
            return super()._get_date()
        first_day_out = fields.Date.add(self.date_end, days=1)
        old = self.contract_id.date_end
        return min(first_day_out, fields.Date.add(old, days=1)) if old else first_day_out

    def _check_date(self):
        if self.action == "extend":
            if not self.date_end:
                raise UserError(self.env._("Choose the new last day of the contract."))
            return self._check_day(self.date_end)
        if self.action == "suspend" and self.date_resume and self.date_resume <= self.date:
            raise UserError(
                self.env._(
                    "%(contract)s is suspended from %(date)s on: it can only resume on a later day.",
                    contract=self.contract_id.display_name,
                    date=format_date(self.env, self.date),
                )
            )
        return super()._check_date()

    def _prepare_extend_event_values(self):
        """Return the events that move the end of all items that last to the contract's end."""
        contract, events = self.contract_id, []
        old, new = contract.date_end, self.date_end
        if old == new:
            return events
        first_day_out = fields.Date.add(new, days=1)
        items = contract._get_items_that_end().filtered(lambda i: i.date_end == old)
        journal = items._get_journal()
        for item in items:
            end = max(first_day_out, item.date_start)
            self._check_not_carried_on(item, end)
            events += item._prepare_extension_event_values(journal[item.id], end)
        return events

    def _prepare_suspend_event_values(self):
        lines = self.line_ids.filtered(lambda line: line.item_id and not line._get_terms_before().suspended)
        shifts, events = self.suspension_term == "shift", []
        for item in lines.item_id:
            events.append(
                item._prepare_event_values(
                    replay.SUSPEND,
                    self.date,
                    suspension_billed=self.suspension_billing == "go_on",
                    suspension_shifts_end=shifts,
                )
            )
            if self.date_resume:
                events += self._prepare_resumption(item, self.date_resume, self.date if shifts else None)
        return events

    def _prepare_resume_event_values(self):
        lines = self.line_ids.filtered(lambda line: line.item_id and line._get_terms_before().suspended)
        events = []
        for item in lines.item_id:
            suspension = self._get_suspension(item)
            since = suspension.date if suspension.suspension_shifts_end else None
            events += self._prepare_resumption(item, self.date, since)
        return events

    def _get_suspension(self, item):
        """Return the event by which an item is suspended on the effective day, if it is."""
        self.ensure_one()
        events = item._origin.event_ids._get_effective()
        # What counts is in order of replay.
        events = events.filtered(lambda e: e.kind in ("suspend", "resume") and e.date <= self.date)
        return events[-1:].filtered(lambda e: e.kind == "suspend")

    def _prepare_resumption(self, item, date, suspended_on):
        """Return the events by which an item resumes.

        :param datetime.date date: the first day in service again
        :param suspended_on: the first suspended day, if the end is put off by the suspended days
        """
        events = [item._prepare_event_values(replay.RESUME, date)]
        if suspended_on and item.date_end:
            end = fields.Date.add(item.date_end, days=1) + (date - suspended_on)
            self._check_not_carried_on(item, end)
            events += item._prepare_extension_event_values(item._get_journal()[item.id], end)
        return events

    def _check_not_carried_on(self, item, end):
        """Refuse an end that lies within what already carries an item on.

        :param datetime.date end: the first day no longer in force
        :raise UserError: naming the contract in which the end can be moved
        """
        # sudo: what carries the item on counts, whichever salesperson it belongs to
        successor = (
            item.env["recurring.contract.item"]
            .sudo()
            .search(
                [("origin_item_id", "=", item._origin.id), ("contract_id.state", "not in", ("draft", "cancelled"))],
                limit=1,
            )
        )
        if successor and item.date_end < successor.date_start < end:
            raise UserError(
                self.env._(
                    "%(item)s goes on in %(contract)s from %(date)s on: both would be billed. "
                    "Move the end there instead.",
                    item=item.product_id.display_name,
                    contract=successor.contract_id.display_name,
                    date=format_date(self.env, successor.date_start),
                )
            )
