from odoo import api, fields, models
from odoo.exceptions import UserError


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

    @api.depends("invoice_line_ids.recurring_contract_id")
    def _compute_recurring_contract_count(self):
        for move in self:
            move.recurring_contract_count = len(move.invoice_line_ids.recurring_contract_id)

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
