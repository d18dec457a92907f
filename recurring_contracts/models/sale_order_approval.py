from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..domain.money import to_decimal


class SaleOrder(models.Model):
    """Recurring quotations that need a manager before they are sent or confirmed."""

    _inherit = "sale.order"

    recurring_approval_state = fields.Selection(
        [("needed", "To approve"), ("requested", "Approval requested"), ("approved", "Approved")],
        "Approval",
        compute="_compute_recurring_approval",
        search="_search_recurring_approval_state",
        help="A discount above the limit of plan, team or company, or a renewal below the old "
        "price, needs a sales manager.",
    )
    recurring_approval_reason = fields.Text(
        "To Approve", compute="_compute_recurring_approval", help="What needs a manager."
    )
    # What was asked for and granted, as the keys of the findings: readers' languages differ.
    recurring_approval_requested = fields.Json(readonly=True, copy=False)
    recurring_approval_granted = fields.Json(readonly=True, copy=False, groups="sales_team.group_sale_manager")

    @api.depends(
        "order_line.discount",
        "order_line.price_unit",
        "order_line.product_uom_qty",
        "order_line.recurring_charge_type",
        "order_line.technical_price_unit",
        "recurring_plan_id",
        "team_id",
        "recurring_approval_requested",
        "recurring_approval_granted",
    )
    def _compute_recurring_approval(self):
        segments = self._get_recurring_old_segments()
        for order in self:
            # sudo: what was granted is written by managers, and known to all who see the order.
            known = order.sudo()
            findings = known._get_recurring_approval_findings(segments)
            order.recurring_approval_reason = "\n".join(findings.values())
            if not findings:
                order.recurring_approval_state = False
            elif list(findings) == known.recurring_approval_granted:
                order.recurring_approval_state = "approved"
            elif list(findings) == known.recurring_approval_requested:
                order.recurring_approval_state = "requested"
            else:
                order.recurring_approval_state = "needed"

    def _search_recurring_approval_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        orders = self.search([("recurring_plan_id", "!=", False), ("state", "in", ("draft", "sent"))])
        return [("id", "in", orders.filtered(lambda o: o.recurring_approval_state in value).ids)]

    def _get_recurring_discount_limit(self):
        """Return the strictest limit of plan, team and company, in percent.

        :rtype: float
        """
        self.ensure_one()
        records = (self.recurring_plan_id, self.team_id, self.company_id)
        return min(record.recurring_discount_limit for record in records if record)

    def _get_recurring_old_segments(self):
        """Return the terms over time of what the orders renew, read at once; see ``_get_segments``."""
        # sudo: prices of what is renewed are compared, whoever reads the order.
        items = self.sudo().order_line.recurring_origin_item_ids
        return items._get_segments() if items else {}

    def _get_recurring_approval_findings(self, segments=None):
        """Return what needs a manager: a sentence by a key that changes with what is asked for.

        Hook: other addons extend it with findings of their own.

        :param dict segments: what ``_get_recurring_old_segments`` returned, where it was read already
        :rtype: dict[str, str]
        """
        self.ensure_one()
        if not self.recurring_plan_id:
            return {}
        limit, findings = self._get_recurring_discount_limit(), {}
        for line in self.order_line.filtered("recurring_charge_type"):
            findings |= line._get_recurring_discount_findings(limit)
            old = line._get_recurring_old_amount(segments)
            new = to_decimal(line.product_uom_qty) * line._get_recurring_net_price()
            if line.recurring_origin_item_ids and new < old:
                findings[f"{line.id} renewal {new:f}"] = self.env._(
                    "%(product)s: renewed at %(new)s, below %(old)s.",
                    product=line.product_id.display_name,
                    new=f"{new:.2f}",
                    old=f"{old:.2f}",
                )
        return findings

    # === ACTIONS === #

    def action_recurring_request_approval(self):
        """Ask the team leader, or a sales manager, by an activity."""
        segments = self._get_recurring_old_segments()
        for order in self:
            if order.recurring_approval_state != "needed":
                raise UserError(self.env._("%(order)s needs no approval.", order=order.name))
            order.recurring_approval_requested = list(order._get_recurring_approval_findings(segments))
        model = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model,
                    "res_id": order.id,
                    "activity_type_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mail_activity_data_todo"),
                    "automated": True,
                    "summary": self.env._("Approve %(order)s", order=order.name),
                    "note": plaintext2html(order.recurring_approval_reason),
                    "user_id": approver.id,
                }
                for (approver, orders) in self._group_by_recurring_approver()
                for order in orders
            ]
        )
        self._log_recurring_approval(self.env._("Approval requested"))
        return True

    def _group_by_recurring_approver(self):
        """Return pairs of a user and the orders that he is asked to approve."""
        groups = self.grouped(lambda order: (order.team_id, order.company_id)).values()
        return [(orders[0]._get_recurring_approver(), orders) for orders in groups]

    def _get_recurring_approver(self):
        """Return the user who is asked: the team's leader if he may approve, else a manager."""
        self.ensure_one()
        return self.company_id._get_recurring_approver(self.team_id)

    def action_recurring_approve(self):
        """Approve what the quotation asks for now; a later change for the worse asks again.

        :raise AccessError: for anybody but a sales manager
        """
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(self.env._("Only a sales manager may approve."))
        for order in self:
            findings = order._get_recurring_approval_findings()
            order.recurring_approval_granted = list(findings)
            order._log_recurring_approval(self.env._("Approved"))
            order.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def _log_recurring_approval(self, title):
        self._message_log_batch(
            bodies={
                order.id: self.env._("%(title)s: %(reason)s", title=title, reason=order.recurring_approval_reason)
                for order in self
            }
        )

    # === WHAT WAITS FOR IT === #

    def _check_recurring_approval(self):
        """Refuse to go on with quotations that wait for a manager.

        :raise UserError: naming what needs approval
        """
        for order in self:
            if order._is_waiting_for_recurring_approval():
                raise UserError(order._get_recurring_approval_message())

    def _get_recurring_approval_message(self):
        self.ensure_one()
        return self.env._(
            "%(order)s must be approved by a sales manager first:\n%(reason)s",
            order=self.name,
            reason=self.recurring_approval_reason,
        )

    def _confirmation_error_message(self):
        error = super()._confirmation_error_message()
        if not error and self.recurring_approval_state in ("needed", "requested"):
            return self._get_recurring_approval_message()
        return error

    def action_quotation_send(self):
        self._check_recurring_approval()
        return super().action_quotation_send()

    def action_quotation_sent(self):
        self._check_recurring_approval()
        return super().action_quotation_sent()

    def write(self, vals):
        if vals.get("state") == "sent":
            self._check_recurring_approval()
        return super().write(vals)
