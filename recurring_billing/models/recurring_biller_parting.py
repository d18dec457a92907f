from odoo import api, models

from ..domain.comparison import get_parting_names


class RecurringBiller(models.AbstractModel):
    """Why a customer gets several invoices, in plain words."""

    _inherit = "recurring.biller"

    @api.model
    def _prepare_parting_values(self, plan, labels=None):
        """Say which properties keep a customer's invoices apart, and what each invoice has of them.

        :param list[PlannedInvoice] plan: the customer's invoices
        :param list[str] labels: how to call the invoices; by default by their number from 1
        :return: values of ``recurring.bill.run.customer``: ``parting_names`` such as ``Currency, Payment
            Method``, and ``parting_details`` with a line per invoice; both empty for a single invoice
        :rtype: dict
        """
        if len(plan) < 2:
            return {"parting_names": False, "parting_details": False}
        terms = plan[0].charges.with_env(self.env)._get_grouping_labels()
        names = get_parting_names([planned.key for planned in plan])
        labels = labels or [self.env._("Invoice %(number)s", number=number + 1) for number in range(len(plan))]
        details = [
            self.env._(
                "%(invoice)s (%(contracts)s): %(properties)s",
                invoice=label,
                contracts=", ".join(self._get_source_names(planned)),
                properties=", ".join(self._format_property(name, planned.key[name], terms) for name in names),
            )
            for label, planned in zip(labels, plan, strict=True)
        ]
        return {
            "parting_names": ", ".join(terms.get(name, (name, None))[0] for name in names),
            "parting_details": "\n".join(details),
        }

    def _get_source_names(self, planned):
        """Return the names of the contracts and of the orders on an invoice."""
        return planned.charges.contract_id.mapped("name") + planned.order_lines.order_id.mapped("name")

    def _format_property(self, name, value, terms):
        """Return one property of an invoice in words, such as ``Currency EUR``."""
        label, model = terms.get(name, (name, None))
        if value is True:
            return label
        value = self._format_property_value(value, model)
        return self.env._("%(property)s %(value)s", property=label, value=value)

    def _format_property_value(self, value, model):
        """Return the value of a property in words, such as ``EUR``.

        :param value: a record's id, a string, a number or a boolean
        :param str model: the record's model, ``None`` for plain values
        """
        if value is True:
            return self.env._("yes")
        if not value:
            return self.env._("none")
        return self.env[model].browse(value).display_name if model else value
