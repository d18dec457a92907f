from odoo import fields, models

from .recurring_contract_accounting_term import PLAN_TERMS, TERM_HELP


class RecurringPlan(models.Model):
    _inherit = "recurring.plan"

    accounting_term = fields.Selection(PLAN_TERMS, required=True, default="agreed", help=TERM_HELP)
