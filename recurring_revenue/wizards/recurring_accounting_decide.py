from markupsafe import Markup

from odoo import api, fields, models

from ..models.recurring_contract_accounting_term import TERM_HELP, TERMS


class RecurringAccountingDecide(models.TransientModel):
    """Asks an accountant for a decision on a contract, and shows first what it does to revenue."""

    _name = "recurring.accounting.decide"
    _description = "Decide How a Contract Is Accounted For"

    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True)
    kind = fields.Selection(
        lambda self: self.env["recurring.accounting.decision"]._fields["kind"]._description_selection(self.env),
        required=True,
        readonly=True,
    )
    date = fields.Date("Effective", required=True, help="The first day on which it counts.")
    accounting_term = fields.Selection(TERMS, help=TERM_HELP)
    accounting_term_end = fields.Date("Bound Until", help="The last day before the customer may leave.")
    reason = fields.Text(required=True)
    is_previewed = fields.Boolean(readonly=True)
    effect = fields.Html(readonly=True, sanitize=False)

    @api.model
    def _open(self, contract, kind):
        """Return the action that asks for a decision of a kind."""
        contract.ensure_one()
        self.env["recurring.accounting.decision"]._check_may_decide()
        values = {
            "default_contract_id": contract.id,
            "default_kind": kind,
            "default_date": self._get_default_date(contract, kind),
            "default_accounting_term": contract.accounting_term,
            "default_accounting_term_end": contract.accounting_term_end,
        }
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_accounting_decide_action")
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return action | {"name": kinds[kind], "context": values}

    @api.model
    def _get_default_date(self, contract, kind):
        today = contract.company_id._recurring_today()
        if kind == "basis":
            first_day = contract.company_id._get_recurring_first_open_day()
            today = first_day if first_day and first_day <= today else today.replace(day=1)
        return max(today, contract.date_start)

    def action_preview(self):
        """Show what the decision does, without taking it.

        :raise UserError: as the decision would
        """
        self.ensure_one()
        entries = []

        def decide():
            decision = self._decide()
            entries.extend(decision._get_entry_lines())
            return decision.contract_id

        effect = self.contract_id._get_effect(decide, self.date) | {"entries": entries}
        self.write({"is_previewed": True, "effect": self._render_effect(effect)})
        return self._reopen()

    def action_back(self):
        """Go back to what is entered."""
        self.write({"is_previewed": False, "effect": False})
        return self._reopen()

    def action_confirm(self):
        self.ensure_one()
        decision = self._decide()
        return decision.action_open_allocation()

    def _decide(self):
        """Take the decision.

        :return: the ``recurring.accounting.decision``
        """
        return self.env["recurring.accounting.decision"]._decide(
            self.contract_id, self.kind, self.date, self.reason, **self._prepare_decision_values()
        )

    def _prepare_decision_values(self):
        """Return what the decision has of its kind."""
        if self.kind != "term":
            return {}
        return {
            "term_before": self.contract_id.accounting_term,
            "term_end_before": self.contract_id.accounting_term_end,
            "term_after": self.accounting_term,
            "term_end_after": self.accounting_term == "date" and self.accounting_term_end,
        }

    def _render_effect(self, effect):
        effect |= {"hides_mrr": True, "billing": None}
        return Markup(self.env["ir.qweb"]._render("recurring_contracts.amendment_effect", {"effect": effect}))

    def _reopen(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": kinds[self.kind],
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
