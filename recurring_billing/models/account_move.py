from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date


class AccountMove(models.Model):
    _inherit = "account.move"

    recurring_run_id = fields.Many2one(
        "recurring.bill.run",
        "Billing Run",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
    )
    recurring_rebilled = fields.Boolean(
        readonly=True,
        copy=False,
        help="The invoice was cancelled and what it charged was billed elsewhere since.",
    )
    recurring_contract_count = fields.Integer(compute="_compute_recurring_contract_count")
    recurring_corrected_move_ids = fields.Many2many(
        "account.move",
        string="Corrects",
        compute="_compute_recurring_corrected_move_ids",
        help="The invoices that this credit note corrects.",
    )

    @api.depends("invoice_line_ids.recurring_contract_id")
    def _compute_recurring_contract_count(self):
        for move in self:
            move.recurring_contract_count = len(move.invoice_line_ids.recurring_contract_id)

    @api.depends("move_type", "reversed_entry_id", "invoice_line_ids.recurring_charge_ids")
    def _compute_recurring_corrected_move_ids(self):
        for move in self:
            corrected = self.env["account.move"]
            if move.move_type == "out_refund":
                # sudo: charges are closed to some who may read invoices
                charges = move.sudo().invoice_line_ids.recurring_charge_ids
                corrected = charges.corrected_charge_id.move_id.with_env(self.env) | move.reversed_entry_id
            move.recurring_corrected_move_ids = corrected.filtered(lambda m: m.name and m.name != "/").sorted("id")

    def _get_recurring_corrected_text(self):
        """Return number and date of each invoice that this credit note corrects, in the reader's language.

        :return: such as ``INV/2026/00001 (Jan 1, 2026)``; empty where none is corrected
        :rtype: str
        """
        self.ensure_one()
        return ", ".join(
            self.env._(
                "%(invoice)s (%(date)s)",
                invoice=move.name,
                date=format_date(self.env, move.invoice_date),
            )
            for move in self.recurring_corrected_move_ids
        )

    # === CRUD === #

    @api.model
    def _get_recurring_protected_fields(self):
        """Return the fields that stay as they are while an invoice carries charges.

        They are part of what the charges were computed for; the contract changes them.
        """
        return {"partner_id", "currency_id", "move_type", "company_id"}

    def write(self, vals):
        if vals.get("state") in ("draft", "posted"):
            self._check_recurring_not_rebilled()
        protected = self._get_recurring_protected_fields() & vals.keys()
        if protected:
            self._check_recurring_protected(protected, vals)
        result = super().write(vals)
        if vals.get("state") == "cancel":
            # sudo: charges are closed to users; that they are owed again follows from cancelling.
            self.sudo().invoice_line_ids.recurring_charge_ids._reopen()
        return result

    def _check_recurring_not_rebilled(self):
        for move in self:
            if move.recurring_rebilled and move.state == "cancel":
                raise UserError(
                    self.env._(
                        "%(invoice)s stays cancelled: what it charged was billed on another "
                        "invoice since. Bill the contract instead.",
                        invoice=move.display_name,
                    )
                )

    def _check_recurring_protected(self, names, vals):
        for move in self:
            changed = [name for name in names if self._field_will_change(move, vals, name)]
            # sudo: charges are closed to some who may edit invoices
            if changed and move.sudo().invoice_line_ids.recurring_charge_ids:
                labels = [self._fields[name].get_description(self.env)["string"] for name in changed]
                raise UserError(
                    self.env._(
                        "%(invoice)s bills contracts: %(fields)s follow from them. Amend the "
                        "contract, then delete this draft and bill again.",
                        invoice=move.display_name,
                        fields=", ".join(sorted(labels)),
                    )
                )

    # === ELECTRONIC INVOICES === #

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        """Extend with the service period, under the keys that Odoo's UBL documents read it from."""
        base_line = super()._prepare_product_base_line_for_taxes_computation(product_line)
        if product_line.recurring_date_start:
            base_line.setdefault("deferred_start_date", product_line.recurring_date_start)
            base_line.setdefault("deferred_end_date", product_line.recurring_date_end)
        return base_line

    def _prepare_edi_vals_to_export(self):
        """Extend with the service period of each line, under the keys that Odoo's CII documents read it from."""
        values = super()._prepare_edi_vals_to_export()
        for line_values in values["invoice_line_vals_list"]:
            line = line_values["line"]
            if line.recurring_date_start:
                line_values.setdefault("billing_start", line.recurring_date_start)
                line_values.setdefault("billing_end", line.recurring_date_end)
        return values

    # === ACTIONS === #

    def _get_recurring_action(self):
        """Return the action that opens these invoices."""
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice")
        action["context"] = {"create": False, "default_move_type": "out_invoice"}
        if len(self) == 1:
            return action | {
                "views": [(self.env.ref("account.view_move_form").id, "form")],
                "res_id": self.id,
            }
        return action | {"domain": [("id", "in", self.ids)]}

    def action_view_recurring_contracts(self):
        self.ensure_one()
        contracts = self.invoice_line_ids.recurring_contract_id
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_contract_action")
        if len(contracts) == 1:
            return action | {"views": [(False, "form")], "res_id": contracts.id, "context": {}}
        return action | {"domain": [("id", "in", contracts.ids)], "context": {}}
