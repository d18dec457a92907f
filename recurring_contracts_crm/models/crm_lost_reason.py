from odoo import fields, models


class CrmLostReason(models.Model):
    _inherit = "crm.lost.reason"

    recurring_close_reason_id = fields.Many2one(
        "recurring.close.reason",
        "Contract Close Reason",
        help="What a contract says when its renewal is lost for this reason. Empty: the close reason "
        "of the same name, which is made where there is none.",
    )

    def _get_recurring_close_reason(self):
        """Return the close reason of contracts that stands for this reason.

        :rtype: recurring.close.reason
        """
        self.ensure_one()
        if not self.recurring_close_reason_id:
            # sudo: whoever loses an opportunity may not keep the lists; the name is the reason's own.
            Reason = self.env["recurring.close.reason"].sudo().with_context(active_test=False, lang="en_US")
            name = self.sudo().with_context(lang="en_US").name
            reason = Reason.search([("name", "=", name)], limit=1)
            self.sudo().recurring_close_reason_id = reason or Reason.create({"name": name, "in_portal": False})
        return self.recurring_close_reason_id
