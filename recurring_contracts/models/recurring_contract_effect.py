from contextlib import closing

from odoo import models

from ..domain.money import ZERO


class RecurringContract(models.Model):
    """What a change would do, said before it is made: it is made, looked at and rolled back."""

    _inherit = "recurring.contract"

    def _get_effect(self, change, date):
        """Return what a change would do, without doing it.

        :param change: function without parameters that makes the change, journal included, and
            returns the contracts it touched
        :param datetime.date date: the first day on which it makes a difference
        :return: what the template ``recurring_contracts.amendment_effect`` shows
        :rtype: dict
        :raise UserError: what the change itself raises
        """
        self.ensure_one()
        through = self._get_effect_through(date)
        before = self._get_effect_figures(date, through)
        # closing: what is done within is rolled back, caches included
        with closing(self.env.cr.savepoint()):
            contracts = self | change()
            self.env.flush_all()
            self.env.invalidate_all()
            return self._prepare_effect(before, contracts._get_effect_figures(date, through), date)

    def _get_effect_through(self, date):
        """Return the day through which the effect of a change is looked at.

        Hook: other addons extend it, to cover what they book next.

        :param datetime.date date: the first day on which the change makes a difference
        :rtype: datetime.date
        """
        self.ensure_one()
        return max(date, self.company_id._recurring_today())

    def _get_effect_figures(self, date, through):
        """Return the figures of the contracts that a change may move.

        Hook: other addons extend it, and ``_prepare_effect``, to show what they would book. Nothing
        but plain values and records that outlive the rollback may be returned.

        :param datetime.date date: the first day on which the change makes a difference
        :param datetime.date through: the day through which it is looked at (inclusive)
        :rtype: dict
        """
        # sudo: whoever changes a contract is told what becomes of it; a customer in the portal sees
        # his own only, which the caller has checked.
        items = self.sudo().item_ids
        segments = items._get_segments()
        mrr = ZERO
        for item in items:
            terms = item._get_terms_on(date, segments)
            mrr += item._get_mrr(terms) if terms else ZERO
        return {
            "mrr": float(mrr),
            "names": {item.id: item._get_effect_name() for item in items},
            "contracts": {item.id: item.contract_id.name for item in items},
            "rows": {item.id: item._prepare_effect_rows(segments[item.id], date) for item in items},
            "ends": {contract.name: contract.date_end for contract in self.sudo()},
        }

    def _prepare_effect(self, before, after, date):
        """Return what is shown of a change, from the figures before and after it.

        :rtype: dict
        """
        self.ensure_one()
        items = [
            {
                "name": name,
                "contract": after["contracts"][key],
                "before": before["rows"].get(key, []),
                "after": after["rows"][key],
            }
            for key, name in after["names"].items()
            if before["rows"].get(key, []) != after["rows"][key]
        ]
        return {
            "contract": self,
            "currency": self.currency_id,
            "company_currency": self.company_currency_id,
            "date": date,
            "mrr_before": before["mrr"],
            "mrr_after": after["mrr"],
            "end_before": before["ends"].get(self.name),
            "end_after": after["ends"].get(self.name),
            "items": items,
            "contracts": set(after["contracts"].values()),
            "billing": None,
            "notes": [],
        }
