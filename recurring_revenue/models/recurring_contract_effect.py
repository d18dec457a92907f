import datetime
from collections import defaultdict
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from odoo import fields, models

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal

from ..domain.correction import correction_amount

DAY = datetime.timedelta(days=1)
READERS = ("account.group_account_invoice", "account.group_account_readonly")


class Earning(NamedTuple):
    """Revenue from one source: all of it, and a function from a day to what of it is earned before."""

    total: Decimal
    earned: object


class RecurringContract(models.Model):
    """What a change does to revenue, by the engines that recognise it: schedules, credits to come, obligations."""

    _inherit = "recurring.contract"

    def _get_effect_figures(self, date, through):
        figures = super()._get_effect_figures(date, through)
        if any(self.env.user.has_group(group) for group in READERS):
            # sudo: the caller may change the contract, and may read revenue by the group checked here
            figures["revenue"] = self.sudo()._get_revenue_figures(date, through)
        return figures

    def _get_revenue_figures(self, date, through):
        """Return what the contracts earn in all, from a day on, and before the month that books a change.

        :param datetime.date date: the first day on which the change makes a difference
        :param datetime.date through: the day through which what is to be billed counts (inclusive)
        :return: plain values by source, in the contract's currency
        :rtype: dict[tuple, dict]
        """
        rows = {}
        for contract in self:
            sources = contract._get_obligation_earnings() | contract._get_invoiced_earnings(through)
            day = contract._get_booking_day(date)
            for key, (values, earnings) in sources.items():
                rows[key] = values | {
                    "contract": contract.name,
                    "total": sum((earning.total for earning in earnings), ZERO),
                    "before": sum((earning.earned(date) for earning in earnings), ZERO),
                    "booked": sum((earning.earned(day) for earning in earnings), ZERO),
                }
        return rows

    def _get_booking_day(self, date):
        """Return the first day of the period that books what a change does to days before: an open one.

        :param datetime.date date: the first day on which the change makes a difference
        :rtype: datetime.date
        """
        self.ensure_one()
        return max(self.company_id._get_recurring_first_open_day() or date, date)

    # === SOURCES === #

    def _get_obligation_earnings(self):
        """Return what the contract's obligations earn.

        :return: what is said of each, and its ``Earning``, by key
        :rtype: dict[tuple, tuple[dict, list[Earning]]]
        """
        self.ensure_one()
        obligations = self.env["recurring.obligation"].search([("contract_id", "=", self.id)])
        pieces = obligations._get_pieces()
        treatments = dict(self.env["recurring.obligation.change"]._fields["treatment"]._description_selection(self.env))
        rows = {}
        for obligation in obligations:
            change = obligation.change_ids.filtered(lambda c: not c.is_undone).sorted("id")[-1:]
            values = {
                "name": obligation.item_id._get_effect_name(),
                "change": change.id,
                "treatment": treatments.get(change.treatment, ""),
                "start": obligation.date_start,
                "end": obligation.date_end,
            }
            # what was recognised before the contract basis is counted where it was
            opening = to_decimal(obligation.opening_recognised)
            earning = Earning(
                to_decimal(obligation.share) - opening, partial(_earned_beyond, obligation, pieces[obligation], opening)
            )
            rows["obligation", obligation.id] = values, [earning]
        return rows

    def _get_invoiced_earnings(self, through):
        """Return what earns the revenue of items that follows from invoices: posted ones, and those to come.

        :param datetime.date through: the day through which what is to be billed counts (inclusive)
        :return: as ``_get_obligation_earnings``
        """
        self.ensure_one()
        items = self.with_context(active_test=False).item_ids.filtered(lambda i: not i.is_deposit)
        items -= items.obligation_ids.item_id
        earnings = defaultdict(list)
        pending, corrections = self._get_pending_earnings(items, through)
        for item, earning in pending:
            earnings[item].append(earning)
        schedules = self.env["recurring.revenue.schedule"].search(
            [("contract_id", "=", self.id), ("obligation_id", "=", False), ("state", "!=", "cancelled")]
        )
        for schedule, state in schedules._get_states(corrections):
            rounding = to_decimal(schedule.currency_id.rounding)
            earned = partial(self._get_earned_of, state, rounding)
            earnings[schedule.item_id].append(Earning(state.total_currency, earned))
        for charge in self._get_charges_at_once(schedules):
            amount = to_decimal(charge._get_net_amount())
            earnings[charge.item_id].append(Earning(amount, partial(_at_once, amount, charge.date_start)))
        return {
            ("item", item.id): (
                {"name": item._get_effect_name() if item else self.name, "change": False, "treatment": ""},
                found,
            )
            for item, found in earnings.items()
        }

    def _get_pending_earnings(self, items, through):
        """Return what charges and credits earn that no posted invoice bears.

        :return: each item with its ``Earning``; and by schedule, the corrections that credits will be to it
        :rtype: tuple[list[tuple], dict]
        """
        company = self.company_id
        since = items._find_unbilled(company, through)
        items = items.filtered(lambda item: item.id in since)
        pieces = items._get_unbilled_pieces(through, since)
        originals = items._get_originals({piece.corrects for _item, piece in pieces if piece.corrects})
        found, corrections = [], defaultdict(list)
        for item, piece in pieces:
            original = originals.get(piece.corrects)
            if not original:
                rule = item._get_revenue_terms(company, item.product_id, self.fiscal_position_id)["rule"]
                total = item._get_net_of_piece(piece)
                found.append((item, Earning(total, partial(item._get_earned_of_piece, piece, rule, total))))
                continue
            known = len(corrections[original.schedule_id])
            amounts = item._get_pending_credit(item, piece, original, through + DAY, corrections)
            if len(corrections[original.schedule_id]) == known:
                total = amounts.total_currency
                found.append((item, Earning(total, partial(_at_once, total, piece.due))))
        for schedule_id, credits in corrections.items():
            original = next((o for o in originals.values() if o.schedule_id == schedule_id), None)
            item = self.env["recurring.revenue.schedule"].browse(schedule_id or ()).item_id
            rounding = to_decimal(self.currency_id.rounding)
            found += [
                (
                    item,
                    Earning(
                        credit.total_currency,
                        partial(_corrected, credit.total_currency, credit, original.service, rounding),
                    ),
                )
                for credit in credits
            ]
        return found, corrections

    def _get_charges_at_once(self, schedules):
        """Return the charges on posted invoices whose revenue did not wait."""
        return self.env["recurring.charge"].search(
            [
                ("contract_id", "=", self.id),
                ("is_void", "=", False),
                ("item_id.is_deposit", "=", False),
                ("invoice_line_id.parent_state", "=", "posted"),
                ("invoice_line_id", "not in", schedules.source_line_id.ids),
                ("invoice_line_id.recurring_obligation_id", "=", False),
            ]
        )

    @staticmethod
    def _get_earned_of(state, rounding, upto):
        """Return what a schedule has earned before a day, in its currency; what is held earns nothing."""
        return state.recognised_currency if state.on_hold else state._earned("total_currency", upto, rounding)

    # === WHAT IS SHOWN === #

    def _prepare_effect(self, before, after, date):
        effect = super()._prepare_effect(before, after, date)
        if "revenue" in after:
            effect["revenue"] = self.sudo()._prepare_revenue_effect(before["revenue"], after["revenue"], date)
        return effect

    def _prepare_revenue_effect(self, before, after, date):
        """Return what a change does to revenue: in all, from its day on, and to what was earned before.

        :param dict before: see ``_get_revenue_figures``
        :param dict after: the same with the change made
        :param datetime.date date: the first day on which the change makes a difference
        :rtype: dict
        """
        none = {"total": ZERO, "before": ZERO, "booked": ZERO, "change": False}
        lines = []
        for key in dict.fromkeys([*before, *after]):
            old, new = before.get(key, none), after.get(key, none)
            if all(old[name] == new[name] for name in ("total", "before", "booked")):
                continue
            shown = new if key in after else old
            lines.append(
                {
                    "name": shown["name"],
                    "contract": shown["contract"],
                    "start": shown.get("start"),
                    "end": shown.get("end"),
                    "treatment": new["treatment"] if key in after and new["change"] != old["change"] else "",
                    "total_before": float(old["total"]),
                    "total_after": float(new["total"]),
                    "left_before": float(old["total"] - old["before"]),
                    "left_after": float(new["total"] - new["before"]),
                    "catch_up": float(new["booked"] - old["booked"]),
                }
            )
        day = self._get_booking_day(date)
        names = ("total_before", "total_after", "left_before", "left_after", "catch_up")
        rounded = self.currency_id.round
        return {
            "lines": lines,
            "sums": {name: rounded(sum(line[name] for line in lines)) for name in names},
            "month": self.env["recurring.revenue.run"].new({"date_end": day})._get_month_label(),
            "is_late": day > date,
            "has_treatment": any(line["treatment"] for line in lines),
            "day": fields.Date.to_date(date),
        }


def _earned_beyond(obligation, pieces, opening, upto):
    return obligation._get_earned(pieces, upto) - opening


def _at_once(total, day, upto):
    return total if upto > day else ZERO


def _corrected(total, correction, service, rounding, upto):
    return correction_amount(total, correction, service, upto, rounding)
