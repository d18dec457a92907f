from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ..domain import replay
from ..domain.money import to_decimal
from .recurring_contract import RUNNING


class RecurringContract(models.Model):
    """What the customer changes by himself in the portal, as the contract allows."""

    _name = "recurring.contract"
    _inherit = ["recurring.contract", "recurring.self.service.mixin"]

    self_service_quantity = fields.Selection(
        compute="_compute_self_service", store=True, readonly=False, precompute=True, default=None
    )
    self_service_min = fields.Float(
        compute="_compute_self_service", store=True, readonly=False, precompute=True, default=None
    )
    self_service_max = fields.Float(compute="_compute_self_service", store=True, readonly=False, precompute=True)
    self_service_notice = fields.Boolean(compute="_compute_self_service", store=True, readonly=False, precompute=True)

    @api.depends("plan_id")
    def _compute_self_service(self):
        names = list(self.env["recurring.self.service.mixin"]._fields)
        names = [name for name in names if name.startswith("self_service_")]
        for contract in self:
            contract.update({name: contract.plan_id[name] for name in names})

    # === RIGHTS === #

    def _may_give_notice(self):
        """Tell whether the customer may give notice by himself: he may, and has not yet."""
        self.ensure_one()
        return self.self_service_notice and self.state in RUNNING and not self.terminated_by_id

    def _get_self_service_items(self):
        """Return the items whose quantity the customer may change by himself."""
        self.ensure_one()
        if self.self_service_quantity not in ("next", "now") or self.state not in RUNNING:
            return self.item_ids.browse()
        return self.item_ids.filtered(lambda i: i.charge_type == "recurring" and i._get_self_service_terms())

    def _check_self_service(self, allowed):
        """Refuse what the contract does not leave to the customer.

        :raise UserError: saying whom to ask
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: only the number of the contract that was just checked
        if not allowed:
            raise UserError(
                self.env._(
                    "%(contract)s does not allow this. Please write to us on the contract's page.",
                    contract=self.sudo().name,
                )
            )

    # === QUANTITY === #

    def _prepare_quantity_by_customer(self, item, quantity):
        """Check a quantity that the customer asks for, and return what journals it.

        :param item: the item of this contract
        :param float quantity: the new quantity
        :return: the first day, and the values of the event
        :rtype: tuple[datetime.date, dict]
        :raise UserError: where the customer may not have it
        """
        # sudo: the customer may read the contract (checked below); what he may change is compared here.
        contract, item = self.sudo(), item.sudo()
        self._check_self_service(item in contract._get_self_service_items())
        low, high = contract.self_service_min, contract.self_service_max
        if quantity <= 0 or quantity < low or high and quantity > high:
            raise UserError(
                self.env._("Choose a quantity from %(low)s to %(high)s.", low=f"{low:g}", high=f"{high:g}")
                if high
                else self.env._("Choose a quantity of %(low)s or more.", low=f"{max(low, 0):g}")
            )
        date = item._get_self_service_date()
        difference = to_decimal(quantity) - item._get_self_service_terms().quantity
        if not difference:
            raise UserError(
                self.env._(
                    "%(item)s: that is the quantity on %(date)s already.",
                    item=item.product_id.display_name,
                    date=format_date(self.env, date),
                )
            )
        return date, item._prepare_event_values(replay.QUANTITY, date, quantity=float(difference))

    def _get_quantity_effect(self, item, quantity):
        """Return what another quantity would do; see ``_get_effect`` and ``_change_quantity_by_customer``."""
        date, values = self._prepare_quantity_by_customer(item, quantity)
        # sudo: the right to it was checked; it is rolled back
        contract = self.sudo()
        return contract._get_effect(lambda: contract._amend("change", date, [values]).contract_id, date)

    def _change_quantity_by_customer(self, item, quantity):
        """Change a quantity as the customer asked in the portal, and tell the salesperson.

        :return: the amendment
        :raise UserError: where the customer may not have it
        """
        date, values = self._prepare_quantity_by_customer(item, quantity)
        # sudo: the right to it was checked; the journal says which user entered it
        contract = self.sudo()
        amendment = contract._amend("change", date, [values], reason=self.env._("Entered by the customer"))
        contract._tell_salesperson(
            self.env._(
                "The customer has changed the quantity of %(item)s to %(quantity)s from %(date)s on.",
                item=item.sudo().product_id.display_name,
                quantity=formatLang(contract.env, quantity, dp="Product Unit"),
                date=format_date(contract.env, date),
            )
        )
        return amendment

    # === NOTICE === #

    def _get_notice_effect(self):
        """Return what notice given today would do; see ``_get_effect``."""
        # sudo: the customer may read the contract (checked below); it is rolled back
        contract = self.sudo()
        self._check_self_service(contract._may_give_notice())
        end = contract.earliest_end
        return contract._get_effect(lambda: contract._cancel_service(end).contract_id, fields.Date.add(end, days=1))

    def _give_notice_by_customer(self, close_reason, note=False):
        """End the contract as early as its notice period and term allow, as the customer asked.

        :param close_reason: the ``recurring.close.reason`` that the customer chose
        :param str note: what he adds in his own words
        :return: the amendment
        :raise UserError: where the customer may not give notice, or gives no reason
        """
        # sudo: the customer may read the contract (checked below); the journal says who entered it
        contract = self.sudo()
        self._check_self_service(contract._may_give_notice())
        if not close_reason or not close_reason.sudo().in_portal:
            raise UserError(self.env._("Please choose why you leave."))
        end = contract.earliest_end
        amendment = contract._cancel_service(end, reason=note, close_reason=close_reason)
        contract._tell_salesperson(
            self.env._(
                "The customer has given notice to %(date)s: %(reason)s",
                date=format_date(contract.env, end),
                reason=" - ".join(filter(None, [close_reason.sudo().name, note])),
            )
        )
        return amendment

    def _tell_salesperson(self, text):
        """Note what the customer did, in his name, and leave the salesperson an activity."""
        self.ensure_one()
        self.message_post(body=text, author_id=self.env.user.partner_id.id, subtype_xmlid="mail.mt_note")
        if self.user_id:
            self.activity_schedule("mail.mail_activity_data_todo", summary=text, user_id=self.user_id.id)
