from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..domain.money import to_decimal
from ..domain.periods import Grid, Interval
from ..domain.ramp import Step
from .recurring_billing_terms import BILLING_UNITS


class RecurringContractStep(models.Model):
    """A price, quantity or discount of a later day that is agreed when the item is sold."""

    _name = "recurring.contract.step"
    _description = "Agreed Step"
    _order = "date, id"
    _check_company_auto = True

    sale_line_id = fields.Many2one("sale.order.line", "Order Line", index="btree_not_null", ondelete="cascade")
    item_id = fields.Many2one("recurring.contract.item", index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, precompute=True)
    after_count = fields.Integer("After", default=1, help="How long after the item's first day the value holds.")
    after_unit = fields.Selection(BILLING_UNITS, "Unit of Time", required=True, default="year")
    date = fields.Date("Or From", help="The first day on which the value holds, instead of a time after the start.")
    kind = fields.Selection(
        [("price", "Unit price"), ("quantity", "Quantity"), ("discount", "Discount (%)")],
        "What Changes",
        required=True,
        default="price",
    )
    value = fields.Float("New Value", digits=0, required=True)

    _of_line_or_item = models.Constraint(
        "CHECK((sale_line_id IS NULL) != (item_id IS NULL))", "A step belongs to an order line or to a contract item."
    )

    @api.depends("sale_line_id.company_id", "item_id.company_id")
    def _compute_company_id(self):
        for step in self:
            step.company_id = step.sale_line_id.company_id or step.item_id.company_id

    @api.depends("kind", "value", "date", "after_count", "after_unit")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for step in self:
            step.display_name = f"{kinds.get(step.kind)}: {step.value:g}"

    @api.constrains("after_count", "date", "kind", "value")
    def _check_step(self):
        for step in self:
            if not step.date and step.after_count < 1:
                message = self.env._("%(step)s: say after how long, or from which day, it holds.")
            elif step.kind == "discount" and not 0 <= step.value <= 100:
                message = self.env._("%(step)s: a discount lies between 0 and 100 %%.")
            elif step.kind == "quantity" and step.value < 0:
                message = self.env._("%(step)s: a quantity cannot be negative.")
            else:
                continue
            raise ValidationError(message % {"step": step.display_name})

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps._check_draft()
        return steps

    def write(self, vals):
        self._check_draft()
        result = super().write(vals)
        self._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        self._check_draft()

    def _check_draft(self):
        """Refuse what would change nothing: the steps of an item in force are journalled already.

        :raise UserError: naming the item
        """
        for item in self.item_id:
            if item.contract_id.state != "draft" and not self.env.su:
                raise UserError(
                    self.env._(
                        "%(item)s is in force and its steps are part of its history. Use Amend to change them.",
                        item=item.display_name,
                    )
                )

    def _get_steps(self, start):
        """Return the steps of one item as domain ``Step``.

        :param datetime.date start: the item's first day
        :rtype: list[Step]
        """
        return [
            Step(
                step.date or Grid(start, Interval(step.after_unit, step.after_count)).boundary(1),
                step.kind,
                to_decimal(step.value),
            )
            for step in self
        ]

    def _prepare_copy_values(self):
        """Return the values of the same step elsewhere, such as on the item that an order line becomes."""
        self.ensure_one()
        return {name: self[name] for name in ("after_count", "after_unit", "date", "kind", "value")}
