from odoo import api, fields, models
from odoo.fields import Command

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

    @api.depends("line_ids.mrr")
    def _compute_mrr(self):
        for snapshot in self:
            snapshot.mrr = sum(snapshot.line_ids.mapped("mrr"))
