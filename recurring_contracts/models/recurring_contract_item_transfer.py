from odoo import fields, models
from odoo.fields import Command

from ..domain import replay
from ..domain.owed import owed


class RecurringContractItem(models.Model):
    """What an item becomes where another customer takes it over."""

    _inherit = "recurring.contract.item"

    def _get_settled_until(self, date, segments):
        """Return the first day that a successor owes where the customers settle between themselves.

        It is the end of the billing period in which the item is handed over, if it is billed in
        advance and was in force before.

        :param datetime.date date: the first day of the new customer
        :param list segments: the item's terms
        :rtype: datetime.date | None
        """
        self.ensure_one()
        if self.charge_type != "recurring" or self.billing_timing != "advance":
            return None
        now = owed(segments, since=fields.Date.subtract(date, days=1), until=date)
        boundary = self._get_grid().period_at(date).end
        end = segments[-1].end
        boundary = min(boundary, end) if end else boundary
        return boundary if now and boundary > date and self._get_grid().period_at(date).start != date else None

    def _prepare_transfer_event_values(self, contract, segments, date, boundary=None):
        """Make the successor of this item in the contract of another customer; return its events.

        :param contract: the contract that takes over
        :param list segments: what the successor costs, over time
        :param datetime.date date: the first day of the new customer
        :param boundary: the first day that the new customer owes, if it is not his first
        """
        self.ensure_one()
        payer = contract.partner_invoice_id.id
        events = replay.continuation(segments, date, payer)
        first = events[0]
        item = self.create(self._prepare_successor_values(contract, first))
        item._write_protected({"currency_rate": self.currency_rate})
        return [
            item._prepare_domain_event_values(event, owed_from=boundary if event is first else False)
            for event in events
        ]

    def _prepare_successor_values(self, contract, first):
        """Return the values of the item that carries this one on.

        :param contract: the contract that it belongs to
        :param Event first: the event that puts it in force
        """
        self.ensure_one()
        return self.copy_data(
            {
                "contract_id": contract.id,
                "origin_item_id": self.id,
                "anchor_date": self.anchor_date,
                "anchor_day": self.anchor_day,
                "date_start": first.date,
                "quantity": float(first.quantity),
                "price_unit": float(first.price),
                "discount": float(first.discount),
                "tax_ids": [Command.set(first.taxes)],
            }
        )[0]

    def _prepare_domain_event_values(self, event, **values):
        """Return the values of ``recurring.contract.event`` for a domain ``Event`` of this item."""
        self.ensure_one()
        return self._prepare_event_values(
            event.kind,
            event.date,
            quantity=float(event.quantity),
            price_unit=float(event.price),
            discount=float(event.discount),
            tax_ids=[Command.set(event.taxes)],
            payer_id=event.payer,
            suspension_billed=event.billed,
            **values,
        )
