from odoo import fields, models
from odoo.fields import Domain


class RecurringBillRun(models.Model):
    """Sending what a run has posted."""

    _inherit = "recurring.bill.run"

    to_send_count = fields.Integer("To Send", compute="_compute_sending")
    unsent_count = fields.Integer("Could Not Be Sent", compute="_compute_sending")
    sending_count = fields.Integer("Being Sent", compute="_compute_sending")

    def _compute_sending(self):
        Move = self.env["account.move"]
        for name, domain in (
            ("to_send_count", self._get_to_send_domain()),
            ("unsent_count", self._get_to_send_domain() & Domain("recurring_sending_error", "!=", False)),
            ("sending_count", Domain("state", "=", "posted") & Domain("sending_data", "!=", False)),
        ):
            counts = dict(
                Move._read_group(domain & Domain("recurring_run_id", "in", self.ids), ["recurring_run_id"], ["__count"])
            )
            for run in self:
                run[name] = counts.get(run, 0)

    def _get_to_send_domain(self):
        """Return the domain of posted invoices that are neither sent nor waiting to be sent."""
        return Domain("state", "=", "posted") & Domain("is_move_sent", "=", False) & Domain("sending_data", "=", False)

    def action_send(self):
        """Send the run's invoices that are not sent yet, each by its customer's preferred way.

        :raise AccessError: for a user who may not post invoices
        """
        self.ensure_one()
        self._check_may_bill()
        moves = self.env["account.move"].search(self._get_to_send_domain() & Domain("recurring_run_id", "=", self.id))
        queued = moves._queue_recurring_sending()
        self.invalidate_recordset(["to_send_count", "unsent_count", "sending_count"])
        left = len(moves) - len(queued)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "title": self.env._("Sending invoices"),
                "message": self.env._(
                    "%(queued)s invoices are being sent in the background, %(left)s could not be sent.",
                    queued=len(queued),
                    left=left,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_unsent(self):
        self.ensure_one()
        domain = Domain("recurring_sending_error", "!=", False) & Domain("recurring_run_id", "=", self.id)
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice")
        return action | {
            "name": self.env._("Invoices That Could Not Be Sent"),
            "domain": list(domain & self._get_to_send_domain()),
            "context": {"create": False, "default_move_type": "out_invoice"},
        }

    def action_send_statements(self):
        """Ask as of which day the customers of the run get a statement of account."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_statement_wizard_action")
        partners = self.customer_ids.filtered("invoice_count").commercial_partner_id
        return action | {
            "context": {
                "default_company_id": self.company_id.id,
                "default_date": self.invoice_date,
                "default_partner_ids": partners.ids,
            }
        }
