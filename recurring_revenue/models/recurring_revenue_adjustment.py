from odoo import fields, models
from odoo.exceptions import UserError


class RecurringRevenueAdjustment(models.Model):
    """What a person has a schedule recognise out of turn. It stays on record, also once it is undone."""

    _name = "recurring.revenue.adjustment"
    _description = "Adjustment of a Revenue Schedule"
    _rec_name = "schedule_id"
    _order = "date desc, id desc"
    _check_company_auto = True

    schedule_id = fields.Many2one(
        "recurring.revenue.schedule", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="schedule_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(string="Company Currency", related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("adjustment", "Adjustment"),
            ("write_off", "Write-off of the remainder"),
            ("moved", "Moved to the contract basis"),
        ],
        required=True,
        readonly=True,
    )
    decision_id = fields.Many2one(
        "recurring.accounting.decision", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    date = fields.Date("Booked From", required=True, readonly=True, help="The first day of the month that books it.")
    amount = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Recognised in addition; below zero where less is recognised. The rest is spread over what remains.",
    )
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Entered By", required=True, readonly=True)
    is_undone = fields.Boolean("Undone", readonly=True)
    undone_user_id = fields.Many2one("res.users", "Undone By", readonly=True)
    undone_date = fields.Date("Undone On", readonly=True)

    def action_undo(self):
        """Take adjustments back: the next close books the difference.

        :raise UserError: where one is undone already
        """
        self.schedule_id._check_may_adjust()
        for adjustment in self:
            schedule = adjustment.schedule_id
            if adjustment.decision_id:
                raise UserError(
                    self.env._(
                        "%(schedule)s was moved to the contract basis: undo the decision instead (%(decision)s).",
                        schedule=schedule.display_name,
                        decision=adjustment.decision_id.display_name,
                    )
                )
            if adjustment.is_undone:
                raise UserError(
                    self.env._("%(schedule)s: this adjustment is undone already.", schedule=schedule.display_name)
                )
            # sudo: nobody writes adjustments by hand; the right to undo was checked above
            adjustment.sudo().write(
                {
                    "is_undone": True,
                    "undone_user_id": self.env.user.id,
                    "undone_date": schedule.company_id._recurring_today(),
                }
            )
            schedule._after_adjustment(
                self.env._(
                    "Adjustment undone. %(note)s Its reason was: %(reason)s",
                    note=schedule._get_adjustment_note(),
                    reason=adjustment.reason,
                )
            )
        return True
