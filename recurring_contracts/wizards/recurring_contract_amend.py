from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date


class RecurringContractAmend(models.TransientModel):
    """All that may be changed of a contract in force. What each choice does is in the parts of this model."""

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
            ("change", "Change, swap, add or remove items"),
            ("extend", "Move the end"),
            ("suspend", "Suspend"),
            ("resume", "Resume"),
            ("payer", "Change the invoice address"),
            ("transfer", "Transfer to another customer"),
            ("end", "Cancel the contract"),
        ],
        string="What Changes",
        required=True,
        default="change",
    )
    effective = fields.Selection(
        [
            ("today", "Today"),
            ("period", "Next billing period"),
            ("date", "Another day"),
        ],
        required=True,
        default="today",
        help="Fills in the day, which may also be entered: a later one, or one in the past.",
    )
    date = fields.Date(
        "Effective From",
        required=True,
        compute="_compute_date",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
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
    reason = fields.Char()
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
    is_previewed = fields.Boolean(readonly=True)
    effect = fields.Html(readonly=True, sanitize=False)

    @api.depends("contract_id", "effective")
    def _compute_date(self):
        for wizard in self:
            contract = wizard.contract_id
            today = (contract.company_id or self.env.company)._recurring_today()
            if wizard.effective == "period":
                wizard.date = contract._get_next_period_start(today)
            elif wizard.effective == "today" or not wizard.date:
                wizard.date = today

    @api.onchange("date")
    def _onchange_date(self):
        """A day that was entered is no longer the one that was filled in."""
        entered, choice = self.date, self.effective
        if choice == "date" or not entered:
            return
        self._compute_date()
        if self.date != entered:
            self.date, self.effective = entered, "date"

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
                    commands.append(Command.create(wizard._prepare_line_values(item, terms)))
            wizard.line_ids = commands

    def _prepare_line_values(self, item, terms):
        """Return the values of the line that shows an item at the terms of the effective day."""
        return {
            "item_id": item.id,
            "product_id": item.product_id.id,
            "quantity": float(terms.quantity),
            "price_unit": float(terms.price),
            "discount": float(terms.discount),
            "tax_ids": [Command.set(terms.taxes)],
        }

    @api.depends("line_ids.mrr_before", "line_ids.mrr_after", "action")
    def _compute_mrr(self):
        for wizard in self:
            before = sum(wizard.line_ids.mapped("mrr_before"))
            after = {
                "change": sum(wizard.line_ids.mapped("mrr_after")),
                "suspend": 0.0,
                "resume": sum(wizard.line_ids.mapped("mrr_resumed")),
                "transfer": 0.0,
                "end": 0.0,
            }
            wizard.mrr_before = before
            wizard.mrr_after = after.get(wizard.action, before)

    # === PREVIEW, CONFIRMATION === #

    def action_preview(self):
        """Show what the amendment does before it is made.

        :raise UserError: as the confirmation would
        """
        self.ensure_one()
        self._check()
        effect = self.contract_id._get_effect(self._try, self._get_date())
        self.write({"is_previewed": True, "effect": self._render_effect(effect)})
        return self._reopen()

    def action_back(self):
        """Go back to what is entered."""
        self.write({"is_previewed": False, "effect": False})
        return self._reopen()

    def action_confirm(self):
        """Journal the amendment.

        :raise UserError: where nothing would change, or the days make no sense
        """
        self.ensure_one()
        self._check()
        amendments = self._apply()
        for amendment in amendments:
            # sudo: a transfer also amends the new customer's contract, which may be another salesperson's
            reason = amendment.sudo().reason or amendment.sudo().close_reason_id.name
            amendment.contract_id.message_post(
                body=self.env._("%(amendment)s: %(reason)s", amendment=amendment.display_name, reason=reason)
                if reason
                else amendment.display_name
            )
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _render_effect(self, effect):
        """Return what an amendment does as HTML, in the user's language."""
        return Markup(self.env["ir.qweb"]._render("recurring_contracts.amendment_effect", {"effect": effect}))

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Amend Contract"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _try(self):
        """Make the amendment; return the contracts that it touches."""
        return self._apply().contract_id

    def _apply(self):
        """Make the amendment.

        :return: the ``recurring.amendment`` it comes to, of each contract that is touched
        """
        events = getattr(self, f"_prepare_{self.action}_event_values")()
        if not events:
            raise UserError(self._get_nothing_changed_message())
        return self.contract_id._amend(self.action, self._get_date(), events, reason=self.reason)

    def _get_date(self):
        """Return the first day on which the amendment makes a difference."""
        return self.date

    def _check(self):
        self.contract_id.check_access("write")
        self._check_reason()
        self._check_date()

    def _check_reason(self):
        if not self.reason:
            raise UserError(self.env._("Enter a reason: it is what the contract's history shows."))

    def _check_date(self):
        self._check_day(self.date)

    def _check_day(self, day):
        contract = self.contract_id
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
            "payer": self.env._("What is in force from that day on is invoiced to that address already."),
        }[self.action]

    def _prepare_change_event_values(self):
        """Return the events of edited, swapped and removed items, and of those added, which it makes."""
        known = self.line_ids.filtered("item_id")
        added = self.line_ids - known
        if known and not added and all(known.mapped("remove")):
            raise UserError(
                self.env._(
                    "Nothing would be left of %(contract)s. Choose to cancel the contract instead.",
                    contract=self.contract_id.display_name,
                )
            )
        events = [values for line in known for values in line._prepare_amendment_event_values()]
        swapped = known.filtered(lambda line: line._is_swapped() and not line.remove)
        events += [values for line in swapped for values in line._swap()]
        # sudo: users add items to drafts only; the caller may write the contract (checked before).
        items = self.env["recurring.contract.item"].sudo().create([line._prepare_added_item_values() for line in added])
        items._freeze_terms()
        return events + [values for item in items for values in item._prepare_start_event_values()]
