from typing import NamedTuple

from odoo import api, models

from ..domain.comparison import get_parting_names


class Side(NamedTuple):
    """One of two things that are compared: a charge, an invoice or a line of a preview.

    :param str label: how to call it
    :param invoice: what tells its invoice from others, ``None`` where it is on none yet
    :param str invoice_label: how to call that invoice, empty where it is on none yet
    :param owner: its paying company (``res.partner``)
    :param run: the ``recurring.bill.run`` that billed it, if any
    :param dict key: what it must have in common with others to share an invoice, by name
    """

    label: str
    invoice: object
    invoice_label: str
    owner: models.BaseModel
    run: models.BaseModel
    key: dict


class RecurringBiller(models.AbstractModel):
    """Why two charges are not on one invoice, in plain words."""

    _inherit = "recurring.biller"

    @api.model
    def _explain_apart(self, first, second):
        """Say which properties keep two things from sharing an invoice, and what each has of them.

        :param Side first: the one
        :param Side second: the other
        :return: sentences, at least one
        :rtype: list[str]
        """
        if first.invoice is not None and first.invoice == second.invoice:
            return [self.env._("They are not apart: both are on %(invoice)s.", invoice=first.invoice_label)]
        reasons = self._get_parting_reasons(first, second)
        if reasons:
            return reasons
        if first.run != second.run:
            return [
                self.env._(
                    "They were not billed together: %(first)s by %(run)s, %(second)s by %(other_run)s.",
                    first=first.label,
                    run=first.run.display_name or self.env._("no run"),
                    second=second.label,
                    other_run=second.run.display_name or self.env._("no run"),
                )
            ]
        return [
            self.env._(
                "Nothing keeps them apart: %(first)s and %(second)s share an invoice when they are billed at the "
                "same moment.",
                first=first.label,
                second=second.label,
            )
        ]

    def _get_parting_reasons(self, first, second):
        """Return a sentence for each property in which two things differ."""
        reasons = []
        labels = [side.invoice_label or side.label for side in (first, second)]
        terms = self.env["recurring.charge"]._get_grouping_labels()
        names = dict.fromkeys([*first.key, *second.key])
        keys = [{name: side.key.get(name) or False for name in names} for side in (first, second)]
        if first.owner != second.owner:
            owners = [side.owner.display_name for side in (first, second)]
            reasons.append(self._format_parting(self.env._("Paying Company"), owners, labels))
            # Whoever pays for himself has an invoice address of his own.
            names.pop("partner_id", None)
            keys = [{name: key[name] for name in names} for key in keys]
        for name in get_parting_names(keys):
            label, model = terms.get(name, (name, None))
            values = [self._format_property_value(key[name], model) for key in keys]
            reasons.append(self._format_parting(label, values, labels))
        return reasons

    def _format_parting(self, label, values, labels):
        """Return one property with what each side has of it, such as ``Currency: USD for INV/1, EUR for INV/2.``"""
        return self.env._(
            "%(property)s: %(value)s for %(label)s, %(other_value)s for %(other_label)s.",
            property=label,
            value=values[0],
            label=labels[0],
            other_value=values[1],
            other_label=labels[1],
        )

    @api.model
    def _open_why_apart(self, sides):
        """Return the action that shows why two things are apart.

        :param list[Side] sides: the two
        """
        sentences = self._explain_apart(*sides)
        values = {
            "name": self.env._("%(first)s and %(second)s", first=sides[0].label, second=sides[1].label),
            "explanation": "\n".join(sentences),
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why Apart?"),
            "res_model": "recurring.parting",
            "res_id": self.env["recurring.parting"].create(values).id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _get_header_key(self, move):
        """Return what an invoice says itself of the properties of ``_get_grouping_key``.

        :param move: ``account.move``; what it says stands, whatever the contract says by now
        """
        return {
            "company_id": move.company_id.id,
            "partner_id": move.partner_id.id,
            "currency_id": move.currency_id.id,
            "payment_term_id": move.invoice_payment_term_id.id,
            "payment_method_line_id": move.preferred_payment_method_line_id.id,
            "fiscal_position_id": move.fiscal_position_id.id,
            "journal_id": move.journal_id.id,
        }
