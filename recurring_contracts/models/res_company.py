from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "recurring.uplift.mixin"]

    def _recurring_today(self):
        """Return the current day in the company's own time zone.

        :rtype: datetime.date
        """
        self.ensure_one()
        tz = self.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))
