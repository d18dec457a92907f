from odoo import api, fields, models


class RecurringAmendmentEffect(models.TransientModel):
    """What a change would do, in a window of its own."""

    _name = "recurring.amendment.effect"
    _description = "Effect of an Amendment"

    effect = fields.Html(readonly=True, sanitize=False)

    @api.model
    def _open(self, effect):
        """Show what ``recurring.contract._get_effect`` returned.

        :rtype: dict
        """
        wizard = self.create({"effect": self.env["recurring.contract.amend"]._render_effect(effect)})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Billing Effect"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }
