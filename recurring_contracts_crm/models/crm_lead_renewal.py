from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CrmLead(models.Model):
    """Opportunities to renew contracts."""

    _inherit = "crm.lead"

    recurring_renewed_contract_ids = fields.Many2many(
        "recurring.contract",
        "recurring_contract_renewal_lead_rel",
        "lead_id",
        "contract_id",
        "Renews",
        readonly=True,
        copy=False,
    )
    recurring_renewed_count = fields.Integer("To Renew", compute="_compute_recurring_renewed_count")
    recurring_can_renew = fields.Boolean(compute="_compute_recurring_renewed_count")

    @api.constrains("recurring_renewed_contract_ids")
    def _check_recurring_renewed_contracts(self):
        """Let only who may change contracts renew them."""
        for lead in self:
            # Constraints run with all rights; the user's own count here.
            lead.recurring_renewed_contract_ids.sudo(False).check_access("write")

    @api.depends("recurring_renewed_contract_ids.renewed_into_id", "order_ids.state", "won_status")
    def _compute_recurring_renewed_count(self):
        for lead in self:
            contracts = lead.recurring_renewed_contract_ids
            lead.recurring_renewed_count = len(contracts)
            lead.recurring_can_renew = (
                lead.won_status != "lost"
                and bool(contracts.filtered(lambda c: not c.renewed_into_id))
                and all(order.state == "cancel" for order in lead.order_ids)
            )

    def _schedule_renewal_activities(self):
        """Ask for each renewal to be worked on, by its salesperson, before the contracts end."""
        todo = self.env["ir.model.data"]._xmlid_to_res_id("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get_id(self._name)
        return self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model,
                    "res_id": lead.id,
                    "activity_type_id": todo,
                    "automated": True,
                    "date_deadline": lead.date_deadline,
                    "summary": self.env._(
                        "Renew %(contracts)s", contracts=", ".join(lead.recurring_renewed_contract_ids.mapped("name"))
                    ),
                    "user_id": lead.user_id.id or self.env.uid,
                }
                for lead in self
            ]
        )

    # === ACTIONS === #

    def action_recurring_renew(self):
        """Make the renewal quotation of the opportunity's contracts and open it.

        :raise UserError: where there is nothing left to renew, see ``_check_can_renew``
        """
        self.ensure_one()
        contracts = self.recurring_renewed_contract_ids.filtered(lambda c: not c.renewed_into_id)
        if not contracts or not self.recurring_can_renew:
            raise UserError(
                self.env._("%(opportunity)s has no contract that is still to be renewed.", opportunity=self.name)
            )
        for contract in contracts:
            contract._check_can_renew()
        orders = contracts._create_renewal_orders([contracts])
        return contracts._open_renewal_orders(orders)

    def action_view_recurring_renewed_contracts(self):
        """Open the contracts that the opportunity is to renew."""
        self.ensure_one()
        return self._open_recurring_contracts(self.recurring_renewed_contract_ids)

    # === WON AND LOST === #

    def action_set_lost(self, **additional_values):
        """A lost opportunity refuses the renewal, with its lost reason."""
        result = super().action_set_lost(**additional_values)
        self.filtered("recurring_renewed_contract_ids")._refuse_renewals()
        return result

    def _refuse_renewals(self):
        """Cancel what was quoted for lost opportunities and keep why on the contracts."""
        for reason, leads in self.grouped("lost_reason_id").items():
            orders = leads.order_ids.filtered(lambda order: order.state in ("draft", "sent"))
            orders._action_cancel()
            close_reason = reason and reason._get_recurring_close_reason()
            leads.recurring_renewed_contract_ids._refuse_renewal(close_reason or None, reason.name or False)

    def action_unarchive(self):
        """An opportunity that is taken up again reopens the renewal."""
        lost = self.filtered(lambda lead: not lead.active)
        result = super().action_unarchive()
        lost.recurring_renewed_contract_ids._reopen_renewal()
        return result

    def _merge_get_fields_specific(self):
        return super()._merge_get_fields_specific() | {
            "recurring_renewed_contract_ids": lambda _name, leads: [
                fields.Command.link(contract.id) for contract in leads.recurring_renewed_contract_ids
            ]
        }

    # === EXPIRY === #

    @api.model
    def _get_expired_renewals(self, date, company):
        """Return the pending opportunities all of whose contracts have ended before a day.

        :rtype: crm.lead
        """
        domain = Domain(
            [
                ("company_id", "=", company.id),
                ("won_status", "=", "pending"),
                ("recurring_renewed_contract_ids", "!=", False),
            ]
        )
        return self.search(domain & ~Domain("recurring_renewed_contract_ids.date_end", ">=", date))

    def _expire_renewals(self):
        """Lose opportunities whose contracts have ended, and say so."""
        reason = self.env.ref("recurring_contracts_crm.lost_reason_expired", raise_if_not_found=False)
        self.action_set_lost(lost_reason_id=reason.id if reason else False)
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def _report_renewal_failure(self, error):
        """The night could not close the opportunity: told on its contracts, see there."""
        self.recurring_renewed_contract_ids._report_renewal_failure(error)
