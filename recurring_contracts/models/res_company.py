from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "recurring.uplift.mixin"]

    recurring_discount_limit = fields.Float(
        "Discount Limit (%)",
        digits="Discount",
        default=100.0,
        help="A recurring quotation with a higher discount needs a sales manager's approval. "
        "The strictest limit of plan, sales team and company counts.",
    )

    recurring_renewal_window_days = fields.Integer(
        "Renewal Window (Days)",
        default=90,
        help="How many days before a contract's end its renewal is prepared, for plans that do not say so themselves.",
    )

    _recurring_renewal_window_not_negative = models.Constraint(
        "CHECK(recurring_renewal_window_days >= 0)", "The renewal window cannot be negative."
    )

    def _recurring_today(self):
        """Return the current day in the company's own time zone.

        :rtype: datetime.date
        """
        self.ensure_one()
        tz = self.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))
