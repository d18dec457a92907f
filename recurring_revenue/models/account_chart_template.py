from odoo import models

from odoo.addons.account.models.chart_template import template


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    @template(model="account.journal")
    def _get_recurring_revenue_account_journal(self, template_code):
        return {
            "recurring_revenue": {
                "type": "general",
                "name": self.env._("Revenue Recognition"),
                "code": "RREV",
                "sequence": 20,
                "show_on_dashboard": False,
            }
        }

    @template(model="res.company")
    def _get_recurring_revenue_res_company(self, template_code):
        return {self.env.company.id: {"recurring_revenue_journal_id": "recurring_revenue"}}

    # Charts that name their deferred revenue account themselves (France: 487) need nothing here.

    @template("generic_coa", "res.company")
    def _get_recurring_revenue_generic_coa_res_company(self):
        return {self.env.company.id: {"deferred_revenue_account_id": "deferred_revenue"}}

    # France defers at the end of the period: invoices credit 706, closes post 487, 4181 and 4198.

    @template("fr", "res.company")
    def _get_recurring_revenue_fr_res_company(self):
        return {
            self.env.company.id: {
                "recurring_revenue_booking": "cutoff",
                "recurring_accrued_income_account_id": "pcg_4181",
                "recurring_refund_liability_account_id": "pcg_4198",
            }
        }

    @template("us", "res.company")
    def _get_recurring_revenue_us_res_company(self):
        return {self.env.company.id: {"deferred_revenue_account_id": "account_account_us_deferred_revenue"}}
