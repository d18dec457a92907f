from odoo import models


class RecurringObligation(models.Model):
    """Obligations whose percent complete comes from a project."""

    _inherit = "recurring.obligation"

    def _prepare_progress(self):
        replaced = self._get_progress_schedule()
        source = {"project_id": replaced.project_id.id, "progress_source": replaced.progress_source}
        return super()._prepare_progress() | (source if replaced else {})
