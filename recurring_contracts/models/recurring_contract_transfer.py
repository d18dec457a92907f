from dataclasses import replace

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..domain import replay


class RecurringContract(models.Model):
    """A contract that another customer takes over: its items end, and successors go on in a new one."""

    _inherit = "recurring.contract"

    def _get_transfer_in(self):
        """Return the amendment by which the contract was taken over from another, if it was."""
        self.ensure_one()
        if not self.transferred_from_id:
            return self.env["recurring.amendment"]
        return self.amendment_ids.filtered(lambda a: a.kind == "transfer").sorted("id")[:1]

    def _transfer(self, partner, date, settled=False, reason=False):
        """Let another customer take over the contract from a day on.

        What the old customer was billed beyond that day is credited to him, and the new one is
        charged for it; or they settle it between themselves: the old one then owes the period that
        was billed to its end, and the new one owes from the next.

        :param partner: the customer who takes over
        :param datetime.date date: the first day of the new customer
        :param bool settled: whether the customers settle the current period between themselves
        :param str reason: why, in the user's words
        :return: the contract of the new customer, in force
        :raise UserError: where nothing is in force from that day on
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: the journal is closed to users; the caller may write the contract (checked above),
        # and the new one has its salesperson, its items and nothing else.
        contract = self.sudo()
        going_on = contract._get_items_to_transfer(date)
        if not going_on:
            raise UserError(
                self.env._(
                    "Nothing of %(contract)s is in force on %(date)s that could be transferred.",
                    contract=self.display_name,
                    date=format_date(self.env, date),
                )
            )
        successor = contract.create(contract._prepare_transfer_values(partner, date))
        segments = going_on._get_segments()
        started, taken_over = [], []
        for item in going_on:
            terms = successor._get_terms_taken_over(item, segments[item.id])
            boundary = item._get_settled_until(date, segments[item.id]) if settled else None
            started += item._prepare_transfer_event_values(successor, terms, date, boundary)
            taken_over.append((item, boundary))
        ended = contract._prepare_transferred_event_values(date, dict(taken_over))
        common = {"kind": "transfer", "reason": reason}
        start = min(values["date"] for values in started)
        out, into = (
            self.env["recurring.amendment"]
            .sudo()
            ._record(
                [
                    common
                    | {"contract_id": contract.id, "date": date, "event_ids": [Command.create(v) for v in ended]},
                    common
                    | {"contract_id": successor.id, "date": start, "event_ids": [Command.create(v) for v in started]},
                ]
            )
        )
        out._write_protected({"counterpart_id": into.id})
        into._write_protected({"counterpart_id": out.id})
        successor._write_protected({"state": "active"})
        both = contract + successor
        both._refresh_closing()
        both._refresh_caches()
        successor._after_start()
        return successor.with_env(self.env)

    def _get_items_to_transfer(self, date):
        """Return the items that are in force on or after a day and not charged before."""
        self.ensure_one()
        return self.item_ids.filtered(
            lambda item: (
                (not item.date_end or item.date_end >= max(date, item.date_start))
                and (item.charge_type != "one_time" or item.date_start >= date)
            )
        )

    def _prepare_transfer_values(self, partner, date):
        """Return the values of the contract of the customer who takes over, without its items.

        Addresses, payment and taxes are the new customer's own; everything else goes on.
        """
        self.ensure_one()
        values = self.copy_data({"partner_id": partner.id, "date_start": date})[0]
        own = ("partner_invoice_id", "partner_shipping_id", "payment_term_id", "payment_method_line_id")
        for name in (*own, "fiscal_position_id", "item_ids", "name", "date_end", "access_token"):
            values.pop(name, None)
        return values | {
            "date_end": self.date_end,
            "transferred_from_id": self.id,
            "pricelist_id": self.pricelist_id.id,
            "currency_id": self.currency_id.id,
        }

    def _get_terms_taken_over(self, item, segments):
        """Return what the successor of an item costs: as before, with the new customer's taxes."""
        self.ensure_one()
        if self.fiscal_position_id == item.contract_id.fiscal_position_id:
            return segments
        taxes = item.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        ids = tuple(sorted(self.fiscal_position_id.map_tax(taxes).ids))
        return [replace(segment, terms=replace(segment.terms, taxes=ids)) for segment in segments]

    def _prepare_transferred_event_values(self, date, boundaries):
        """Return the events that end the items of the old customer.

        :param dict boundaries: by item, the first day that the new customer owes, where they settle
        """
        events = []
        for item in self._get_items_that_end().filtered(lambda i: not i.date_end or i.date_end >= date):
            boundary = boundaries.get(item)
            events.append(
                item._prepare_event_values(
                    replay.END,
                    max(date, item.date_start),
                    owed_through=boundary and fields.Date.subtract(boundary, days=1),
                )
            )
        return events

    def _take_back_untransferred(self):
        """Cancel contracts whose transfer was undone, unless something of theirs was billed."""
        for contract in self.filtered(lambda c: c.transferred_from_id and not c.item_ids.segment_ids):
            try:
                contract._check_can_cancel()
            except UserError:
                continue
            contract._cancel()
