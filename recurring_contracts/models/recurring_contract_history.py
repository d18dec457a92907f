from odoo import fields, models
from odoo.tools import format_date, formatLang


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

        Each kind that has something to say has a method of its own, ``_get_<kind>_label``.

        :rtype: str
        """
        self.ensure_one()
        method = getattr(self, f"_get_{self.kind}_label", None)
        return method() if method else ""

    def _format_price(self, value):
        return formatLang(self.env, value or 0.0, currency_obj=self.item_id.currency_id)

    def _get_new_label(self):
        terms = self.env._(
            "%(quantity)s × %(price)s", quantity=f"{self.quantity:g}", price=self._format_price(self.price_unit)
        )
        if not self.discount:
            return terms
        return self.env._("%(terms)s, discount %(discount)s %%", terms=terms, discount=f"{self.discount:g}")

    def _get_quantity_label(self):
        return f"{self.value_before:g} → {self.value_after:g}"

    def _get_price_label(self):
        return f"{self._format_price(self.value_before)} → {self._format_price(self.value_after)}"

    def _get_discount_label(self):
        return f"{self.value_before:g} % → {self.value_after:g} %"

    def _get_tax_label(self):
        return ", ".join(self.tax_ids.mapped("name")) or self.env._("No tax")

    def _get_payer_label(self):
        return self.env._("Invoiced to %(payer)s", payer=self.payer_id.display_name)

    def _get_end_label(self):
        day = fields.Date.subtract(self.date, days=1)
        return self.env._("Last day in force: %(day)s", day=format_date(self.env, day))

    def _get_renewal_label(self):
        return self.env._("Goes on from %(day)s", day=format_date(self.env, self.date))

    def _get_undo_label(self):
        undone = self.undone_event_id
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "Undoes: %(kind)s of %(day)s", kind=kinds[undone.kind], day=format_date(self.env, undone.date)
        )
