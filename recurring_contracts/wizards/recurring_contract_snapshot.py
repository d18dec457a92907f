from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date

from ..domain import replay


class RecurringContractSnapshot(models.TransientModel):
    """A contract as of any day, as it was known on any other: a replay of its journal."""

    _name = "recurring.contract.snapshot"
    _description = "Contract as of a Day"

    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="contract_id.company_currency_id", related_sudo=False, string="Company Currency"
    )
    date = fields.Date("In Force On", required=True, default=lambda self: self.env.company._recurring_today())
    known_on = fields.Date(
        "As Known On",
        required=True,
        default=lambda self: self.env.company._recurring_today(),
        help="What was entered after this day is left out.",
    )
    line_ids = fields.One2many(
        "recurring.contract.snapshot.line",
        "snapshot_id",
        "Items",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
    )
    mrr = fields.Monetary("MRR", currency_field="company_currency_id", compute="_compute_mrr")
    message = fields.Char(compute="_compute_message", compute_sudo=False)

    @api.depends("contract_id", "date", "known_on")
    def _compute_line_ids(self):
        for snapshot in self:
            items = snapshot.contract_id.item_ids
            journal = items._get_journal(known_on=snapshot.known_on or None)
            commands = [Command.clear()]
            for item in items:
                segments = replay.replay(journal[item.id])
                terms = snapshot.date and item._get_terms_on(snapshot.date, {item.id: segments})
                if terms:
                    commands.append(Command.create(snapshot._prepare_line_values(item, terms)))
            snapshot.line_ids = commands

    def _prepare_line_values(self, item, terms):
        """Return the values of the line that shows an item at some terms."""
        return {
            "item_id": item.id,
            "quantity": float(terms.quantity),
            "price_unit": float(terms.price),
            "discount": float(terms.discount),
            "payer_id": terms.payer,
            "suspended": terms.suspended,
            "mrr": float(item._get_mrr(terms)),
        }

    @api.depends("contract_id", "date", "known_on")
    def _compute_message(self):
        for snapshot in self:
            snapshot.message = snapshot._get_message() if snapshot.date else False

    def _get_message(self):
        """Say why nothing is in force on the day, and what is not decided yet of days to come."""
        contract = self.contract_id
        journal = contract.item_ids._get_journal(known_on=self.known_on or None)
        segments = [segment for item in contract.item_ids for segment in replay.replay(journal[item.id])]
        if not segments:
            return self.env._("Nothing had been entered by then.")
        start = min(segment.start for segment in segments)
        if self.date < start:
            return self.env._("The contract starts on %(date)s.", date=format_date(self.env, start))
        ends = [segment.end for segment in segments]
        if not all(ends) or self.date < max(ends):
            return False
        end = format_date(self.env, fields.Date.subtract(max(ends), days=1))
        if contract.renewed_into_id:
            return self.env._(
                "The contract ends on %(date)s and was renewed into %(next)s.",
                date=end,
                # sudo: only the number of what the reader's own contract became
                next=contract.sudo().renewed_into_id.name,
            )
        if contract.renewal_state in ("planned", "due", "progress"):
            return self.env._("The contract ends on %(date)s. Whether it is renewed is not decided yet.", date=end)
        return self.env._("The contract ends on %(date)s.", date=end)

    @api.depends("line_ids.mrr")
    def _compute_mrr(self):
        for snapshot in self:
            snapshot.mrr = sum(snapshot.line_ids.mapped("mrr"))
