from odoo import api, models
from odoo.exceptions import AccessError


class AccountMove(models.Model):
    """What ties an invoice to its billing is written by the engine only, whoever may edit invoices."""

    _inherit = "account.move"

    @api.model
    def _get_recurring_engine_fields(self):
        """Return the names of the fields that only the engine writes, with all rights."""
        return {"recurring_run_id", "recurring_rebilled"}

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_no_recurring_engine_fields(vals)
            defaults = {f"default_{name}" for name in self._get_recurring_engine_fields()}
            self = self.with_context(**dict.fromkeys(defaults & self.env.context.keys(), False))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_no_recurring_engine_fields(vals)
        return super().write(vals)

    @api.model
    def _check_no_recurring_engine_fields(self, vals):
        names = self._get_recurring_engine_fields() & vals.keys()
        if names:
            labels = sorted(self._fields[name].get_description(self.env)["string"] for name in names)
            raise AccessError(
                self.env._("%(fields)s of an invoice follows from billing and cannot be set.", fields=", ".join(labels))
            )
