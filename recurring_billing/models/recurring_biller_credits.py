from collections import defaultdict
from math import isclose
from typing import NamedTuple

from odoo import api, models

from odoo.addons.recurring_contracts.domain.money import to_decimal

from .recurring_charge import CARRIED


class PlannedCredit(NamedTuple):
    """A credit on an invoice that is to be made.

    :param planned: its ``PlannedInvoice``
    :param charge: the ``recurring.charge`` that credits another
    :param dict values: the values of its invoice line
    """

    planned: tuple
    charge: models.BaseModel
    values: dict


class RecurringBiller(models.AbstractModel):
    """Letting the last credit of a charge return what is left of its net and of each of its taxes.

    Taxes are rounded on each document. So that what the credits of a charge return is what it was
    billed, the last one carries its amounts along, as Odoo's own down payments do
    (``extra_tax_data`` of the invoice line).
    """

    _inherit = "recurring.biller"

    def _plan_invoices(self, charges, invoice_date, run=None, owners=None, order_lines=None):
        plan = super()._plan_invoices(charges, invoice_date, run, owners, order_lines)
        self._settle_last_credits(plan)
        return plan

    def _settle_last_credits(self, plan):
        """Fix the amounts of the credits after which nothing is left of what they correct.

        :param list[PlannedInvoice] plan: the invoices, whose values are changed
        """
        closing = self._get_closing_credits(plan)
        if not closing:
            return
        corrected = self.env["recurring.charge"].union(*closing)
        before = corrected | self._get_carried_corrections(corrected)
        booked = self._get_booked_amounts(before.invoice_line_id)
        changed = []
        for charge, credits in closing.items():
            if self._settle_credits(charge, credits, booked):
                changed += [credit.planned for credit in credits]
        for planned in {id(planned): planned for planned in changed}.values():
            self._turn_where_negative(planned)

    def _get_closing_credits(self, plan):
        """Return the planned credits of each charge of which they leave nothing.

        :rtype: dict[models.BaseModel, list[PlannedCredit]]
        """
        found = defaultdict(list)
        for planned in plan:
            if not planned.charges.corrected_charge_id:
                continue
            lines = self._get_product_values(planned)[: len(planned.charges)]
            for charge, values in zip(planned.charges, lines, strict=True):
                if charge.corrected_charge_id and charge.tax_ids:
                    found[charge.corrected_charge_id].append(PlannedCredit(planned, charge, values))
        return {charge: credits for charge, credits in found.items() if self._is_closed_by(charge, credits)}

    def _is_closed_by(self, charge, credits):
        """Tell whether an invoiced charge is returned in full with planned credits."""
        if charge.state not in CARRIED or not charge.invoice_line_id:
            return False
        returned = self._get_carried_corrections(charge).mapped("amount")
        returned += [credit.charge.amount for credit in credits]
        return not sum(map(to_decimal, returned), to_decimal(charge.amount))

    def _get_carried_corrections(self, charges):
        """Return the corrections of charges that are on an invoice that counts."""
        return charges.correction_ids.filtered(lambda c: c.invoice_line_id and c.state in CARRIED)

    @api.model
    def _get_product_values(self, planned):
        """Return the values of the lines of a planned invoice that are no headings."""
        return [
            values
            for _command, _id, values in planned.values["invoice_line_ids"]
            if values.get("display_type", "product") == "product"
        ]

    # === AMOUNTS === #

    def _get_booked_amounts(self, lines):
        """Return the amounts of invoice lines, with what their documents' rounding gave to each.

        :param lines: ``account.move.line``
        :return: what ``_get_line_amounts`` returns, by line id; negative on credit notes
        :rtype: dict[int, dict]
        """
        amounts = {}
        # Odoo would read these invoice by invoice.
        lines.move_id.line_ids.fetch(["tax_ids", "tax_tag_ids"])
        for move in lines.move_id:
            sign = -1 if move.move_type == "out_refund" else 1
            for base_line in move._get_rounded_base_and_tax_lines()[0]:
                if base_line["record"] in lines:
                    amounts[base_line["record"].id] = self._get_line_amounts(base_line, move.company_id, sign)
        return amounts

    @api.model
    def _get_line_amounts(self, base_line, company, sign):
        """Return net, and base and amount of each tax, of a line whose taxes are computed and rounded.

        :param dict base_line: as Odoo's tax engine takes it
        :param company: the ``res.company`` that invoices
        :param int sign: -1 for a line of a credit note
        :return: amounts by tax id (``None`` for the net) and name as in Odoo's tax details; names that
            end with ``_currency`` are in the document's currency, the others in the company's
        :rtype: dict[tuple, Decimal]
        """
        details = base_line["tax_details"]
        amounts = {}
        for suffix, currency in (("_currency", base_line["currency_id"]), ("", company.currency_id)):
            net = f"total_excluded{suffix}"
            amounts[None, net] = sign * to_decimal(currency.round(details[net] + details[f"delta_{net}"]))
            for data in details["taxes_data"]:
                # The other half of a reverse charge follows from its first.
                if not data["is_reverse_charge"]:
                    for name in (f"base_amount{suffix}", f"tax_amount{suffix}"):
                        amounts[data["tax"].id, name] = sign * to_decimal(currency.round(data[name]))
        return amounts

    def _settle_credits(self, corrected, credits, booked):
        """Fix what the credits that close a charge return: the last one, what is left.

        :param corrected: the ``recurring.charge``
        :param list[PlannedCredit] credits: those that close it, in order of their lines
        :param dict booked: the amounts of its invoice line and of those of its credits so far
        :return: whether the credits return something else than Odoo would compute
        :rtype: bool
        """
        lines = corrected.invoice_line_id | self._get_carried_corrections(corrected).invoice_line_id
        parts = [booked[line.id] for line in lines]
        base_lines, shares = [], []
        for credit in credits:
            base_line = self._prepare_credit_base_line(credit)
            base_lines.append(base_line)
            sign = self._get_planned_sign(credit.planned)
            shares.append(self._get_line_amounts(base_line, corrected.company_id, sign))
        if any(part.keys() != shares[0].keys() for part in parts + shares):
            # A tax was made another one since: what is left of the old one is not for this credit.
            return False
        last = {key: -sum(part[key] for part in parts + shares[:-1]) for key in shares[0]}
        company, currency = corrected.company_id, corrected.currency_id
        local = currency == company.currency_id
        if local and company.tax_calculation_rounding_method == "round_per_line" and last == shares[-1]:
            return False
        rates = lines.move_id.mapped("invoice_currency_rate") + [base_line["rate"] for base_line in base_lines]
        one_rate = local or all(isclose(rate, rates[0], rel_tol=1e-6) for rate in rates)
        for credit, base_line, amounts in zip(credits, base_lines, [*shares[:-1], last], strict=True):
            self._fix_credit(credit, base_line, amounts, one_rate)
        return True

    @api.model
    def _get_planned_sign(self, planned):
        return -1 if planned.values["move_type"] == "out_refund" else 1

    def _prepare_credit_base_line(self, credit):
        """Return a planned credit as Odoo's tax engine takes it, computed and rounded by itself."""
        Tax = self.env["account.tax"]
        base_lines = self._prepare_base_lines(credit.planned, [credit.values])
        Tax._add_tax_details_in_base_lines(base_lines, credit.charge.company_id)
        Tax._round_base_lines_tax_details(base_lines, credit.charge.company_id)
        return base_lines[0]

    def _fix_credit(self, credit, base_line, amounts, one_rate):
        """Have a planned credit carry its amounts along.

        :param PlannedCredit credit: the credit, the values of whose line are changed
        :param dict base_line: the credit as Odoo's tax engine takes it
        :param dict amounts: what ``_get_line_amounts`` returns
        :param bool one_rate: whether all documents have one rate; else the amounts in the company's
            currency follow from that of the credit's document
        """
        sign = self._get_planned_sign(credit.planned)
        taxes = defaultdict(dict)
        for (tax, name), amount in amounts.items():
            if one_rate or name.endswith("_currency"):
                if tax:
                    taxes[str(tax)][name] = float(sign * amount)
                else:
                    base_line[f"manual_{name}"] = float(sign * amount)
        base_line["manual_tax_amounts"] = dict(taxes)
        # Kept apart from what is rounded over the other lines of the document.
        base_line["computation_key"] = f"recurring_credit,{credit.charge.id}"
        credit.values["extra_tax_data"] = self.env["account.tax"]._export_base_line_extra_tax_data(base_line)

    def _turn_where_negative(self, planned):
        """Turn an invoice whose total became negative by a cent of tax into a credit note, or back."""
        Tax = self.env["account.tax"]
        values = planned.values
        company = self.env["res.company"].browse(planned.key["company_id"])
        currency = self.env["res.currency"].browse(planned.key["currency_id"])
        base_lines = self._prepare_base_lines(planned, self._get_product_values(planned))
        Tax._add_tax_details_in_base_lines(base_lines, company)
        Tax._round_base_lines_tax_details(base_lines, company)
        total = Tax._get_tax_totals_summary(base_lines, currency, company)["total_amount_currency"]
        if currency.compare_amounts(total, 0.0) >= 0:
            return
        refund = values["move_type"] == "out_invoice"
        values["move_type"] = "out_refund" if refund else "out_invoice"
        values.pop("transaction_ids" if refund else "reversed_entry_id", None)
        self._turn_signs(values["invoice_line_ids"])
