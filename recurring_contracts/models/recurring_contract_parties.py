from odoo import api, fields, models


class RecurringContract(models.Model):
    """Who else takes part in a contract, beside its customer, invoice and service address."""

    _inherit = "recurring.contract"

    end_customer_id = fields.Many2one(
        "res.partner",
        check_company=True,
        tracking=True,
        index="btree_not_null",
        help="Who uses the service, where the customer buys it for somebody else.",
    )
    reseller_id = fields.Many2one(
        "res.partner",
        check_company=True,
        tracking=True,
        index="btree_not_null",
        help="Who sold the contract to the customer.",
    )
    distributor_id = fields.Many2one(
        "res.partner",
        check_company=True,
        tracking=True,
        index="btree_not_null",
        help="Who supplies the reseller.",
    )

    @api.model
    def _get_party_fields(self):
        """Return the order's fields that name further parties, by the contract's.

        :rtype: dict[str, str]
        """
        return {
            "end_customer_id": "recurring_end_customer_id",
            "reseller_id": "recurring_reseller_id",
            "distributor_id": "recurring_distributor_id",
        }

    def _prepare_renewal_order_values(self, segments):
        """A renewal names the parties that its contracts agree on."""
        values = super()._prepare_renewal_order_values(segments)
        for name, order_name in self._get_party_fields().items():
            party = self.mapped(name)
            values[order_name] = party.id if len(party) == 1 else False
        return values

    def action_upsell(self):
        action = super().action_upsell()
        parties = {f"default_{order_name}": self[name].id for name, order_name in self._get_party_fields().items()}
        return action | {"context": action["context"] | parties}
