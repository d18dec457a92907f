from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..domain.money import to_decimal
from ..domain.periods import MovedGrid
from ..domain.quoting import period_amount


class RecurringContractPeriods(models.TransientModel):
    _name = "recurring.contract.periods"
    _description = "Move Billing Periods"

    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True)
    commercial_partner_id = fields.Many2one(related="contract_id.commercial_partner_id", related_sudo=False)
    company_id = fields.Many2one(related="contract_id.company_id", related_sudo=False)
    target = fields.Selection(
        [("day", "On a day of the month"), ("contract", "With those of another contract")],
        string="Periods Begin",
        required=True,
        default="day",
    )
    billing_day = fields.Integer(
        "Day of the Month",
        default=lambda self: self._default_billing_day(),
        help="31 is the last day of each month. Lines billed by days or weeks keep their days.",
    )
    other_contract_id = fields.Many2one(
        "recurring.contract",
        domain="[('commercial_partner_id', '=', commercial_partner_id), ('company_id', '=', company_id), "
        "('id', '!=', contract_id), ('state', 'in', ('active', 'suspended'))]",
    )
    date = fields.Date(
        "Not Before",
        required=True,
        default=lambda self: self.env.company._recurring_today(),
        help="Each line moves with its first billing period that begins on or after this day and is not billed yet.",
    )
    reason = fields.Char(required=True)
    line_ids = fields.One2many("recurring.contract.periods.line", "wizard_id", compute="_compute_line_ids")

    @api.model
    def _default_billing_day(self):
        contract = self.env["recurring.contract"].browse(self.env.context.get("default_contract_id"))
        return contract.partner_id.recurring_billing_day or 1

    @api.depends("contract_id", "target", "billing_day", "other_contract_id", "date")
    def _compute_line_ids(self):
        for wizard in self:
            values = wizard._get_moves() if wizard.date else []
            wizard.line_ids = [fields.Command.clear()] + [
                fields.Command.create(wizard._prepare_line_values(item, day, grid)) for item, day, grid in values
            ]

    def _get_moves(self):
        """Return what moves: ``(item, day of the move, new Grid)``.

        :rtype: list[tuple]
        """
        self.ensure_one()
        moves = []
        for item in self.contract_id.item_ids.filtered(
            lambda i: i.charge_type != "one_time" and not i.instalment_count
        ):
            other = self._get_other_item(item)
            known = other if self.target == "contract" else 1 <= self.billing_day <= 31
            day = item._get_move_day(self.date)
            if not known or item.date_end and item.date_end < day:
                continue
            grid = item._get_aligned_grid(day, self.billing_day, other)
            if grid:
                moves.append((item, day, grid))
        return moves

    def _get_other_item(self, item):
        """Return the item of the other contract that ``item`` aligns with, of the same period where there is one."""
        items = self.other_contract_id.item_ids if self.target == "contract" else self.env["recurring.contract.item"]
        items = items.filtered(lambda i: i.charge_type == "recurring" and not i.instalment_count)
        return (items.filtered(lambda i: i._get_interval() == item._get_interval()) or items)[:1]

    def _prepare_line_values(self, item, day, grid):
        """Return what the screen shows of one move."""
        period = grid.period_at(day)
        segments = item._get_segments()[item.id]
        later = [segment for segment in segments if segment.end is None or segment.end > day]
        rounding = to_decimal(item.currency_id.rounding)
        amount = 0.0
        if period.start < day and later and item.charge_type == "recurring":
            clipped = MovedGrid(grid, day, grid)
            amount = float(period_amount(clipped, clipped.period_at(day), later, item.proration, rounding))
        return {
            "item_id": item.id,
            "date": day,
            "date_next": period.stop if period.start < day else day,
            "amount": amount,
        }

    def action_confirm(self):
        """Journal the move of each line, as one amendment.

        :raise UserError: where nothing would move
        """
        self.ensure_one()
        contract = self.contract_id
        contract.check_access("write")
        moves = self._get_moves()
        if not moves:
            raise UserError(
                self.env._(
                    "No billing period of %(contract)s would move. Choose another day, or a contract whose periods "
                    "begin on other days.",
                    contract=contract.display_name,
                )
            )
        events = [item._prepare_anchor_event_values(day, grid) for item, day, grid in moves]
        amendment = contract._amend("periods", min(day for _item, day, _grid in moves), events, reason=self.reason)
        contract.message_post(
            body=self.env._(
                "Billing periods move on %(date)s: %(reason)s",
                date=format_date(self.env, amendment.date),
                reason=self.reason,
            )
        )
        return {"type": "ir.actions.act_window_close"}
