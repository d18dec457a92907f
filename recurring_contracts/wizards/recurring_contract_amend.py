from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..domain import replay


class RecurringContractAmend(models.TransientModel):
    _name = "recurring.contract.amend"
    _description = "Amend a Contract"

    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True)
    company_id = fields.Many2one(related="contract_id.company_id", related_sudo=False)
    currency_id = fields.Many2one(related="contract_id.currency_id", related_sudo=False)
    company_currency_id = fields.Many2one(
        related="contract_id.company_currency_id", related_sudo=False, string="Company Currency"
    )
    action = fields.Selection(
        [
            ("change", "Change, add or remove items"),
            ("extend", "Move the end"),
            ("suspend", "Suspend"),
            ("resume", "Resume"),
        ],
        string="What Changes",
        required=True,
        default="change",
    )
    date = fields.Date(
        "Effective From",
        required=True,
        default=lambda self: self.env.company._recurring_today(),
        help="First day of the new terms; it may lie in the past. What was billed for days since "
        "then is credited and charged anew by the next billing run.",
    )
    date_end = fields.Date(
        "New Last Day",
        compute="_compute_date_end",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="The last day in force.",
    )
    reason = fields.Char(required=True)
    line_ids = fields.One2many(
        "recurring.contract.amend.line",
        "wizard_id",
        "Items",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    mrr_before = fields.Monetary("MRR Before", currency_field="company_currency_id", compute="_compute_mrr")
    mrr_after = fields.Monetary(
        "MRR After",
        currency_field="company_currency_id",
        compute="_compute_mrr",
        help="MRR of the effective day, if nothing else is entered.",
    )

    @api.depends("contract_id")
    def _compute_date_end(self):
        for wizard in self:
            wizard.date_end = wizard.contract_id.date_end

    @api.depends("contract_id", "date")
    def _compute_line_ids(self):
        """List the items in force on the day, with the terms of that day."""
        for wizard in self:
            segments = wizard.contract_id.item_ids._get_segments()
            commands = [Command.clear()]
            for item in wizard.contract_id.item_ids:
                terms = item._get_terms_on(wizard.date, segments) if wizard.date else None
                if terms:
                    values = {
                        "item_id": item.id,
                        "product_id": item.product_id.id,
                        "quantity": float(terms.quantity),
                        "price_unit": float(terms.price),
                        "discount": float(terms.discount),
                    }
                    commands.append(Command.create(values))
            wizard.line_ids = commands

    @api.depends("line_ids.mrr_before", "line_ids.mrr_after", "action")
    def _compute_mrr(self):
        for wizard in self:
            before = sum(wizard.line_ids.mapped("mrr_before"))
            after = {
                "change": sum(wizard.line_ids.mapped("mrr_after")),
                "suspend": 0.0,
                "resume": sum(wizard.line_ids.mapped("mrr_resumed")),
            }
            wizard.mrr_before = before
            wizard.mrr_after = after.get(wizard.action, before)

    def action_confirm(self):
        """Journal the amendment.

        :raise UserError: where nothing would change, or the days make no sense
        """
        self.ensure_one()
        contract = self.contract_id
        contract.check_access("write")
        self._check_date()
        events = getattr(self, f"_prepare_{self.action}_event_values")()
        if not events:
            raise UserError(self._get_nothing_changed_message())
        amendment = contract._amend(self.action, self._get_date(), events, reason=self.reason)
        contract.message_post(
            body=self.env._(
                "%(amendment)s: %(reason)s",
                amendment=amendment.display_name,
                reason=self.reason,
            )
        )
        return {"type": "ir.actions.act_window_close"}

    def _get_date(self):
        """Return the first day on which the amendment makes a difference."""
        if self.action != "extend":
            return self.date
        first_day_out = fields.Date.add(self.date_end, days=1)
        old = self.contract_id.date_end
        return min(first_day_out, fields.Date.add(old, days=1)) if old else first_day_out

    def _check_date(self):
        contract = self.contract_id
        if self.action == "extend" and not self.date_end:
            raise UserError(self.env._("Choose the new last day of the contract."))
        day = self.date_end if self.action == "extend" else self.date
        if day < contract.date_start:
            raise UserError(
                self.env._(
                    "%(contract)s starts on %(date)s. Choose that day or a later one.",
                    contract=contract.display_name,
                    date=format_date(self.env, contract.date_start),
                )
            )

    def _get_nothing_changed_message(self):
        return {
            "change": self.env._("Nothing was changed. Edit a quantity, a price or a discount, or add an item."),
            "extend": self.env._("The contract ends on that day already."),
            "suspend": self.env._("Nothing is in force on that day that could be suspended."),
            "resume": self.env._("Nothing is suspended on that day."),
        }[self.action]

    def _prepare_change_event_values(self):
        """Return the events of edited and removed items, and of those added, which it makes."""
        events = [
            values for line in self.line_ids.filtered("item_id") for values in line._prepare_amendment_event_values()
        ]
        added = self.line_ids.filtered(lambda line: not line.item_id)
        # sudo: users add items to drafts only; the caller may write the contract (checked before).
        items = self.env["recurring.contract.item"].sudo().create([line._prepare_added_item_values() for line in added])
        items._freeze_terms()
        return events + [values for item in items for values in item._prepare_start_event_values()]

    def _prepare_extend_event_values(self):
        """Return the events that move the end of all items that last to the contract's end."""
        contract, events = self.contract_id, []
        old, new = contract.date_end, self.date_end
        if old == new:
            return events
        first_day_out = fields.Date.add(new, days=1)
        items = contract._get_items_that_end().filtered(lambda i: i.date_end == old)
        journal = items._get_journal()
        for item in items:
            end = max(first_day_out, item.date_start)
            events += item._prepare_extension_event_values(journal[item.id], end)
        return events

    def _prepare_suspend_event_values(self):
        return [
            line.item_id._prepare_event_values(replay.SUSPEND, self.date)
            for line in self.line_ids
            if line.item_id and not line._get_terms_before().suspended
        ]

    def _prepare_resume_event_values(self):
        return [
            line.item_id._prepare_event_values(replay.RESUME, self.date)
            for line in self.line_ids
            if line.item_id and line._get_terms_before().suspended
        ]
