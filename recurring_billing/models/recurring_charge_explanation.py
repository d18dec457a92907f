from functools import lru_cache

from babel.dates import format_date

from odoo import api, fields, models
from odoo.tools import babel_locale_parse

from odoo.addons.recurring_contracts.domain.proration import MONTH, THIRTY_360

from ..domain.charges import ONE_TIME, ROUNDING, USAGE


@lru_cache(maxsize=8192)
def _format_day(day, lang, pattern):
    return format_date(day, pattern, babel_locale_parse(lang))


class RecurringCharge(models.Model):
    """How a charge explains itself, to each reader in his language."""

    _inherit = "recurring.charge"

    explanation = fields.Char("Computation", compute="_compute_explanation", help="How the amount was computed.")

    @api.depends_context("lang")
    def _compute_explanation(self):
        for charge in self:
            charge.explanation = charge._get_explanation()

    def _get_explanation(self):
        """Say how the amount was computed, in the language of the environment.

        :return: such as ``2 × 90.00, 8 of 31 days (28 Mar to 4 Apr)``
        :rtype: str
        """
        self.ensure_one()
        days = self._format_days()
        if self.kind == ROUNDING:
            return self.env._("Rounding difference (%(days)s)", days=days)
        formula = self._format_formula()
        if self.kind == USAGE:
            text = self._get_usage_explanation(formula, days)
        elif self.item_id.charge_type == ONE_TIME:
            text = formula
        elif self.units == self.units_total:
            text = self.env._("%(formula)s (%(days)s)", formula=formula, days=days)
        elif self._counts_months():
            months = self.item_id._get_interval().months
            text = self.env._(
                "%(formula)s, %(units)s of %(total)s months (%(days)s)",
                formula=formula,
                units=self._format_number(round(self.units * months / self.units_total, 4)),
                total=months,
                days=days,
            )
        elif self.item_id.proration == THIRTY_360:
            text = self.env._(
                "%(formula)s, %(units)s of %(total)s days, months of 30 days (%(days)s)",
                formula=formula,
                units=self.units,
                total=self.units_total,
                days=days,
            )
        elif self.units == 1:
            text = self.env._(
                "%(formula)s, 1 of %(total)s days (%(days)s)", formula=formula, total=self.units_total, days=days
            )
        else:
            text = self.env._(
                "%(formula)s, %(units)s of %(total)s days (%(days)s)",
                formula=formula,
                units=self.units,
                total=self.units_total,
                days=days,
            )
        return self._mark_correction(text)

    def _get_usage_explanation(self, formula, days):
        """Say what was used above what is included, such as ``130 − 100 included = 30 × 3.20 (1 Jan to 31 Jan)``."""
        if not self.usage_quantity:
            return self.env._("%(formula)s (%(days)s)", formula=formula, days=days)
        operands = [self._format_number(self.usage_quantity)]
        if self.included_quantity:
            included = self._format_number(self.included_quantity)
            operands.append(self.env._("%(quantity)s included", quantity=included))
        billed = round(self.usage_quantity - self.included_quantity - self.quantity, 6)
        if billed:
            operands.append(self.env._("%(quantity)s billed before", quantity=self._format_number(billed)))
        if len(operands) == 1:
            return self.env._("%(formula)s (%(days)s)", formula=formula, days=days)
        return self.env._(
            "%(operands)s = %(formula)s (%(days)s)", operands=" − ".join(operands), formula=formula, days=days
        )

    def _counts_months(self):
        """Tell whether the units are fractions of months, not days; see ``proration.get_measure``."""
        return self.item_id.proration == MONTH and (self.item_id._get_interval().months or 0) > 1

    def _get_invoice_line_name(self, shows_formula):
        """Return the label of the invoice line, in the language of the environment.

        :param bool shows_formula: whether quantity, price and discount stand on the line itself
        :rtype: str
        """
        self.ensure_one()
        if not shows_formula or self.kind == ROUNDING:
            text = self._get_explanation()
        elif self.kind == USAGE:
            text = self._get_explanation()
        elif self.item_id.charge_type == ONE_TIME:
            text = self._mark_correction("")
        else:
            text = self._mark_correction(self._format_days(with_year=True))
        return "\n".join(filter(None, [self.item_id.name, text]))

    def _mark_correction(self, text):
        """Put before ``text`` which invoice is corrected, if any is."""
        corrected = self.corrected_charge_id
        if not corrected:
            return text
        # sudo: whoever reads the credit may know the number of the invoice that it corrects
        number = corrected.sudo().move_id.name
        if number and number != "/":
            label = self.env._("Credit for %(invoice)s", invoice=number)
        else:
            label = self.env._("Credit")
        return self.env._("%(label)s: %(text)s", label=label, text=text) if text else label

    def _format_formula(self):
        """Return quantity, price and discount as a reader writes them, such as ``2 × 90.00``."""
        text = self.env._(
            "%(quantity)s × %(price)s",
            quantity=self._format_number(self.quantity),
            price=self._format_number(self.price_unit, self.currency_id.decimal_places),
        )
        if self.discount:
            discount = self._format_number(self.discount)
            text = self.env._("%(formula)s − %(discount)s %%", formula=text, discount=discount)
        return text

    def _format_number(self, value, decimals=0):
        """Return a number with as many decimals as it has, and at least ``decimals``."""
        fraction = f"{value:.6f}".rstrip("0").partition(".")[2]
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        return lang.format(f"%.{max(decimals, len(fraction))}f", value, grouping=True)

    def _format_days(self, with_year=False):
        """Return the days covered, such as ``28 Mar to 4 Apr``, in the language of the environment.

        :param bool with_year: whether to name the year; it is named anyway where it changes
        """
        lang = self.env.lang or "en_US"
        start, end = self.date_start, self.date_end
        same_year = start.year == end.year
        last = _format_day(end, lang, "d MMM y" if with_year or not same_year else "d MMM")
        if start == end:
            return last
        first = _format_day(start, lang, "d MMM" if same_year else "d MMM y")
        return self.env._("%(first)s to %(last)s", first=first, last=last)
