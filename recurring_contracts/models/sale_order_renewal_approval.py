from odoo import api, fields, models


class SaleOrder(models.Model):
    """Renewals that a sales manager approves, whatever their discount."""

    _inherit = "sale.order"

    recurring_renewal_approval = fields.Boolean(
        "Renewal Needs Approval",
        readonly=True,
        copy=False,
        help="A sales manager approves the renewal before it is sent or confirmed, whatever its discount.",
    )

    @api.depends("recurring_renewal_approval", "recurring_renewed_contract_ids")
    def _compute_recurring_approval(self):
        return super()._compute_recurring_approval()

    def _get_recurring_approval_findings(self, segments=None):
        findings = super()._get_recurring_approval_findings(segments)
        if self.recurring_renewal_approval and self.recurring_renewed_contract_ids:
            findings["renewal"] = self.env._(
                "The renewal of %(contracts)s needs approval before it is sent.",
                contracts=", ".join(self.recurring_renewed_contract_ids.mapped("name")),
            )
        return findings

    def action_recurring_approve(self):
        """Once approved, the renewal is its salesperson's to send."""
        result = super().action_recurring_approve()
        self.filtered("recurring_renewal_approval")._schedule_renewal_activities()
        return result
