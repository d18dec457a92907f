from odoo import fields, models

from ..domain import modification


class RecurringObligationChange(models.Model):
    """What one amendment did to one obligation: stored with it, and taken back if it is undone."""

    _name = "recurring.obligation.change"
    _description = "Change of an Obligation"
    _order = "id desc"
    _rec_name = "obligation_id"
    _check_company_auto = True

    amendment_id = fields.Many2one("recurring.amendment", readonly=True, index="btree_not_null", ondelete="restrict")
    decision_id = fields.Many2one(
        "recurring.accounting.decision", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    date_end_before = fields.Date(
        "Term Ended", readonly=True, help="The last day of its accounting term before it was decided otherwise."
    )
    obligation_id = fields.Many2one(
        "recurring.obligation", required=True, readonly=True, index=True, ondelete="restrict"
    )
    allocation_id = fields.Many2one(related="obligation_id.allocation_id", store=True, index=True)
    company_id = fields.Many2one(related="obligation_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="obligation_id.currency_id")
    item_id = fields.Many2one(related="obligation_id.item_id")
    date = fields.Date("Effective", required=True, readonly=True)
    treatment = fields.Selection(
        [
            (modification.SEPARATE, "Separate contract"),
            (modification.PROSPECTIVE, "From the change on"),
            (modification.CATCH_UP, "Caught up at once"),
        ],
        required=True,
        readonly=True,
        help="Separate contract: distinct goods or services at their stand-alone selling prices (IFRS 15.20).\n"
        "From the change on: what was not recognised is spread over what remains (15.21(a)).\n"
        "Caught up at once: revenue so far is adjusted (15.21(b)).",
    )
    price_change = fields.Monetary("Price", readonly=True, help="By how much the stated price changed.")
    standalone_change = fields.Monetary("Stand-alone", readonly=True)
    share_before = fields.Monetary("Allocated Before", readonly=True)
    share_after = fields.Monetary("Allocated After", readonly=True)
    earned = fields.Monetary("Earned Before", readonly=True, help="Earned before the day of the change.")
    catch_up = fields.Monetary(
        "Catch-up",
        readonly=True,
        help="What the change adds to revenue earned before it, recognised by the next close.",
    )
    schedule_ids = fields.One2many("recurring.revenue.schedule", "change_id", "Schedules", readonly=True)
    step_ids = fields.One2many("recurring.revenue.schedule.step", "change_id", "Steps", readonly=True)
    is_undone = fields.Boolean("Undone", readonly=True)

    def _get_origin(self):
        """Return the record that made the change."""
        self.ensure_one()
        return self.amendment_id or self.decision_id

    def _undo(self):
        """Take changes back: their schedules no longer count, and the shares are what they were."""
        for change in self.filtered(lambda c: not c.is_undone).sorted("id", reverse=True):
            change.schedule_ids._cancel_by_undo()
            change.step_ids._undo_change()
            obligation = change.obligation_id
            obligation.write(
                {
                    "price": obligation.price - change.price_change,
                    "standalone": obligation.standalone - change.standalone_change,
                    "share": obligation.share - (change.share_after - change.share_before),
                }
            )
            change.is_undone = True
