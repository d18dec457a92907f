from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..domain import replay
from ..domain.money import to_decimal
from ..domain.quoting import first_amount, term_value
from ..domain.terms import Segment, Terms


class SaleOrderLine(models.Model):
    """A line that changes an item in force: its quantity is a difference, another product a swap."""

    _inherit = "sale.order.line"

    recurring_changed_item_id = fields.Many2one(
        "recurring.contract.item",
        "Changes",
        copy=False,
        index="btree_not_null",
        domain="[('contract_id', '=', parent.recurring_added_contract_id), ('charge_type', '!=', 'one_time')]",
        help="The item of the contract that this line changes. With the same product, the quantity is what comes "
        "on top, or goes where it is negative. Another product takes the item's place with this quantity.",
    )

    @api.constrains("recurring_changed_item_id")
    def _check_recurring_changed_item(self):
        """Let a line change items of its order's own contract only."""
        for line in self.filtered("recurring_changed_item_id"):
            if line.recurring_changed_item_id.contract_id != line.order_id.recurring_added_contract_id:
                raise ValidationError(
                    self.env._(
                        "%(item)s is no item of the contract that %(order)s adds to.",
                        item=line.recurring_changed_item_id.display_name,
                        order=line.order_id.display_name,
                    )
                )

    @api.onchange("recurring_changed_item_id")
    def _onchange_recurring_changed_item(self):
        item = self.recurring_changed_item_id
        if item and not self.product_id:
            self.product_id = item.product_id

    def _is_recurring_swap(self):
        self.ensure_one()
        item = self.recurring_changed_item_id
        return bool(item and self.product_id and self.product_id != item.product_id)

    def _get_recurring_changed_terms(self):
        """Return the terms on the order's first day of the item that is changed; empty if not in force."""
        self.ensure_one()
        # sudo: who reads an order may know what the item costs that it changes
        item = self.sudo().recurring_changed_item_id
        return item._get_terms_on(self._get_recurring_line_start()) or Terms()

    @api.depends("recurring_changed_item_id")
    def _compute_price_unit(self):
        """More or less of an item costs what the item costs."""
        result = super()._compute_price_unit()
        for line in self.filtered(lambda sol: sol.recurring_changed_item_id and not sol._is_recurring_swap()):
            price = float(line._get_recurring_changed_terms().price)
            line.price_unit = line.technical_price_unit = price
        return result

    @api.depends("recurring_changed_item_id")
    def _compute_discount(self):
        result = super()._compute_discount()
        for line in self.filtered(lambda sol: sol.recurring_changed_item_id and not sol._is_recurring_swap()):
            line.discount = float(line._get_recurring_changed_terms().discount)
        return result

    def _get_recurring_change_error(self, start):
        """Return why the line cannot change its item from a day on, or ``False``."""
        self.ensure_one()
        item, terms = self.recurring_changed_item_id, self._get_recurring_changed_terms()
        names = {"item": item.product_id.display_name, "date": format_date(self.env, start)}
        if not terms.quantity:
            return self.env._("%(item)s is not in force on %(date)s and cannot be changed then.", **names)
        quantity = to_decimal(self.product_uom_qty)
        if self._is_recurring_swap():
            if quantity <= 0:
                return self.env._("What takes the place of %(item)s needs a quantity above zero.", **names)
            return False
        if terms.quantity + quantity < 0:
            return self.env._("Nobody can give back more of %(item)s than there is on %(date)s.", **names)
        if (terms.price, terms.discount) != (to_decimal(self.price_unit), to_decimal(self.discount)):
            return self.env._(
                "%(item)s goes on at its own price and discount. Leave them as they are on the order, or "
                "amend the contract.",
                **names,
            )
        return False

    def _prepare_recurring_change_event_values(self, start):
        """Return the events by which the line changes its item, a swap's successor made.

        :param datetime.date start: the order's first day
        :rtype: list[dict]
        """
        self.ensure_one()
        item, day = self.recurring_changed_item_id, self.recurring_date_start or start
        terms, quantity = self._get_recurring_changed_terms(), to_decimal(self.product_uom_qty)
        if not self._is_recurring_swap():
            if terms.quantity + quantity == 0:
                return [item._prepare_event_values(replay.END, day)]
            return [item._prepare_event_values(replay.QUANTITY, day, quantity=float(quantity))]
        contract = item.contract_id
        values = {"contract_id": contract.id, "date_start": day}
        values |= contract._prepare_added_item_values(self.order_id.recurring_plan_id, self.recurring_charge_type)
        values |= self._prepare_recurring_item_values()
        values |= {"origin_item_id": item.id, "renewable": item.renewable, "date_end": item.date_end}
        if item._get_interval() == self.order_id.recurring_plan_id._get_interval():
            values |= {"anchor_date": item.anchor_date, "anchor_day": item.anchor_day}
        successor = item.create(values)
        successor._freeze_terms()
        return [item._prepare_event_values(replay.END, day), *successor._prepare_start_event_values()]

    def _get_recurring_swapped_segments(self):
        """Return what the item that a swap ends would have gone on to cost, as domain segments."""
        self.ensure_one()
        return [Segment(self._get_recurring_line_start(), None, self._get_recurring_changed_terms())]

    def _prepare_recurring_first_invoice_base_line(self):
        """The first invoice after a swap carries what the new product costs more or less."""
        line = super()._prepare_recurring_first_invoice_base_line()
        plan = self.order_id.recurring_plan_id
        if (
            not self._is_recurring_swap()
            or self.recurring_charge_type != "recurring"
            or plan.billing_timing != "advance"
        ):
            return line
        grid, _start, method, rounding = self._get_recurring_schedule()
        old = first_amount(grid, self._get_recurring_swapped_segments(), method, rounding, plan.stub == "merge")
        return self._prepare_base_line_for_taxes_computation(
            quantity=1.0, price_unit=line["price_unit"] - float(old), discount=0.0
        )

    def _get_recurring_term_value(self, end):
        """A swap is worth what the new product costs more or less than the old one."""
        value = super()._get_recurring_term_value(end)
        if not self._is_recurring_swap():
            return value
        grid, start, method, rounding = self._get_recurring_schedule()
        if start >= end:
            return value
        return value - term_value(grid, self._get_recurring_swapped_segments(), end, method, rounding)
