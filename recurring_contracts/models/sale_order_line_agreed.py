from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ..domain import ramp
from ..domain.money import to_decimal
from ..domain.replay import replay
from ..domain.terms import Terms


class SaleOrderLine(models.Model):
    """What a contract line agrees on for later days: free periods, steps and instalments."""

    _inherit = "sale.order.line"

    recurring_free_periods = fields.Integer(
        "Free Periods",
        compute="_compute_recurring_free_periods",
        store=True,
        readonly=False,
        precompute=True,
        help="How many billing periods are free of charge at the beginning; the plan's by default. "
        "None where the order renews a contract or adds to one, unless you say so.",
    )
    recurring_free_through = fields.Date(
        "Free Through", copy=False, help="The last day that is free of charge, besides the free periods."
    )
    recurring_instalment_count = fields.Integer(
        "Instalments",
        help="Above 0, the line's amount is a fixed total that is paid in so many instalments, one a billing period.",
    )
    recurring_step_ids = fields.One2many(
        "recurring.contract.step",
        "sale_line_id",
        "Agreed Steps",
        copy=True,
        help="Prices, quantities and discounts of later days, such as another price from the second year on.",
    )
    recurring_agreed_note = fields.Char("Agreed for Later", compute="_compute_recurring_agreed_note")

    @api.depends(
        "recurring_charge_type",
        "order_id.recurring_plan_id",
        "order_id.recurring_added_contract_id",
        "recurring_origin_item_ids",
    )
    def _compute_recurring_free_periods(self):
        for line in self:
            order = line.order_id
            new = not order.recurring_added_contract_id and not line.recurring_origin_item_ids
            recurring = line.recurring_charge_type == "recurring"
            line.recurring_free_periods = order.recurring_plan_id.free_periods if new and recurring else 0

    @api.depends("recurring_free_periods", "recurring_free_through", "recurring_instalment_count", "recurring_step_ids")
    def _compute_recurring_agreed_note(self):
        for line in self:
            notes = []
            if line.recurring_instalment_count:
                notes.append(self.env._("%(count)s instalments", count=line.recurring_instalment_count))
            if line.recurring_free_periods:
                notes.append(self.env._("%(count)s free", count=line.recurring_free_periods))
            if line.recurring_free_through:
                notes.append(self.env._("free through a day"))
            if line.recurring_step_ids:
                notes.append(self.env._("%(count)s steps", count=len(line.recurring_step_ids)))
            line.recurring_agreed_note = ", ".join(notes)

    @api.constrains("recurring_free_periods", "recurring_instalment_count", "recurring_step_ids")
    def _check_recurring_agreed(self):
        for line in self:
            count = line.recurring_instalment_count
            if line.recurring_free_periods < 0 or count < 0:
                message = self.env._("%(line)s: free periods and instalments cannot be negative.")
            elif count and (line.recurring_step_ids or line.recurring_free_periods or line.recurring_free_through):
                message = self.env._("%(line)s is paid in instalments: it can have neither steps nor free periods.")
            elif count and line.recurring_charge_type != "recurring":
                message = self.env._("%(line)s is charged otherwise: only a recurring line is paid in instalments.")
            else:
                continue
            raise ValidationError(message % {"line": line.display_name})

    def action_recurring_agree(self):
        """Open what the line agrees on for later days."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Agreed for Later Days"),
            "res_model": "sale.order.line",
            "res_id": self.id,
            "views": [(self.env.ref("recurring_contracts.sale_order_line_view_form_agreed").id, "form")],
            "target": "new",
        }

    def _prepare_recurring_item_values(self):
        values = super()._prepare_recurring_item_values()
        values |= {
            "free_periods": self.recurring_free_periods,
            "free_through": self.recurring_free_through,
            "instalment_count": self.recurring_instalment_count,
            "step_ids": [Command.create(step._prepare_copy_values()) for step in self.recurring_step_ids],
        }
        return values

    def _prepare_recurring_successor_values(self):
        """The partial period in which a renewal begins is no beginning for the customer."""
        values = super()._prepare_recurring_successor_values()
        return values | {"stub": "separate"} if values else values

    def _get_recurring_segments(self, grid, start, end=None):
        """Return the terms over time of the item that the line becomes.

        :param Grid grid: its billing periods
        :param datetime.date start: its first day
        :param datetime.date end: the first day no longer in force, if one is agreed
        :rtype: list[recurring_contracts.domain.terms.Segment]
        """
        self.ensure_one()
        order, plan = self.order_id, self.order_id.recurring_plan_id
        terms = Terms(to_decimal(self.product_uom_qty), to_decimal(self.price_unit), to_decimal(self.discount))
        if self.recurring_instalment_count:
            currency = order.currency_id or order.company_id.currency_id
            rounding = to_decimal(currency.rounding)
            return replay(ramp.instalment_events(start, terms, grid, self.recurring_instalment_count, rounding))
        stub = "separate" if self.recurring_origin_item_ids else plan.stub
        paid_from = ramp.free_until(start, grid, self.recurring_free_periods, self.recurring_free_through, stub)
        return replay(ramp.agreed_events(start, terms, paid_from, self.recurring_step_ids._get_steps(start), end))
