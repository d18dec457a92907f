from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleOrder(models.Model):
    _inherit = "sale.order"

    recurring_plan_id = fields.Many2one(
        "recurring.plan",
        check_company=True,
        compute="_compute_recurring_plan_id",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Confirming the order makes a contract under this plan, of all lines whose product belongs to a contract.",
    )
    recurring_date_start = fields.Date(
        "Contract Start",
        copy=False,
        help="First day in force. Empty: the day of confirmation.",
    )
    recurring_contract_id = fields.Many2one(
        "recurring.contract",
        "Contract",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
    )

    @api.depends("sale_order_template_id")
    def _compute_recurring_plan_id(self):
        for order in self:
            template_plan = order.sale_order_template_id.recurring_plan_id
            order.recurring_plan_id = template_plan or order.recurring_plan_id

    # === CONFIRMATION === #

    def _confirmation_error_message(self):
        error = super()._confirmation_error_message()
        if error:
            return error
        if self.recurring_plan_id and not self.order_line.filtered("recurring_charge_type"):
            return self.env._(
                "%(order)s has a recurring plan but no line that belongs to a contract. Add one, or remove the plan.",
                order=self.name,
            )
        if not self.recurring_plan_id and self.order_line.product_id.filtered(
            lambda product: product.recurring_charge_type in ("recurring", "usage")
        ):
            return self.env._(
                "%(order)s sells recurring products. Choose the recurring plan first.",
                order=self.name,
            )
        return False

    def _action_confirm(self):
        """Make the contract of each order that has a plan; once, in whatever way it is confirmed."""
        result = super()._action_confirm()
        for order in self:
            order.with_company(order.company_id)._create_recurring_contract()
        return result

    def _create_recurring_contract(self):
        """Make and start the order's contract, of those lines that have none yet.

        :return: the contract, or an empty recordset where there is nothing to make
        """
        self.ensure_one()
        # sudo: an order is also confirmed by its customer's signature or payment; the values are
        # those of the order alone, which whoever confirms it has access to.
        order = self.sudo()
        lines = order._get_lines_without_items()
        if not lines:
            return self.env["recurring.contract"]
        contract = self.env["recurring.contract"].sudo().create(order._prepare_recurring_contract_values(lines))
        order.write({"recurring_contract_id": contract.id, "recurring_date_start": contract.date_start})
        order._start_recurring_contract(contract)
        contract.message_post_with_source(
            "mail.message_origin_link",
            render_values={"self": contract, "origin": order},
            subtype_xmlid="mail.mt_note",
        )
        return contract

    def _start_recurring_contract(self, contract):
        """Put the contract that the order made in force.

        Hook: other rules about when a contract starts extend it.

        :param contract: the draft, with all rights
        """
        self.ensure_one()
        contract._start()

    def _get_lines_without_items(self):
        """Return the lines that belong to a contract and have made no item yet.

        Options that the customer did not choose make none.
        """
        return self.order_line.filtered(
            lambda line: (
                line.recurring_charge_type
                and not line.recurring_item_ids
                and (line.product_uom_qty or not line._is_line_optional())
            )
        )

    def _prepare_recurring_contract_values(self, lines):
        """Return the values of the contract that this order makes, its items nested.

        :param lines: the order lines that become items
        :rtype: dict
        """
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "pricelist_id": self.pricelist_id.id,
            "payment_term_id": self.payment_term_id.id,
            "payment_method_line_id": self.preferred_payment_method_line_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "journal_id": self.journal_id.id,
            "client_order_ref": self.client_order_ref,
            "user_id": self.user_id.id,
            "team_id": self.team_id.id,
            "plan_id": self.recurring_plan_id.id,
            "date_start": self._get_recurring_date_start(),
            "note": self.note,
            "item_ids": [Command.create(line._prepare_recurring_item_values()) for line in lines],
        }

    # === CANCELLING === #

    def _action_cancel(self):
        """Take back the contracts that the orders made; refused where something was billed."""
        # sudo: who may cancel an order may take back what its confirmation made.
        contracts = self._get_recurring_contracts_to_cancel().sudo()
        for contract in contracts:
            contract._check_can_cancel()
            contract._cancel()
        return super()._action_cancel()

    def _get_recurring_contracts_to_cancel(self):
        """Return the contracts whose start these very orders made."""
        # sudo: the journal says whose order made a contract, whatever the link on the order says.
        starts = self.sudo().recurring_contract_id.amendment_ids.filtered(
            lambda amendment: amendment.kind == "new" and amendment.order_id in self
        )
        return starts.contract_id.filtered(lambda contract: contract.state != "cancelled")

    # === ODOO'S OWN INVOICING === #

    def _get_invoiceable_lines(self, final=False):
        """Leave the lines of contracts to the contract's own billing."""
        lines = super()._get_invoiceable_lines(final=final)
        return lines.filtered(lambda line: not line.recurring_charge_type)

    def _force_lines_to_invoice_policy_order(self):
        result = super()._force_lines_to_invoice_policy_order()
        for line in self.order_line.filtered("recurring_charge_type"):
            line.qty_to_invoice = 0.0
        return result

    def _compute_invoice_status(self):
        """An order that sells nothing but contract items leaves nothing to invoice."""
        result = super()._compute_invoice_status()
        for order in self.filtered(lambda o: o.invoice_status == "invoiced"):
            lines = order.order_line.filtered(lambda line: not line.display_type)
            if lines and all(line.recurring_charge_type for line in lines):
                order.invoice_status = "no"
        return result

    def action_view_recurring_contract(self):
        self.ensure_one()
        if not self.recurring_contract_id:
            raise UserError(self.env._("%(order)s has made no contract yet.", order=self.name))
        return {
            "type": "ir.actions.act_window",
            "res_model": "recurring.contract",
            "res_id": self.recurring_contract_id.id,
            "view_mode": "form",
        }
