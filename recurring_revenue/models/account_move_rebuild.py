from odoo import models
from odoo.exceptions import AccessError, UserError


class AccountMove(models.Model):
    """Schedules for invoices that were posted before there were any."""

    _inherit = "account.move"

    def action_rebuild_recurring_schedules(self):
        """Open schedules for posted invoices whose lines have a service period and no schedule yet.

        The invoices stay as they are: their lines have credited revenue. So the schedules are under cut-off
        booking: the next close defers what is not earned, and thereby takes back, in the first open month,
        what earlier months have shown too early.

        :return: the action that shows the schedules
        :rtype: dict
        :raise UserError: where no line needs a schedule, or a deferred revenue account is missing
        """
        if not self.env["recurring.revenue.run"].has_access("write"):
            raise AccessError(self.env._("Only an accountant may rebuild revenue schedules."))
        self.check_access("read")
        invoices = self.filtered(lambda m: m.state == "posted" and m.is_sale_document(include_receipts=True))
        # sudo: the accountant's right was checked above; the lines of posted entries are protected otherwise
        invoices.sudo().invoice_line_ids._choose_missing_recurring_rules()
        lines = invoices.sudo().invoice_line_ids.filtered(lambda line: line._needs_recurring_schedule())
        if not lines:
            raise UserError(
                self.env._(
                    "None of these invoices needs a schedule: it takes a posted customer invoice whose lines are in a "
                    "revenue account and have a service period, and a revenue rule that spreads them."
                )
            )
        for line in lines:
            line._set_recurring_cutoff_account(raise_if_missing=True)
        # sudo: schedules are closed to users; the right to rebuild them was checked above
        Schedule = self.env["recurring.revenue.schedule"].sudo()
        Schedule._open_for_moves(lines.move_id)
        schedules = Schedule.search([("source_line_id", "in", lines.ids)])
        schedules._take_over_history()
        for invoice in lines.move_id:
            invoice._message_log(body=self.env._("Revenue schedules rebuilt by %(user)s.", user=self.env.user.name))
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_schedule_action")
        return action | {"domain": [("id", "in", schedules.ids)], "context": {}}
