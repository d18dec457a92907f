from collections import Counter
from dataclasses import replace

from odoo import models

from ..domain.charges import ARREARS


class RecurringContract(models.Model):
    """What a change will be billed and credited, by the engine that will bill and credit it."""

    _inherit = "recurring.contract"

    def _get_effect_through(self, date):
        """Look as far as the next billing that the change moves: in arrears, after the period."""
        through = super()._get_effect_through(date)
        # sudo: the caller may change the contract, see what this extends
        items = self.sudo().item_ids.filtered(lambda i: i.billing_timing == ARREARS and i.charge_type != "one_time")
        return max([through, *(item._get_grid().period_at(through).end for item in items)])

    def _get_effect_figures(self, date, through):
        figures = super()._get_effect_figures(date, through)
        # sudo: as in the method that this extends
        figures["billing"] = self.sudo()._get_expected_lines(through)
        return figures

    def _get_expected_lines(self, through):
        """Return what is to be billed through a day, each line with how it is explained.

        :param datetime.date through: the last day on which something may be due (inclusive)
        :return: what is shown of each piece, by its item and itself
        :rtype: dict[tuple, dict]
        """
        items = self.item_ids
        outcomes, _booked, _revisions = items._get_outcomes(through)
        lines = {}
        for item in items:
            for number, piece in enumerate(outcomes[item.id].pieces):
                # Two pieces of one item are never the same but for rounding differences.
                piece = replace(piece, reuses=None)
                key = (item.id, piece) if (item.id, piece) not in lines else (item.id, piece, number)
                charge = self.env["recurring.charge"].new(item._prepare_charge_values(piece, 0))
                lines[key] = {
                    "name": item._get_effect_name(),
                    "contract": item.contract_id.name,
                    "text": charge._get_explanation(),
                    "partner": charge.partner_id.display_name,
                    "due": piece.due,
                    "amount": piece.amount,
                }
        return lines

    def _prepare_effect(self, before, after, date):
        effect = super()._prepare_effect(before, after, date)
        effect["billing"] = self._prepare_billing_effect(before["billing"], after["billing"])
        return effect

    def _prepare_billing_effect(self, before, after):
        """Return what is billed because of a change: what comes new, less what no longer comes.

        :param dict before: what would be billed without it, see ``_get_expected_lines``
        :param dict after: what will be billed with it
        :return: lines in order of their due day, what no longer comes first, and totals in the contract's
            currency
        :rtype: dict
        """
        today = self.company_id._recurring_today()
        new = [line for key, line in after.items() if key not in before]
        gone = [line | {"amount": -line["amount"], "is_gone": True} for key, line in before.items() if key not in after]
        lines = sorted(gone + new, key=lambda line: line["due"])
        totals = Counter()
        for line in lines:
            line["when"] = max(line["due"], today)
            kind = "gone" if line.get("is_gone") else "credit" if line["amount"] < 0 else "charge"
            totals[kind] += line["amount"]
        # floats from here on: they are only shown, by Odoo's formatting of amounts
        return {
            "lines": self._with_float_amounts(lines),
            "partners": {line["partner"] for line in lines},
            **{kind: float(totals[kind]) for kind in ("credit", "charge", "gone")},
            "net": float(sum(totals.values())),
        }

    @staticmethod
    def _with_float_amounts(lines):
        return [line | {"amount": float(line["amount"])} for line in lines]

    def _get_coming_invoice(self):
        """Return what the contract is billed next, without tax unless the prices include it.

        :return: the day, the lines (see ``_get_expected_lines``) and their sum; empty where nothing is due
        :rtype: dict
        """
        self.ensure_one()
        if not self.next_billing_date:
            return {}
        day = max(self.next_billing_date, self.company_id._recurring_today())
        lines = sorted(self._get_expected_lines(day).values(), key=lambda line: line["due"])
        if not lines:
            return {}
        return {
            "date": day,
            "lines": self._with_float_amounts(lines),
            "amount": float(sum(line["amount"] for line in lines)),
        }
