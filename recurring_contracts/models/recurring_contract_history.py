from odoo import fields, models
from odoo.tools import format_date, formatLang

from ..domain import replay


class RecurringContract(models.Model):
    """What the printed history of a contract shows."""

    _inherit = "recurring.contract"

    def _get_history_items(self):
        """Return the items with a history, in the order of the contract."""
        self.ensure_one()
        return self.item_ids.filtered("event_ids")

    def _get_history_amendments(self):
        """Return all amendments in the order of entry, with those that were undone and their undos."""
        self.ensure_one()
        return self.amendment_ids.sorted("id")

    def _get_history_orders(self):
        """Return the orders that made, changed or renew the contract, as far as the reader may see them."""
        self.ensure_one()
        orders = self.order_ids | self.renewal_order_ids | self.amendment_ids.order_id
        return orders._filtered_access("read").sorted(lambda order: (order.date_order, order.id))

    def _get_history_chain(self):
        """Return the contract with all that it renews and that renew it, oldest first.

        Contracts that the reader may not see are left out.
        """
        self.ensure_one()
        chain = last = self._filtered_access("read")
        while earlier := last.renewed_from_ids._filtered_access("read") - chain:
            chain, last = chain | earlier, earlier
        last = self
        while later := last.renewed_into_id._filtered_access("read") - chain:
            chain, last = chain | later, later
        return chain.sorted(lambda contract: (contract.date_start, contract.id))


class RecurringContractEvent(models.Model):
    _inherit = "recurring.contract.event"

    def _get_change_label(self):
        """Return what the event changed, from what to what, in the reader's language.

        Hook: other addons extend it for kinds of their own.

        :rtype: str
        """
        self.ensure_one()
        currency = self.item_id.currency_id

        def money(value):
            return formatLang(self.env, value, currency_obj=currency)

        def number(value):
            return f"{value or 0.0:g}"

        before, after = self.value_before, self.value_after
        last_day = format_date(self.env, fields.Date.subtract(self.date, days=1))
        match self.kind:
            case replay.NEW:
                label = self.env._(
                    "%(quantity)s × %(price)s", quantity=number(self.quantity), price=money(self.price_unit)
                )
                if self.discount:
                    label = self.env._(
                        "%(terms)s, discount %(discount)s %%", terms=label, discount=number(self.discount)
                    )
            case replay.QUANTITY:
                label = f"{number(before)} → {number(after)}"
            case replay.PRICE:
                label = f"{money(before)} → {money(after)}"
            case replay.DISCOUNT:
                label = f"{number(before)} % → {number(after)} %"
            case replay.TAX:
                label = ", ".join(self.tax_ids.mapped("name")) or self.env._("No tax")
            case replay.PAYER:
                label = self.env._("Invoiced to %(payer)s", payer=self.payer_id.display_name)
            case replay.END:
                label = self.env._("Last day in force: %(day)s", day=last_day)
            case replay.RENEWAL:
                label = self.env._("Goes on from %(day)s", day=format_date(self.env, self.date))
            case replay.UNDO:
                undone = self.undone_event_id
                kinds = dict(self._fields["kind"]._description_selection(self.env))
                label = self.env._(
                    "Undoes: %(kind)s of %(day)s", kind=kinds[undone.kind], day=format_date(self.env, undone.date)
                )
            case _:
                label = ""
        return label
