from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    recurring_revenue_rule_id = fields.Many2one(
        "recurring.revenue.rule",
        "Revenue Rule",
        ondelete="restrict",
        check_company=True,
        help="How its revenue is recognised over the service period of an invoice line. "
        "Empty: as in the product's category, else as the company has chosen.",
    )

    def _get_recurring_revenue_rule(self, company):
        """Return the nearest rule: the product's, its categories', the company's.

        :param company: the company that invoices
        """
        return (
            self.recurring_revenue_rule_id
            or self.categ_id._get_recurring_revenue_rule()
            or company._get_recurring_setting("recurring_revenue_rule_id")
        )
