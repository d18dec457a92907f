from odoo import fields, models


class ResPartner(models.Model):
    """How a customer wants his invoices; empty is as the company does."""

    _inherit = "res.partner"

    recurring_invoice_grouping = fields.Selection(
        lambda self: self.env["recurring.grouping.mixin"]._selection_invoice_grouping(),
        "Contracts' Invoices",
        company_dependent=True,
        help="What of this customer's contracts shares an invoice, where neither contract nor plan says otherwise.",
    )
    recurring_join_orders = fields.Selection(
        [("join", "On the contracts' invoice"), ("apart", "On their own invoices")],
        "Ordinary Orders",
        company_dependent=True,
        help="Where a billing run invoices this customer, whether it also invoices what of his other sales orders "
        "is ready to be invoiced. Empty: as the company does.",
    )
    recurring_credit_policy = fields.Selection(
        lambda self: self.env["res.company"]._selection_recurring_credit_policy(),
        "Credits",
        company_dependent=True,
        help="Where a billing run puts what it credits. Empty: as the company does.",
    )

    def _get_recurring_credit_policy(self, company):
        """Return where what is credited to the customer goes.

        :param company: ``res.company``
        :return: ``next_invoice`` or ``credit_note``
        :rtype: str
        """
        self.ensure_one()
        customer = self.commercial_partner_id.with_company(company)
        return customer.recurring_credit_policy or company.recurring_credit_policy

    def _joins_recurring_orders(self, company):
        """Tell whether a billing run also invoices the customer's ordinary orders."""
        self.ensure_one()
        choice = self.commercial_partner_id.with_company(company).recurring_join_orders
        return choice == "join" if choice else company.recurring_join_orders
