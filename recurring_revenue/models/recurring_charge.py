from odoo import models

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.opening import opening
from .recurring_revenue_rule import CUTOFF


class RecurringCharge(models.Model):
    _inherit = "recurring.charge"

    def _prepare_invoice_line_values(self, move_type):
        """Add the accounts: where the revenue waits, and where it goes once it is earned.

        They are given outright, so that Odoo need not compute them line by line.
        """
        values = super()._prepare_invoice_line_values(move_type)
        corrected_line = self.corrected_charge_id.invoice_line_id
        if corrected_line:
            return values | {
                "recurring_revenue_rule_id": corrected_line.recurring_revenue_rule_id.id,
                "recurring_revenue_account_id": corrected_line.recurring_revenue_account_id.id,
                "recurring_cutoff_account_id": corrected_line.recurring_cutoff_account_id.id,
            }
        rule, deferred_account, revenue_account = self._get_recurring_revenue_accounts()
        values["recurring_revenue_rule_id"] = rule.id
        values["recurring_revenue_account_id"] = False
        if deferred_account and revenue_account:
            is_cutoff = rule._get_booking(self.company_id) == CUTOFF
            values["recurring_revenue_account_id"] = revenue_account.id
            values["recurring_cutoff_account_id"] = is_cutoff and deferred_account.id
            values["account_id"] = (revenue_account if is_cutoff else deferred_account).id
        return values

    def _get_recurring_revenue_accounts(self):
        """Return how the charge's revenue is recognised.

        :return: the revenue rule, the deferred revenue account (empty if revenue need not wait)
            and the revenue account
        :raise UserError: where revenue must wait and there is no account for it
        """
        self.ensure_one()
        template = self.with_company(self.company_id).product_id.product_tmpl_id
        rule = template._get_recurring_revenue_rule(self.company_id)
        accounts = template.get_product_accounts(self.contract_id.fiscal_position_id)
        deferred_account = self.env["account.account"]
        if rule._is_deferring():
            deferred_account = rule._get_deferred_account(self.company_id)
        return rule, deferred_account, accounts["income"]

    def _prepare_opening_schedule_values(self):
        """Return the values of the schedule that goes on with what another system has begun.

        It is booked as the rule says. Under cut-off booking the opening entry, like any close, is taken back
        on the next day.

        Foreign currency is converted at the rate of the day on which the charge was due, when the
        other system billed it (IAS 21.21): deferred revenue is not remeasured.

        :return: values of ``recurring.revenue.schedule``, or ``None`` where revenue need not wait
        :rtype: dict | None
        """
        self.ensure_one()
        rule, deferred_account, revenue_account = self._get_recurring_revenue_accounts()
        if not deferred_account:
            return None
        company_currency = self.company_id.currency_id
        net = self._get_net_amount()
        converted = self.currency_id._convert(net, company_currency, self.company_id, self.due_date)
        through = self.item_id.opening_recognised_through
        date_start, date_end = rule._get_recognition_dates(self.date_start, self.date_end)
        service = (date_start, date_end, rule.method, through)
        steps = rule._get_steps(date_start, date_end)
        own, foreign = (
            opening(to_decimal(total), *service, to_decimal(currency.rounding), steps)
            for total, currency in ((converted, company_currency), (net, self.currency_id))
        )
        return {
            "name": self.display_name,
            "company_id": self.company_id.id,
            "company_currency_id": company_currency.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.commercial_partner_id.id,
            "contract_id": self.contract_id.id,
            "item_id": self.item_id.id,
            "charge_id": self.id,
            "product_id": self.product_id.id,
            "is_opening": True,
            "date": through,
            "date_start": date_start,
            "date_end": date_end,
            "method": rule.method,
            "booking": rule._get_booking(self.company_id),
            "deferred_account_id": deferred_account.id,
            "revenue_account_id": revenue_account.id,
            "analytic_distribution": self.item_id.analytic_distribution,
            "total": float(own.total),
            "total_currency": float(foreign.total),
            "opening_recognised": float(own.recognised),
            "opening_recognised_currency": float(foreign.recognised),
            "recognised": float(own.recognised),
            "recognised_currency": float(foreign.recognised),
            "remaining": float(own.remaining),
            "remaining_currency": float(foreign.remaining),
        }

    def _get_net_amount(self):
        """Return the amount without tax, in the charge's currency."""
        self.ensure_one()
        if not any(self.tax_ids.flatten_taxes_hierarchy().mapped("price_include")):
            return self.amount
        return self.tax_ids.compute_all(self.amount, currency=self.currency_id, product=self.product_id)[
            "total_excluded"
        ]
