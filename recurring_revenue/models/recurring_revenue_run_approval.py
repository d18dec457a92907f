from contextlib import closing

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class RecurringRevenueRun(models.Model):
    """A close that one person prepares and another one approves."""

    _inherit = "recurring.revenue.run"

    prepared_by_id = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    prepared_on = fields.Datetime(readonly=True, copy=False)
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    draft_count = fields.Integer(
        "Drafts in the Month",
        compute="_compute_draft_count",
        help="Customer invoices and credit notes of the month that are not posted. What contracts have earned of them "
        "is accrued where the company accrues; other lines are left to the next close.",
    )

    def _compute_needs_approval(self):
        for run in self:
            run.needs_approval = run.company_id.recurring_revenue_four_eyes

    def _compute_draft_count(self):
        for run in self:
            run.draft_count = run.date_end and self.env["account.move"].search_count(run._get_drafts_domain())

    def _get_drafts_domain(self):
        """Return the domain of invoices of the month that are not posted."""
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "draft"),
            ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
            ("date", ">=", self.date_start),
            ("date", "<=", self.date_end),
        ]

    def _get_engine_fields(self):
        return super()._get_engine_fields() | {"prepared_by_id", "prepared_on"}

    # === PREPARING === #

    def action_prepare(self):
        """Compute what the close would book, for another person to approve.

        :raise UserError: where the month could not be closed
        """
        self.check_access("write")
        for run in self.sorted("date_end"):
            run.with_company(run.company_id)._prepare()
        return True

    def _prepare(self):
        """Keep the totals of a close that is taken back at once."""
        self._lock()
        if self.state == "done":
            return
        # closing: what is done within is rolled back, caches included
        with closing(self.env.cr.savepoint()):
            self._book_month()
            totals = self._get_totals()
        self._write_protected(
            {
                **totals,
                "prepared_by_id": self.env.uid,
                "prepared_on": fields.Datetime.now(),
            }
        )
        self.message_post(body=self.env._("Prepared: %(count)s schedules would move.", count=self.schedule_count))

    def _try_prepare(self):
        """Prepare, or leave the reason why not in the chatter; ask whoever is responsible to go on."""
        try:
            with self.env.cr.savepoint():
                self.action_prepare()
            self._ask_responsible(self.env._("Look at %(run)s, which is prepared, and post it", run=self.display_name))
        except UserError as error:
            self._say_why_not(error)

    def _close(self):
        needs_approver = self.state == "draft" and self.company_id.recurring_revenue_four_eyes
        if needs_approver:
            self._check_approver()
        prepared = self._get_shown_totals()
        result = super()._close()
        if needs_approver and self.state == "done":
            self._check_as_prepared(prepared)
        return result

    def _get_shown_totals(self):
        """Return the sums that the close shows, of what was prepared or posted."""
        currency = self.company_currency_id
        return self.schedule_count, *(
            currency.round(amount)
            for amount in (self.amount, self.deferred_amount, self.accrued_amount, self.refund_amount)
        )

    def _check_as_prepared(self, prepared):
        """Refuse to post other figures than those that were prepared.

        :param tuple prepared: what the close has shown before, see ``_get_shown_totals``
        :raise UserError: saying what it would recognise now
        """
        if self._get_shown_totals() != prepared:
            raise UserError(
                self.env._(
                    "The books have changed since %(user)s prepared %(run)s: %(before)s were to be recognised, now it "
                    "is %(now)s, or other amounts at the end of the month. Have it prepared anew.",
                    user=self.prepared_by_id.name,
                    run=self.display_name,
                    before=format_amount(self.env, prepared[1], self.company_currency_id),
                    now=format_amount(self.env, self.amount, self.company_currency_id),
                )
            )

    def _check_approver(self):
        """Refuse that the person who prepared a close approves it.

        :raise UserError: where it is not prepared, or by the same person
        """
        if not self.prepared_by_id:
            raise UserError(
                self.env._(
                    "%(run)s must be prepared by one person and approved by another. Prepare it first.",
                    run=self.display_name,
                )
            )
        if self.prepared_by_id == self.env.user:
            raise UserError(
                self.env._(
                    "You have prepared %(run)s yourself. Have another accountant approve it.", run=self.display_name
                )
            )

    # === ACTIONS === #

    def action_open_drafts(self):
        self.ensure_one()
        return self._open("account.action_move_out_invoice_type", self._get_drafts_domain())
