from odoo import fields, models


class RecurringBillRunDecision(models.TransientModel):
    """Asks why customers of a billing run are released, or left out."""

    _name = "recurring.bill.run.decision"
    _description = "Decision on Customers of a Billing Run"

    decision = fields.Selection([("release", "Release"), ("reject", "Leave out")], required=True, readonly=True)
    customer_ids = fields.Many2many("recurring.bill.run.customer", string="Customers", required=True)
    reason = fields.Char(required=True, help="Stands in the list of customers and in the history of the run.")

    def action_confirm(self):
        """Release the customers, or leave them out, and note it in the history of their runs.

        :raise AccessError: for a user who may not post invoices
        :raise UserError: where a customer is in a status that does not allow it
        """
        self.ensure_one()
        self.customer_ids.run_id._check_may_bill()
        for run, rows in self.customer_ids.grouped("run_id").items():
            billing = run._as_engine()
            # sudo: rows are written by the engine only; the right to bill was checked above
            rows = rows.sudo()
            if self.decision == "release":
                note = self.env._("Released: %(customers)s. %(reason)s", **self._get_note_values(rows))
                billing._release(rows, self.reason)
            else:
                note = self.env._("Left out: %(customers)s. %(reason)s", **self._get_note_values(rows))
                billing._reject(rows, self.reason)
            run.message_post(body=note)
        return {"type": "ir.actions.act_window_close"}

    def _get_note_values(self, rows):
        return {
            "customers": ", ".join(rows.commercial_partner_id.mapped("display_name")),
            "reason": self.reason,
        }
