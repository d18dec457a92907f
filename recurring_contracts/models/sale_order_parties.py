from odoo import fields, models


class SaleOrder(models.Model):
    """Who else takes part in what is sold; the contract takes it over."""

    _inherit = "sale.order"

    recurring_end_customer_id = fields.Many2one(
        "res.partner",
        "End Customer",
        check_company=True,
        index="btree_not_null",
        help="Who uses the service, where the customer buys it for somebody else.",
    )
    recurring_reseller_id = fields.Many2one(
        "res.partner", "Reseller", check_company=True, index="btree_not_null", help="Who sells to the customer."
    )
    recurring_distributor_id = fields.Many2one(
        "res.partner", "Distributor", check_company=True, index="btree_not_null", help="Who supplies the reseller."
    )

    def _prepare_recurring_contract_values(self, lines):
        parties = self.env["recurring.contract"]._get_party_fields()
        values = super()._prepare_recurring_contract_values(lines)
        return values | {name: self[order_name].id for name, order_name in parties.items()}
