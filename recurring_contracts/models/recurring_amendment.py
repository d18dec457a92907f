from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date


class RecurringAmendment(models.Model):
    _name = "recurring.amendment"
    _description = "Contract Amendment"
    _order = "id desc"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "recurring.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, precompute=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    partner_id = fields.Many2one(related="contract_id.partner_id")
    kind = fields.Selection(
        [
            ("new", "Start"),
            ("change", "Change"),
            ("extend", "New end"),
            ("suspend", "Suspension"),
            ("resume", "Resumption"),
            ("end", "End"),
            ("renewal", "Renewal"),
            ("cancel", "Cancellation"),
            ("periods", "Billing periods moved"),
            ("undo", "Undo"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Date("Effective", required=True, readonly=True)
    reason = fields.Char(readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null")
    event_ids = fields.One2many("recurring.contract.event", "amendment_id", "Events")
    undone_by_id = fields.Many2one("recurring.amendment", readonly=True)
    mrr_delta = fields.Monetary(
        "MRR Movement",
        currency_field="company_currency_id",
        compute="_compute_mrr_delta",
        help="By how much the amendment moves the MRR on its effective day.",
    )
    create_uid = fields.Many2one("res.users", "Entered By", readonly=True)
    create_date = fields.Datetime("Entered On", readonly=True)

    @api.depends("event_ids.mrr_delta", "date")
    def _compute_mrr_delta(self):
        for amendment in self:
            events = amendment.event_ids.filtered(lambda e, day=amendment.date: e.date == day)
            amendment.mrr_delta = sum(events.mapped("mrr_delta"))

    @api.depends("contract_id", "kind", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for amendment in self:
            amendment.display_name = self.env._(
                "%(contract)s: %(kind)s of %(date)s",
                contract=amendment.contract_id.name,
                kind=kinds.get(amendment.kind),
                date=format_date(self.env, amendment.date),
            )

    def write(self, vals):  # pylint: disable=method-required-super  # refuses always
        raise UserError(self.env._("The history of a contract cannot be changed. Enter an amendment."))

    def _write_protected(self, vals):
        """Write fields that follow from the journal; for the engine only."""
        # Passes by this class's own write(), which refuses them to everybody else.
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of a contract cannot be deleted. Undo the amendment."))

    @api.model
    def _record(self, vals_list):
        """Journal amendments with their events and replay the items they touch.

        :param list[dict] vals_list: values of amendments, events nested
        :return: the amendments
        """
        amendments = self.create(vals_list)
        amendments.event_ids.item_id._replay()
        return amendments

    def _get_last_undoable(self):
        """Return the newest amendment that may be undone, or nothing."""
        live = self.filtered(lambda a: a.kind not in ("undo", "cancel") and not a.undone_by_id)
        return live.sorted("id", reverse=True)[:1]

    def action_undo(self):
        """Make the exact inverse of the last amendment of a contract, as an event of its own.

        What was billed meanwhile is corrected by the next billing run.

        :raise UserError: where a later amendment stands, or the contract's start is meant
        """
        for amendment in self:
            contract = amendment.contract_id
            contract.check_access("write")
            if amendment != contract.amendment_ids._get_last_undoable():
                raise UserError(
                    self.env._(
                        "%(amendment)s is not the last amendment. Undo the later ones first.",
                        amendment=amendment.display_name,
                    )
                )
            if amendment.kind == "new":
                raise UserError(
                    self.env._(
                        "%(contract)s has only been started. Cancel its order, or end it.",
                        contract=contract.display_name,
                    )
                )
            # sudo: the journal is closed to users; the caller may write the contract.
            amendment.sudo()._undo()
        return True

    def _undo(self):
        self.ensure_one()
        undo = self._record(
            [
                {
                    "contract_id": self.contract_id.id,
                    "kind": "undo",
                    "date": self.date,
                    "reason": self.display_name,
                    "event_ids": [
                        Command.create(event._prepare_undo_values())
                        for event in self.event_ids.sorted("id", reverse=True)
                    ],
                }
            ]
        )
        self._write_protected({"undone_by_id": undo.id})
        if self.contract_id.terminated_by_id == self:
            self.contract_id._write_protected({"terminated_by_id": False})
        self.contract_id._refresh_caches()
        return undo
