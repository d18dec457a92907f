from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class RecurringContractEnd(models.TransientModel):
    _name = "recurring.contract.end"
    _description = "End a Contract"

    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="contract_id.company_currency_id", related_sudo=False, string="Company Currency"
    )
    date_start = fields.Date(related="contract_id.date_start", related_sudo=False)
    date_end = fields.Date(
        "Last Day in Force",
        required=True,
        compute="_compute_date_end",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    reason = fields.Char(required=True)
    mrr = fields.Monetary(
        "MRR Lost", currency_field="company_currency_id", related="contract_id.mrr", related_sudo=False
    )

    @api.depends("contract_id")
    def _compute_date_end(self):
        for wizard in self:
            wizard.date_end = wizard.contract_id.date_end or wizard.contract_id.company_id._recurring_today()

    def action_confirm(self):
        """Journal the end; what was billed beyond it is credited by the next billing run."""
        self.ensure_one()
        contract = self.contract_id
        if contract.date_end and self.date_end > contract.date_end:
            raise UserError(
                self.env._(
                    "%(contract)s ends on %(date)s already. Choose that day or an earlier one.",
                    contract=contract.display_name,
                    date=format_date(self.env, contract.date_end),
                )
            )
        if self.date_end < contract.date_start:
            raise UserError(
                self.env._(
                    "%(contract)s starts on %(date)s: its last day cannot lie before.",
                    contract=contract.display_name,
                    date=format_date(self.env, contract.date_start),
                )
            )
        contract._end(self.date_end, reason=self.reason)
        contract.message_post(
            body=self.env._(
                "Ends on %(date)s: %(reason)s",
                date=format_date(self.env, self.date_end),
                reason=self.reason,
            )
        )
        return {"type": "ir.actions.act_window_close"}
