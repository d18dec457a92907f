from odoo import fields, models
from odoo.exceptions import UserError


class RecurringBillRun(models.Model):
    """What a clerk decides of a run: pause and resume it, approve a part, release or leave out a customer."""

    _inherit = "recurring.bill.run"

    paused_state = fields.Char(readonly=True, copy=False, help="What the run goes on with when it is resumed.")

    # === PAUSING === #

    def action_pause(self):
        """Stop the work after the batches that are being worked; what is billed stays billed."""
        self._check_may_bill()
        for run in self:
            if run.state in ("previewing", "running"):
                run._as_engine().write({"paused_state": run.state, "state": "paused"})
        return True

    def action_resume(self):
        """Go on with paused runs where they stopped."""
        self._check_may_bill()
        for run in self:
            if run.state == "paused":
                billing = run._as_engine()
                billing.write({"state": run.paused_state, "paused_state": False})
                billing._continue()
                billing._finish()
        return True

    # === APPROVING === #

    def action_approve_rest(self):
        """Bill the customers of the preview that still wait for approval."""
        self._check_may_bill()
        for run in self:
            billing = run._as_engine()
            billing._approve(billing.customer_ids.filtered(lambda row: row.state == "previewed"))
        return True

    def _approve(self, rows):
        """Bill some customers of a preview, the others go on waiting.

        :param rows: ``recurring.bill.run.customer`` of this run
        :raise UserError: where one of them does not wait for approval
        """
        self.ensure_one()
        for row in rows:
            if row.state != "previewed":
                raise UserError(
                    self.env._(
                        "%(customer)s does not wait for approval in %(run)s: he is marked “%(state)s”. "
                        "Choose only customers that are to be billed.",
                        customer=row.display_name,
                        run=self.display_name,
                        state=dict(row._fields["state"]._description_selection(self.env))[row.state],
                    )
                )
        if self.state == "previewed":
            self._start(rows)
        else:
            rows._set_approved()
            self.state = "running"
        if self.state == "running":
            self._continue()

    # === DECIDING ON CUSTOMERS === #

    def _release(self, rows, reason):
        """Accept the figures of held customers: a preview shows them for approval, a run bills them.

        :param rows: ``recurring.bill.run.customer`` of this run
        :param str reason: why, in the user's words
        :raise UserError: where one of them is not held
        """
        self.ensure_one()
        for row in rows:
            if row.state != "held":
                raise UserError(self.env._("%(customer)s is not held.", customer=row.display_name))
        rows._set_decision(reason)
        rows.is_released = True
        if self.state in ("previewing", "previewed"):
            rows.write({"state": "previewed", "message": False})
        else:
            self._retry(rows)

    def _reject(self, rows, reason):
        """Leave customers out of this run; what they owe waits for another one.

        :param rows: ``recurring.bill.run.customer`` of this run
        :param str reason: why, in the user's words
        :raise UserError: where one of them is billed already
        """
        self.ensure_one()
        for row in rows:
            if row.state == "done" or (row.state == "todo" and self.state != "paused"):
                raise UserError(
                    self.env._(
                        "%(customer)s is billed, or being billed, by %(run)s and cannot be left out any more.",
                        customer=row.display_name,
                        run=self.display_name,
                    )
                )
        rows._set_decision(reason)
        rows.write({"state": "rejected", "message": reason})
        self._settle()

    def _readmit(self, rows):
        """Take customers who were left out back in: compute or bill them."""
        self.ensure_one()
        rows = rows.filtered(lambda row: row.state == "rejected")
        rows.write({"decision_reason": False, "decision_user_id": False})
        self._retry(rows)

    def _settle(self):
        """Set the status anew after a decision that needs no work."""
        if self.state in ("attention", "done"):
            self.state = "running"
            self._finish()
