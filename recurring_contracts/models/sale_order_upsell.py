from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleOrder(models.Model):
    """An order that adds to a contract in force: its lines end with the contract and are billed with it."""

    _inherit = "sale.order"

    recurring_added_contract_id = fields.Many2one(
        "recurring.contract",
        "Adds To",
        check_company=True,
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', commercial_partner_id), ('currency_id', '=', currency_id), "
        "('state', 'in', ('active', 'suspended'))]",
        help="The lines join this contract: they end with it, and their billing periods are its own. "
        "Empty: the order makes a contract of its own.",
    )
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id", string="Commercial Entity")
    recurring_amendment_ids = fields.One2many("recurring.amendment", "order_id", "Amendments")

    @api.depends("recurring_added_contract_id")
    def _compute_recurring_plan_id(self):
        """What is added is sold under the contract's own plan."""
        result = super()._compute_recurring_plan_id()
        for order in self.filtered("recurring_added_contract_id"):
            order.recurring_plan_id = order.recurring_added_contract_id.plan_id
        return result

    @api.constrains("recurring_added_contract_id", "partner_id", "currency_id")
    def _check_recurring_added_contract(self):
        """Let only who may change a contract add to it, and only its customer in its currency."""
        for order in self.filtered("recurring_added_contract_id"):
            contract = order.recurring_added_contract_id
            # Constraints run with all rights; the user's own count here.
            contract.sudo(False).check_access("write")
            same_customer = contract.commercial_partner_id == order.partner_id.commercial_partner_id
            if not same_customer or contract.currency_id != order.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s cannot add to %(contract)s: it has another customer or currency.",
                        order=order.display_name,
                        contract=contract.display_name,
                    )
                )

    def _confirmation_error_message(self):
        error = super()._confirmation_error_message()
        contract = self.recurring_added_contract_id
        if error or not contract:
            return error
        start = self._get_recurring_date_start()
        if contract.state not in ("active", "suspended") or contract.date_end and contract.date_end < start:
            return self.env._(
                "%(contract)s is not in force on the first day of what %(order)s adds. Choose another "
                "contract or an earlier start, or let the order make its own.",
                contract=contract.display_name,
                order=self.name,
            )
        return False

    def _create_recurring_contract(self):
        """Add to the chosen contract by an amendment; see the method this extends."""
        if not self.recurring_added_contract_id:
            return super()._create_recurring_contract()
        # sudo: an order is also confirmed by its customer's signature or payment; what is added are
        # the lines of the order alone, to the contract that its salesperson chose.
        order = self.sudo()
        contract = order.recurring_added_contract_id
        lines = order._get_recurring_lines_to_add()
        start, plan = order._get_recurring_date_start(), order.recurring_plan_id
        items = self.env["recurring.contract.item"].sudo()
        items = items.create(
            [
                {"contract_id": contract.id, "date_start": start}
                | contract._prepare_added_item_values(plan, line.recurring_charge_type)
                | line._prepare_recurring_item_values()
                for line in lines
            ]
        )
        items._freeze_terms()
        events = [values for item in items for values in item._prepare_start_event_values()]
        events += order._prepare_recurring_change_event_values(start)
        if not events:
            return self.env["recurring.contract"]
        contract._amend("change", start, events, reason=order.name, order=order)
        order.write({"recurring_contract_id": contract.id, "recurring_date_start": start})
        return contract

    def _get_recurring_lines_to_add(self):
        """Return the lines that become items of the contract and have not yet.

        Hook: other lines may change what it has instead.
        """
        return self._get_lines_without_items()

    def _prepare_recurring_change_event_values(self, start):
        """Hook: return the events by which the order changes items that the contract has.

        :param datetime.date start: the order's first day
        :rtype: list[dict]
        """
        return []

    def _action_cancel(self):
        """Undo what the order added; the contract itself goes on."""
        for order in self.filtered("recurring_added_contract_id"):
            # sudo: who may cancel an order may undo what its confirmation added.
            amendments = order.sudo().recurring_amendment_ids.filtered(lambda a: not a.undone_by_id)
            amendments.filtered(lambda a: a.kind == "change").action_undo()
            made = amendments.event_ids.item_id.filtered(lambda i, order=order: i.sale_line_id.order_id == order)
            made._release_order_lines()
        return super()._action_cancel()
