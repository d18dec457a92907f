import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command

_logger = logging.getLogger(__name__)

MANAGER = "sales_team.group_sale_manager"
OPEN = ("awaiting", "approved")


class RecurringContract(models.Model):
    """Contracts whose items are created once a manager has approved them."""

    _inherit = "recurring.contract"

    approval_state = fields.Selection(
        [
            ("awaiting", "Awaiting approval"),
            ("approved", "Approved, items to be created"),
            ("done", "Items created"),
        ],
        "Approval",
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        help="Of contracts whose plan, or company, has their items created after approval.",
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)
    # The items as sold, until they are created: what the plan says meanwhile touches them no more.
    pending_item_values = fields.Json(readonly=True, copy=False)

    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"approval_state", "approved_by_id", "approved_on"}

    def write(self, vals):
        """Keep the approval to those who may give it."""
        if {"approval_state", "approved_by_id", "approved_on", "pending_item_values"} & vals.keys():
            raise UserError(self.env._("A contract is approved with its button, not by editing it."))
        return super().write(vals)

    def _is_waiting_for_items(self):
        """Tell whether the items of the contract are still to be created after its approval."""
        self.ensure_one()
        return self.state == "draft" and self.approval_state in OPEN

    # === APPROVAL === #

    def _ask_for_approval(self):
        """Ask a manager by an activity to approve the contracts."""
        for contract in self:
            contract.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Approve %(contract)s", contract=contract.name),
                note=self.env._("Its items are created once it is approved."),
                user_id=contract.company_id._get_recurring_approver(contract.team_id).id,
            )

    def action_approve(self):
        """Approve the contracts, so that their items are created.

        :raise AccessError: for anybody but a sales manager
        :raise UserError: for a contract that does not wait for approval
        """
        self.check_access("write")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a sales manager may approve a contract."))
        for contract in self:
            if not (contract.state == "draft" and contract.approval_state == "awaiting"):
                raise UserError(self.env._("%(contract)s does not wait for approval.", contract=contract.display_name))
        now = fields.Datetime.now()
        self._write_protected({"approval_state": "approved", "approved_by_id": self.env.uid, "approved_on": now})
        self.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def _check_can_start(self):
        if self._is_waiting_for_items():
            raise UserError(
                self.env._(
                    "%(contract)s starts when its items are created, after its approval.",
                    contract=self.display_name,
                )
            )
        return super()._check_can_start()

    # === CREATING THE ITEMS === #

    def action_generate_items(self):
        """Create the items of approved contracts now; a manager approves them along.

        A contract that has its items already is left as it is.

        :raise AccessError: for a contract that waits for approval, to anybody but a sales manager
        :raise UserError: where another process is creating the items of a contract right now
        """
        self.check_access("write")
        awaiting = self.filtered(lambda c: c.state == "draft" and c.approval_state == "awaiting")
        if awaiting:
            awaiting.action_approve()
        # sudo: the items are those of the confirmed order; the caller may write the contracts (checked above)
        approved = self.sudo().filtered(lambda c: c._is_waiting_for_items())
        try:
            approved.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self.env._("The items are being created right now. Open the contract again.")) from error
        approved._generate_items()
        return True

    def _generate_items(self):
        """Create the items of approved contracts and put them in force; what has items gets no more."""
        self.invalidate_recordset(["approval_state", "state", "pending_item_values"])
        contracts = self.filtered(lambda c: c.state == "draft" and c.approval_state == "approved")
        for contract in contracts:
            taken = contract.item_ids.sale_line_id.ids
            sold = [values for values in contract.pending_item_values or [] if values["sale_line_id"] not in taken]
            contract._write_protected(
                {
                    "item_ids": [Command.create(values) for values in sold],
                    "approval_state": "done",
                    "pending_item_values": False,
                }
            )
        contracts._start()
        return contracts

    @api.model
    def _cron_generate_items(self):
        """Create the items of approved contracts, one contract a transaction."""
        contracts = self.search([("state", "=", "draft"), ("approval_state", "=", "approved")])
        self.env["ir.cron"]._commit_progress(remaining=len(contracts))
        for contract in contracts:
            locked = contract.with_company(contract.company_id).try_lock_for_update(allow_referencing=True)
            try:
                with self.env.cr.savepoint():
                    locked._generate_items()
            except UserError as error:
                _logger.warning("No items for contract %s: %s", contract.name, error)
                contract.message_post(body=self.env._("The items could not be created: %(error)s", error=error))
            if not self.env["ir.cron"]._commit_progress(1):
                break
