from odoo import api, fields, models
from odoo.tools import SQL


class RecurringRevenueSchedule(models.Model):
    """Schedules of obligations: they follow from the contract, and invoices do not open them."""

    _inherit = "recurring.revenue.schedule"

    obligation_id = fields.Many2one(
        "recurring.obligation",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The obligation that it satisfies, under the contract basis.",
    )
    is_concession = fields.Boolean(
        "Price Concession", readonly=True, help="Opened by a credit note that lowers the price of its obligation."
    )
    change_id = fields.Many2one(
        "recurring.obligation.change", "Contract Change", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    @api.model
    def _create_silently(self, vals_list):
        """Create schedules without a note in their chatter."""
        return self.with_context(tracking_disable=True, mail_create_nolog=True).create(vals_list)

    def _cancel_by_undo(self):
        """Take schedules out of the sums. What was recognised of them is taken back by the next close."""
        for schedule in self:
            schedule.write(
                {
                    "state": "cancelled",
                    "remaining": -schedule.recognised,
                    "remaining_currency": -schedule.recognised_currency,
                }
            )

    def _get_line_values_sql(self):
        return super()._get_line_values_sql() | {
            "obligation_id": SQL("line.recurring_obligation_id"),
            "is_concession": SQL("line.recurring_obligation_id IS NOT NULL"),
        }

    def _flush_sources(self):
        result = super()._flush_sources()
        self.env["account.move.line"].flush_model(["recurring_obligation_id"])
        return result
