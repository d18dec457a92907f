from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .recurring_contract_accounting_term import TERMS


class RecurringAccountingDecision(models.Model):
    """What an accountant decides of a contract under the contract basis, which no change of the contract implies.

    It stays on record with what it did to the obligations, also once it is undone.
    """

    _name = "recurring.accounting.decision"
    _description = "Accounting Decision"
    _inherit = ["recurring.obligation.modifier"]
    _order = "id desc"
    _check_company_auto = True

    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    partner_id = fields.Many2one(related="contract_id.partner_id")
    kind = fields.Selection([("term", "Accounting term")], required=True, readonly=True)
    date = fields.Date("Effective", required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Decided By", required=True, readonly=True)
    term_before = fields.Selection(TERMS, "Until Now", readonly=True)
    term_end_before = fields.Date("Until Now, Bound Until", readonly=True)
    term_after = fields.Selection(TERMS, "From Then On", readonly=True)
    term_end_after = fields.Date("Bound Until", readonly=True)
    change_ids = fields.One2many("recurring.obligation.change", "decision_id", "Effect on Revenue", readonly=True)
    is_undone = fields.Boolean("Undone", readonly=True)
    undone_user_id = fields.Many2one("res.users", "Undone By", readonly=True)
    undone_date = fields.Date("Undone On", readonly=True)

    @api.depends("kind", "contract_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for decision in self:
            decision.display_name = self.env._(
                "%(contract)s: %(kind)s from %(date)s",
                contract=decision.contract_id.name,
                kind=kinds.get(decision.kind),
                date=format_date(self.env, decision.date),
            )

    @api.model
    def _check_may_decide(self):
        """Refuse who is not an accountant.

        :raise AccessError: where the user may not close months
        """
        if not self.env["recurring.revenue.run"].has_access("write"):
            raise AccessError(self.env._("Only an accountant may decide how a contract is accounted for."))

    @api.model
    def _decide(self, contract, kind, date, reason, **values):
        """Record a decision and let it act on the obligations of the contract.

        :param contract: the contract, which the user may read
        :param str kind: see the field
        :param datetime.date date: the first day on which it counts
        :param str reason: why
        :param values: more values of the decision
        :return: the decision
        :raise UserError: saying what stands against it
        """
        self._check_may_decide()
        contract.check_access("read")
        # sudo: nobody writes decisions, contracts and obligations by hand; the right to decide was checked above
        decision = self.sudo().create(
            {
                "contract_id": contract.id,
                "kind": kind,
                "date": date,
                "reason": reason,
                "user_id": self.env.user.id,
                **values,
            }
        )
        getattr(decision, f"_apply_{kind}")()
        decision._tell(self.env._("%(decision)s. Reason: %(reason)s", decision=decision.display_name, reason=reason))
        return decision.with_env(self.env)

    def _tell(self, body):
        """Leave a note on the contract and on its allocation."""
        for record in (self.contract_id, self.contract_id.revenue_allocation_id):
            if record:
                record._message_log(body=body)

    def action_undo(self):
        """Take decisions back, as if they had not been taken; the next close books the difference.

        :raise UserError: where one is undone already, or something was built on it
        """
        self._check_may_decide()
        self.check_access("read")
        # sudo: as in _decide
        for decision in self.sudo().sorted("id", reverse=True):
            decision._check_can_undo()
            getattr(decision, f"_undo_{decision.kind}")()
            decision.write(
                {
                    "is_undone": True,
                    "undone_user_id": self.env.user.id,
                    "undone_date": decision.company_id._recurring_today(),
                }
            )
            decision._tell(self.env._("Undone: %(decision)s.", decision=decision.display_name))
        return True

    def _check_can_undo(self):
        """Refuse to undo what later changes were built on.

        :raise UserError: naming what must be undone first
        """
        self.ensure_one()
        if self.is_undone:
            raise UserError(self.env._("%(decision)s is undone already.", decision=self.display_name))
        obligations = self._get_obligations()
        later = obligations.change_ids.filtered(
            lambda change: (
                not change.is_undone and change.decision_id != self and change.id > self._get_last_change_id()
            )
        )
        if later:
            raise UserError(
                self.env._(
                    "%(decision)s cannot be undone: the obligations were changed afterwards by %(change)s. Undo that "
                    "first.",
                    decision=self.display_name,
                    change=later.sorted("id")[-1]._get_origin().display_name,
                )
            )

    def _get_obligations(self):
        """Return the obligations that the decision concerns."""
        return self.change_ids.obligation_id

    def _get_last_change_id(self):
        return max(self.change_ids.ids, default=0)

    def _prepare_change_origin(self):
        return super()._prepare_change_origin() | {"decision_id": self.id}

    def action_open_allocation(self):
        return self.contract_id.action_open_obligations()
