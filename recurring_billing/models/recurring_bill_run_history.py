from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.comparison import is_far


class RecurringBillRun(models.Model):
    """Holding what is far from what was charged before, and which run to compare with."""

    _inherit = "recurring.bill.run"

    compared_run_id = fields.Many2one(
        "recurring.bill.run",
        "Compare With",
        copy=False,
        index="btree_not_null",
        check_company=True,
        domain="[('company_id', '=', company_id), ('id', '!=', id), ('state', 'in', ('attention', 'done'))]",
        help="The earlier run whose invoices the comparison sets against this one's.",
    )

    # === COMPARING === #

    def _compare_with_previous(self):
        """Compare with the last run before, unless somebody chose another one."""
        for run in self:
            run.compared_run_id = run.compared_run_id or run._get_previous_run()

    def _get_previous_run(self):
        """Return the last earlier run of the company that invoiced anything."""
        self.ensure_one()
        return self.search(self._get_previous_run_domain(), order="date_through desc, id desc", limit=1)

    def _get_previous_run_domain(self):
        """Return the domain of the runs that this one may be compared with."""
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("id", "!=", self.id)
            & Domain("date_through", "<=", self.date_through)
            & Domain("state", "in", ("attention", "done"))
            & Domain("customer_ids.state", "=", "done")
        )

    def action_view_comparison(self):
        """Open what is new, gone or changed against the run to compare with."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_bill_run_comparison_action")
        return action | {"domain": [("run_id", "=", self.id)]}

    # === HISTORY === #

    def _get_far_messages(self, rows, plan):
        """Return why customers are held whose charges are far from what was charged before.

        :param rows: ``recurring.bill.run.customer``
        :param list[PlannedInvoice] plan: their invoices
        :return: the reason by row; empty where the company does not ask for it
        :rtype: dict
        """
        company = self.company_id
        if not company.recurring_hold_percent or not rows:
            return {}
        by_partner = {row.commercial_partner_id.id: row for row in rows}
        plan = [planned for planned in plan if planned.owner in by_partner]
        owners = {charge: planned.owner for planned in plan for charge in planned.charges}
        reasons = {}
        charges = self.env["recurring.charge"].union(*owners).with_context(lang=self.user_id.lang)
        for charge, before in charges._get_previous_whole_amounts().items():
            if self._is_far(charge, before):
                reasons.setdefault(by_partner[owners[charge]], []).append(charge._format_far_from(before))
        return {
            row: self.env._("Far from what was charged before. %(lines)s.", lines="; ".join(lines))
            for row, lines in reasons.items()
        }

    def _is_far(self, charge, before):
        """Tell whether the whole period's price is far from what it was, by the company's setting."""
        company, currency = self.company_id, charge.currency_id
        minimum = company.currency_id._convert(company.recurring_hold_amount, currency, company, self.invoice_date)
        return is_far(
            to_decimal(charge.whole_amount),
            to_decimal(before),
            to_decimal(company.recurring_hold_percent),
            to_decimal(minimum),
        )
