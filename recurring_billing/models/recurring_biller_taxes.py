from odoo import models
from odoo.exceptions import UserError


class RecurringBiller(models.AbstractModel):
    """Refusing what would be invoiced with a tax that cannot be right any more."""

    _inherit = "recurring.biller"

    def _check_plan(self, plan, invoice_date):
        self._check_taxes(plan)
        return super()._check_plan(plan, invoice_date)

    def _check_taxes(self, plan):
        """Refuse taxes that were withdrawn, that belong to another company or that have no account.

        A credit returns the tax that its invoice bore, whatever became of the tax since.

        :param list[PlannedInvoice] plan: the invoices
        :raise UserError: naming the tax, what bears it and the way out
        """
        sound = set()
        for planned in plan:
            company = self.env["res.company"].browse(planned.key["company_id"])
            charges = planned.charges.filtered(lambda charge: not charge.corrected_charge_id)
            for tax in charges.tax_ids | planned.order_lines.tax_ids:
                if (company, tax) in sound:
                    continue
                message = self._get_tax_error(tax, company)
                if message:
                    bearers = charges.filtered(lambda charge, tax=tax: tax in charge.tax_ids).contract_id.mapped("name")
                    orders = planned.order_lines.filtered(lambda line, tax=tax: tax in line.tax_ids).order_id
                    sources = ", ".join(bearers + orders.mapped("name"))
                    raise UserError(message % {"tax": tax.name, "sources": sources, "company": company.name})
                sound.add((company, tax))

    def _get_tax_error(self, tax, company):
        """Return what is wrong with a tax, with places for ``tax``, ``sources`` and ``company``, or ``None``.

        :param tax: ``account.tax``
        :param company: the ``res.company`` that invoices
        """
        if tax.company_id not in company.parent_ids:
            return self.env._(
                "The tax %(tax)s of %(sources)s belongs to another company than %(company)s. Amend what bears it to a "
                "tax of %(company)s."
            )
        if not tax.active:
            return self.env._(
                "The tax %(tax)s of %(sources)s is archived. Amend what bears it to another tax, or unarchive the tax."
            )
        if any(self._lacks_tax_account(part) for part in tax.flatten_taxes_hierarchy()):
            return self.env._(
                "The tax %(tax)s of %(sources)s has no account, so that the tax would be booked as revenue. Enter the "
                "account to which it is due on the tax, for invoices and for refunds."
            )
        return None

    def _lacks_tax_account(self, tax):
        """Tell whether a share of a percentage that is collected has no account to be booked on."""
        if not tax.amount or tax.amount_type not in ("percent", "division"):
            return False
        lines = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        return any(line.repartition_type == "tax" and line.factor_percent and not line.account_id for line in lines)
