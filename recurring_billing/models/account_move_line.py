from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    recurring_charge_ids = fields.One2many("recurring.charge", "invoice_line_id", "Charges", readonly=True)
    recurring_is_charged = fields.Boolean(
        compute="_compute_recurring_is_charged",
        help="The line carries a charge of a contract, which alone determines it.",
    )
    recurring_contract_id = fields.Many2one(
        "recurring.contract", "Contract", check_company=True, index="btree_not_null"
    )
    recurring_date_start = fields.Date("Service From", help="First day of the service that the line invoices.")
    recurring_date_end = fields.Date("Service To", help="Last day of the service that the line invoices.")

    _recurring_dates_in_order = models.Constraint(
        "CHECK(recurring_date_end >= recurring_date_start)",
        "A service period cannot end before it starts.",
    )

    @api.depends("recurring_charge_ids")
    def _compute_recurring_is_charged(self):
        # sudo: charges are closed to some who may edit invoices
        charged = set(self._origin.sudo().recurring_charge_ids.invoice_line_id.ids)
        for line in self:
            line.recurring_is_charged = line._origin.id in charged

    @api.constrains("recurring_date_start", "recurring_date_end")
    def _check_recurring_dates(self):
        for line in self:
            if bool(line.recurring_date_start) != bool(line.recurring_date_end):
                raise ValidationError(
                    self.env._(
                        "%(line)s: enter both the first and the last day of the service, or none.",
                        line=line.display_name,
                    )
                )

    # === CRUD === #

    @api.model
    def _get_recurring_protected_fields(self):
        """Return the fields that stay as they are while a line carries a charge."""
        return {
            "discount",
            "display_type",
            "move_id",
            "price_unit",
            "product_id",
            "product_uom_id",
            "quantity",
            "recurring_contract_id",
            "recurring_date_end",
            "recurring_date_start",
            "tax_ids",
        }

    def write(self, vals):
        protected = self._get_recurring_protected_fields() & vals.keys()
        if protected:
            # sudo: charges are closed to some who may edit invoices
            for line in self.sudo().recurring_charge_ids.invoice_line_id & self.sudo():
                self._check_recurring_protected(line, protected, vals)
        return super().write(vals)

    def _check_recurring_protected(self, line, names, vals):
        changed = [name for name in names if self.env["account.move"]._field_will_change(line, vals, name)]
        if changed:
            labels = [self._fields[name].get_description(self.env)["string"] for name in changed]
            raise UserError(
                self.env._(
                    "“%(line)s” bills %(contract)s: %(fields)s follow from the contract. Amend "
                    "it, or delete the line: it will be billed again with the next run.",
                    line=line.name,
                    contract=line.recurring_contract_id.display_name,
                    fields=", ".join(sorted(labels)),
                )
            )

    def unlink(self):
        """Owe the charges of deleted lines again."""
        # sudo: charges are closed to users; that they are owed again follows from the deletion.
        charges = self.sudo().recurring_charge_ids
        if charges:
            charges._release()
        return super().unlink()
