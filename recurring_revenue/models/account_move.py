from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class AccountMove(models.Model):
    _inherit = "account.move"

    recurring_revenue_run_id = fields.Many2one(
        "recurring.revenue.run",
        "Revenue Close",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    recurring_schedule_count = fields.Integer(
        "Revenue Schedules",
        compute="_compute_recurring_schedule_count",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    def _compute_recurring_schedule_count(self):
        for move in self:
            move.recurring_schedule_count = self.env["recurring.revenue.schedule"].search_count(
                move._get_recurring_schedules_domain()
            )

    def _get_recurring_schedules_domain(self):
        """Return the domain of the schedules that the entries opened or released."""
        return Domain("source_move_id", "in", self.ids) | Domain("entry_ids.move_id", "in", self.ids)

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        if runs := moves.recurring_revenue_run_id:
            # what belongs to a close is protected, and reversed with it
            runs.check_access("write")
        return moves

    def write(self, vals):
        if "recurring_revenue_run_id" in vals:
            raise UserError(self.env._("Journal entries belong to the close that posted them."))
        result = super().write(vals)
        if vals.get("state", "posted") != "posted":
            self.env["recurring.revenue.schedule"]._cancel_for_moves(self)
        return result

    def _post(self, soft=True):
        sales = self.filtered(lambda move: move.is_sale_document(include_receipts=True))
        sales.invoice_line_ids._follow_recurring_originals()
        sales.invoice_line_ids._apply_recurring_deferral(raise_if_missing=True)
        posted = super()._post(soft)
        self.env["recurring.revenue.schedule"]._open_for_moves(posted.filtered(lambda move: move.state == "posted"))
        return posted

    def _check_draftable(self):
        self._check_not_of_close()
        return super()._check_draftable()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        by_close = all("recurring_revenue_run_id" in values for values in default_values_list or [{}])
        if not by_close:
            self._check_not_of_close()
            self._check_not_opening()
        return super()._reverse_moves(default_values_list, cancel)

    def _check_not_of_close(self):
        for move in self:
            if move.recurring_revenue_run_id:
                raise UserError(
                    self.env._(
                        "%(entry)s was posted by the revenue close %(run)s and cannot be changed. "
                        "Reopen the close instead: it posts the reversal.",
                        entry=move.display_name,
                        run=move.recurring_revenue_run_id.display_name,
                    )
                )

    def _check_not_opening(self):
        """Refuse the reversal of an entry that opened deferred revenue: its schedules would go on all the same.

        :raise UserError: saying how it is taken back
        """
        # sudo: who reverses an entry need not see the schedules that it opened
        opening = self.env["recurring.revenue.schedule"].sudo()
        for move in opening.search([("source_move_id", "in", self.ids), ("is_opening", "=", True)]).source_move_id:
            raise UserError(
                self.env._(
                    "%(entry)s opened the deferred revenue of schedules, which a reversal would not stop. Reset it "
                    "to draft and cancel it instead: the next close takes back what was recognised.",
                    entry=move.display_name,
                )
            )

    def action_open_recurring_schedules(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_schedule_action")
        return action | {"domain": self._get_recurring_schedules_domain(), "context": {}}
