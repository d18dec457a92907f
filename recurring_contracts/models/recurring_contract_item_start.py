from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_date

from ..domain import ramp, replay
from ..domain.money import ZERO, to_decimal
from ..domain.periods import Grid


class RecurringContractItem(models.Model):
    """What is agreed at signature for later days: free periods, steps and instalments.

    All of it is journalled when the item starts, so that no engine needs to know of it.
    """

    _inherit = "recurring.contract.item"

    free_through = fields.Date(
        copy=False, help="The last day that is free of charge, besides the free periods: the later of both counts."
    )
    instalment_count = fields.Integer(
        "Instalments",
        help="Above 0, quantity times price less discount is a fixed total that is paid in so many instalments, one a "
        "billing period; the item ends with the last one and is no recurring revenue.",
    )
    step_ids = fields.One2many(
        "recurring.contract.step",
        "item_id",
        "Agreed Steps",
        copy=True,
        help="Prices, quantities and discounts of later days that are agreed from the start.",
    )

    @api.model
    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"free_through", "instalment_count"}

    @api.constrains("instalment_count", "step_ids", "free_periods", "free_through", "charge_type")
    def _check_instalments(self):
        for item in self:
            if item.instalment_count < 0:
                message = self.env._("%(item)s: the number of instalments cannot be negative.")
            elif item.instalment_count and (item.step_ids or item.free_through):
                message = self.env._("%(item)s is paid in instalments: it can have neither steps nor free days.")
            elif item.instalment_count and item.charge_type != "recurring":
                message = self.env._("%(item)s is charged otherwise: only a recurring item is paid in instalments.")
            else:
                continue
            raise ValidationError(message % {"item": item.display_name})

    def _get_mrr(self, terms):
        """Instalments of a fixed total are no recurring revenue."""
        return ZERO if self.instalment_count else super()._get_mrr(terms)

    def _prepare_instalment_terms(self, start, values):
        """Return what follows from instalments: each period in full, and the end with the last one.

        :param datetime.date start: the item's first day
        :param dict values: the values that the item is frozen with so far
        :rtype: dict
        :raise UserError: where the instalments last longer than the contract
        """
        self.ensure_one()
        if not self.instalment_count:
            return {}
        grid = Grid(
            values.get("anchor_date") or self.anchor_date,
            self._get_interval(),
            values.get("anchor_day", self.anchor_day),
        )
        period = grid.period_at(start)
        end = fields.Date.subtract(grid.period(period.index + self.instalment_count - 1).end, days=1)
        limit = self.contract_id.date_end
        if limit and end > limit:
            raise UserError(
                self.env._(
                    "%(item)s: the last instalment would cover days through %(end)s, but the contract ends on "
                    "%(limit)s. Agree on fewer instalments or on a longer term.",
                    item=self.display_name,
                    end=format_date(self.env, end),
                    limit=format_date(self.env, limit),
                )
            )
        return {"date_end": end, "proration": "none", "stub": "separate", "last_day_free": False, "renewable": False}

    def _get_agreed_events(self):
        """Return what the draft agrees on, as domain events in order of entry.

        :rtype: list[recurring_contracts.domain.replay.Event]
        """
        self.ensure_one()
        start, grid = self.date_start, self._get_grid()
        if self.instalment_count:
            rounding = to_decimal(self.currency_id.rounding)
            return ramp.instalment_events(start, self._get_current_terms(), grid, self.instalment_count, rounding)
        end = fields.Date.add(self.date_end, days=1) if self.date_end else None
        paid_from = start
        if self.charge_type == "recurring":
            paid_from = ramp.free_until(start, grid, self.free_periods, self.free_through, self.stub)
        return ramp.agreed_events(start, self._get_current_terms(), paid_from, self.step_ids._get_steps(start), end)

    def _prepare_start_event_values(self):
        """Return the values of the events that put the draft's terms in force."""
        self.ensure_one()
        return [
            self._prepare_event_values(event.kind, event.date, **self._prepare_agreed_values(event))
            for event in self._get_agreed_events()
        ]

    def _prepare_agreed_values(self, event):
        """Return the values of ``recurring.contract.event`` that a domain event stands for."""
        self.ensure_one()
        match event.kind:
            case replay.NEW:
                return {
                    "quantity": float(event.quantity),
                    "price_unit": float(event.price),
                    "discount": float(event.discount),
                    "tax_ids": [Command.set(event.taxes)],
                    "payer_id": self.contract_id._get_payer_on(event.date).id,
                }
            case replay.QUANTITY:
                return {"quantity": float(event.quantity)}
            case replay.PRICE:
                return {"price_unit": float(event.price)}
            case replay.DISCOUNT:
                return {"discount": float(event.discount)}
        return {}
