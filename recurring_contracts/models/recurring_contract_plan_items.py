from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class RecurringContract(models.Model):
    """A contract entered by hand takes its items from the plan's template."""

    _inherit = "recurring.contract"

    has_plan_items_left = fields.Boolean(compute="_compute_has_plan_items_left")

    @api.depends("state", "approval_state", "plan_id.item_ids", "item_ids.plan_item_id", "renewal_fee_ids.plan_item_id")
    def _compute_has_plan_items_left(self):
        for contract in self:
            contract.has_plan_items_left = bool(contract._get_plan_items_left())

    @api.onchange("plan_id")
    def _onchange_plan_id(self):
        if self.plan_id and not self.item_ids and self.state == "draft":
            self.update(self._prepare_plan_item_values())

    def _get_plan_items_left(self):
        """Return the plan's items that a draft has not taken yet; optional ones are never taken.

        A contract whose items wait for its approval takes those of its order.
        """
        self.ensure_one()
        if self.state != "draft" or self._is_waiting_for_items():
            return self.env["recurring.plan.item"]
        items = self.plan_id.item_ids.filtered(lambda item: not item.is_optional)
        return items - self.item_ids.plan_item_id - self.renewal_fee_ids.plan_item_id

    def _prepare_plan_item_values(self):
        """Return the values by which the contract takes what is left of the plan's items.

        :rtype: dict
        """
        self.ensure_one()
        items = self._get_plan_items_left()
        fees = items.filtered(lambda item: item.role == "renewal_fee")
        return {
            "item_ids": [Command.create(item._prepare_contract_item_values(self)) for item in items - fees],
            "renewal_fee_ids": [Command.create(values) for values in self._prepare_renewal_fee_values(fees)],
        }

    def _prepare_renewal_fee_values(self, fees):
        """Return the values of the renewal fees that the contract agrees on.

        :param fees: ``recurring.plan.item`` in the role of renewal fees
        :rtype: list[dict]
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        day = self.date_start or company._recurring_today()
        currency = self.currency_id or company.currency_id
        lang = self.partner_id.lang
        return [
            fee.with_context(lang=lang)._prepare_renewal_fee_values(self.pricelist_id, currency, company, day)
            for fee in fees
        ]

    def action_add_plan_items(self):
        """Add the plan's items that a draft lacks.

        :raise UserError: where the contract is in force, or lacks none
        """
        for contract in self:
            if not contract._get_plan_items_left():
                raise UserError(
                    self.env._("%(contract)s has all items of its plan already.", contract=contract.display_name)
                )
            contract.write(contract._prepare_plan_item_values())
        return True


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    plan_item_id = fields.Many2one("recurring.plan.item", readonly=True, index="btree_not_null", ondelete="set null")

    @api.depends("plan_item_id")
    def _compute_price_unit(self):
        """A fixed price of the plan stands for the price list's."""
        result = super()._compute_price_unit()
        for item in self.filtered(lambda i: i.plan_item_id.price_source == "fixed"):
            contract = item.contract_id
            if contract.state == "draft" and not item.sale_line_id:
                company = contract.company_id
                day = contract.date_start or company._recurring_today()
                item.price_unit = item.plan_item_id._get_fixed_price(contract.currency_id, company, day)
        return result

    @api.depends("plan_item_id")
    def _compute_held(self):
        """What the plan sells as a deposit or a perpetual licence is one, whatever its product says."""
        result = super()._compute_held()
        for item in self.filtered(lambda i: i.contract_id.state == "draft" and i.charge_type == "one_time"):
            role = item.plan_item_id.role
            if role in ("deposit", "perpetual"):
                item.update({"is_deposit": role == "deposit", "perpetual": role == "perpetual"})
        return result
