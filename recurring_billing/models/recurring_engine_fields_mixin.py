from odoo import api, models
from odoo.exceptions import AccessError


class RecurringEngineFieldsMixin(models.AbstractModel):
    """Keeps what only buttons and the engine decide from being written by other callers of the API.

    A read-only field is so on screens alone: whoever may write a record may write it through the API. The
    engine works with all rights, after checking the user's own.
    """

    _name = "recurring.engine.fields.mixin"
    _description = "Fields That Only the Engine Writes"

    @api.model
    def _get_engine_fields(self):
        """Return the names of the fields that only the engine writes. Hook: each model says which."""
        return set()

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        for vals in vals_list:
            self._check_no_engine_fields(vals)
        # Defaults of the context are values that a caller chose as well.
        names = {f"default_{name}" for name in self._get_engine_fields()}
        context = {key: value for key, value in self.env.context.items() if key not in names}
        records = self.with_context(context)  # pylint: disable=context-overridden
        return super(RecurringEngineFieldsMixin, records).create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_no_engine_fields(vals)
        return super().write(vals)

    @api.model
    def _check_no_engine_fields(self, vals):
        """Refuse values of fields that only the engine writes.

        :raise AccessError: naming them
        """
        names = self._get_engine_fields() & vals.keys()
        if names:
            labels = sorted(self._fields[name].get_description(self.env)["string"] for name in names)
            raise AccessError(
                self.env._(
                    "%(model)s: %(fields)s cannot be set directly. Use the buttons instead.",
                    model=self.env["ir.model"]._get(self._name).name,
                    fields=", ".join(labels),
                )
            )
