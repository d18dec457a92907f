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
            ("payer", "Invoice address"),
            ("transfer", "Transfer"),
            ("end", "Cancellation"),
            ("renewal", "Renewal"),
            ("periods", "Billing periods moved"),
            ("cancel", "Taken back"),
            ("undo", "Undo"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Date("Effective", required=True, readonly=True)
    reason = fields.Char(readonly=True)
    close_reason_id = fields.Many2one("recurring.close.reason", readonly=True, ondelete="restrict")
    counterpart_id = fields.Many2one(
        "recurring.amendment",
        readonly=True,
        help="The same transfer in the other contract. Both are undone together.",
    )
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

    def _stands(self):
        """Tell whether the amendment counts: it is no undo, and was not undone."""
        self.ensure_one()
        return self.kind != "undo" and not self.undone_by_id

    def _get_last_undoable(self):
        """Return the newest amendment that may be undone, or nothing."""
        live = self.filtered(lambda a: a.kind not in ("undo", "cancel") and not a.undone_by_id)
        return live.sorted("id", reverse=True)[:1]

    def action_undo(self):
        """Make the exact inverse of the last amendment of a contract, as an event of its own.

        A transfer is undone in both contracts. What was billed meanwhile is corrected by the next
        billing run.

        :raise UserError: where a later amendment stands, or the contract's start is meant
        """
        for amendment in self:
            # sudo: only to find the other contract; it is checked as this one is.
            pair = amendment + amendment.sudo().counterpart_id.with_env(self.env)
            pair.contract_id.check_access("write")
            pair._check_can_undo()
            # sudo: the journal is closed to users; the caller may write the contracts.
            pair.sudo()._undo()
        return True

    def _check_can_undo(self):
        for amendment in self:
            contract = amendment.contract_id
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

    def _undo(self):
        undos = self._record([amendment._prepare_undo_values() for amendment in self])
        for amendment, undo in zip(self, undos, strict=True):
            amendment._write_protected({"undone_by_id": undo.id})
        if len(undos) > 1:
            undos[0]._write_protected({"counterpart_id": undos[1].id})
            undos[1]._write_protected({"counterpart_id": undos[0].id})
        self.contract_id._refresh_closing()
        self.contract_id._refresh_caches()
        self.contract_id._take_back_untransferred()
        return undos

    def _prepare_undo_values(self):
        """Return the values of the amendment that undoes this one."""
        self.ensure_one()
        return {
            "contract_id": self.contract_id.id,
            "kind": "undo",
            "date": self.date,
            "reason": self.display_name,
            "event_ids": [
                Command.create(event._prepare_undo_values()) for event in self.event_ids.sorted("id", reverse=True)
            ],
        }
