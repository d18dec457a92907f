from odoo import api, fields, models
from odoo.tools import format_date

from ..domain.periods import add_term


class SaleOrder(models.Model):
    """An order that renews contracts: confirmed, it makes the one that follows them."""

    _inherit = "sale.order"

    recurring_renewed_contract_ids = fields.Many2many(
        "recurring.contract",
        "recurring_contract_renewal_order_rel",
        "order_id",
        "contract_id",
        "Renews",
        readonly=True,
        copy=False,
    )

    @api.constrains("recurring_renewed_contract_ids")
    def _check_recurring_renewed_contracts(self):
        """Let only who may change contracts renew them."""
        for order in self:
            # Constraints run with all rights; the user's own count here.
            order.recurring_renewed_contract_ids.sudo(False).check_access("write")

    def _schedule_renewal_activities(self):
        """Ask for each renewal to be worked on, by its salesperson, before the contracts end."""
        todo = self.env["ir.model.data"]._xmlid_to_res_id("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get_id(self._name)
        return self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model,
                    "res_id": order.id,
                    "activity_type_id": todo,
                    "automated": True,
                    "date_deadline": min(order.recurring_renewed_contract_ids.mapped("date_end")),
                    "summary": self.env._(
                        "Renew %(contracts)s", contracts=", ".join(order.recurring_renewed_contract_ids.mapped("name"))
                    ),
                    "user_id": order.user_id.id or self.env.uid,
                }
                for order in self
            ]
        )

    def _confirmation_error_message(self):
        error = super()._confirmation_error_message()
        if error:
            return error
        renewed = self.recurring_renewed_contract_ids.filtered(
            lambda c: c.renewed_into_id and c.renewed_into_id.state != "cancelled"
        )
        if renewed:
            return self.env._(
                "%(contracts)s: renewed by another order already. Cancel this one.",
                contracts=", ".join(renewed.mapped("name")),
            )
        return self._get_recurring_overlap_message()

    def _get_recurring_overlap_message(self):
        """Return what forbids a renewal of items that were extended since it was prepared, or ``False``."""
        for line in self.order_line.filtered("recurring_origin_item_ids"):
            start = line._get_recurring_line_start()
            for item in line.recurring_origin_item_ids:
                if not item.date_end or item.date_end >= start:
                    return self.env._(
                        "%(item)s goes on until %(end)s and cannot be renewed from %(start)s on: both would be "
                        "billed. Cancel the order and prepare the renewal again.",
                        item=item.display_name,
                        end=format_date(self.env, item.date_end) if item.date_end else self.env._("further notice"),
                        start=format_date(self.env, start),
                    )
        return False

    def _prepare_confirmation_values(self):
        """An order that a renewal run confirms is dated on the run's day, not on the machine's."""
        values = super()._prepare_confirmation_values()
        day = self.env.context.get("recurring_renewal_day")
        return values | {"date_order": day} if day else values

    def _prepare_recurring_contract_values(self, lines):
        """The next contract lasts one term from the day after the last of those it renews.

        How its prices change at the renewal after this one is taken over from the first of them.
        """
        values = super()._prepare_recurring_contract_values(lines)
        renewed = self.recurring_renewed_contract_ids
        if not renewed:
            return values
        starts = [line._get_recurring_line_start() for line in lines]
        values["date_start"] = min(starts)
        term = self.recurring_plan_id._get_term()
        if term:
            values["date_end"] = fields.Date.subtract(add_term(max(starts), term), days=1)
        return values | renewed[0]._prepare_renewed_price_rule_values()

    def _create_recurring_contract(self):
        contract = super()._create_recurring_contract()
        renewed = self.recurring_renewed_contract_ids
        if contract and renewed:
            # sudo: a renewal is also confirmed by its customer; it links what this order renews.
            renewed.sudo()._write_protected({"renewed_into_id": contract.id})
        return contract

    def _action_cancel(self):
        result = super()._action_cancel()
        # sudo: who may cancel a renewal may take back the link that its confirmation made.
        renewed = self.recurring_renewed_contract_ids.sudo()
        renewed.filtered(lambda c: c.renewed_into_id.state == "cancelled")._write_protected({"renewed_into_id": False})
        return result
