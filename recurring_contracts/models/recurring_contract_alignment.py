from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from ..domain import alignment
from ..domain.money import to_decimal
from .recurring_contract import RUNNING
from .recurring_contract_item import RECURRING


class RecurringContract(models.Model):
    """Co-termination: contracts of one customer get a common end, and so one later renewal."""

    _inherit = "recurring.contract"

    # === CHECKS === #

    def _get_alignable_domain(self):
        """Return the domain of the contracts that may be aligned with this one."""
        self.ensure_one()
        return Domain(
            [
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("state", "in", RUNNING),
                ("date_end", "!=", False),
                ("renewed_into_id", "=", False),
                ("terminated_by_id", "=", False),
            ]
        )

    def _check_can_align(self):
        """Refuse contracts that cannot get a common end.

        :raise UserError: naming the contract and what to do
        """
        first = self[:1]
        for contract in self:
            if contract.commercial_partner_id != first.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(contract)s and %(other)s have different customers. Align the contracts of one customer.",
                        contract=first.display_name,
                        other=contract.display_name,
                    )
                )
            if contract.company_id != first.company_id:
                raise UserError(
                    self.env._(
                        "%(contract)s and %(other)s belong to different companies. Align those of one company.",
                        contract=first.display_name,
                        other=contract.display_name,
                    )
                )
            if contract.currency_id != first.currency_id:
                raise UserError(
                    self.env._(
                        "%(contract)s is in %(currency)s and %(other)s in %(other_currency)s. "
                        "Align the contracts of one currency.",
                        contract=first.display_name,
                        currency=first.currency_id.name,
                        other=contract.display_name,
                        other_currency=contract.currency_id.name,
                    )
                )
            if not contract.date_end and contract.state in RUNNING:
                raise UserError(
                    self.env._(
                        "%(contract)s has no end, so there is nothing to align. Decide its last day with "
                        "Cancel Contract first, or leave it out.",
                        contract=contract.display_name,
                    )
                )
            contract._check_can_renew()
            orders = contract.renewal_order_ids.filtered(lambda o: o.state in ("draft", "sent"))
            if orders:
                raise UserError(
                    self.env._(
                        "%(contract)s is being renewed by %(orders)s. Cancel that order first.",
                        contract=contract.display_name,
                        orders=", ".join(orders.mapped("name")),
                    )
                )

    def _check_common_end(self, date_end):
        """Refuse a common end that some contract outlasts, or that none is extended to.

        :param datetime.date date_end: the common last day in force
        :raise UserError: naming the contract and its end
        """
        for contract in self:
            if contract.date_end > date_end:
                raise UserError(
                    self.env._(
                        "%(contract)s ends on %(end)s, after %(date)s. Choose a later common end, or leave it out.",
                        contract=contract.display_name,
                        end=format_date(self.env, contract.date_end),
                        date=format_date(self.env, date_end),
                    )
                )
        if all(contract.date_end == date_end for contract in self):
            raise UserError(
                self.env._(
                    "%(contracts)s: all end on %(date)s already. Choose a later common end.",
                    contracts=", ".join(self.mapped("name")),
                    date=format_date(self.env, date_end),
                )
            )

    def _get_alignment_host(self, date_end):
        """Return the contract that others join because it ends on the common day itself, if there is one.

        :raise UserError: where several do, which an alignment cannot make one contract
        """
        hosts = self.filtered(lambda c: c.date_end == date_end)
        if len(hosts) > 1:
            raise UserError(
                self.env._(
                    "%(contracts)s end on %(date)s already and stay apart until their renewal. Leave all but "
                    "one of them out, or choose a later common end.",
                    contracts=", ".join(hosts.mapped("name")),
                    date=format_date(self.env, date_end),
                )
            )
        if hosts and hosts.state not in RUNNING:
            raise UserError(
                self.env._(
                    "%(contract)s ended on the common end itself: nothing can join it. Choose a later common end.",
                    contract=hosts.display_name,
                )
            )
        return hosts

    # === ORDERS === #

    def _create_aligned_orders(self, date_end, groups, plans, percents=None, by_rules=True):
        """Create the orders that carry contracts on to a common end.

        :param datetime.date date_end: the common last day in force
        :param list groups: lists of contracts, each of which becomes one contract
        :param list plans: the ``recurring.plan`` of each group, under which it goes on
        :param dict percents: the uplift (Decimal) by item id, where it is not that of the rules
        :param bool by_rules: see ``_get_alignment`` of the item
        :rtype: sale.order
        """
        segments = self.item_ids._get_segments()
        values = [
            group._prepare_aligned_order_values(date_end, plan, segments, percents or {}, by_rules)
            for group, plan in zip(groups, plans, strict=True)
        ]
        return self._create_renewal_orders_from(values)

    def _prepare_aligned_order_values(self, date_end, plan, segments, percents, by_rules):
        """Return the values of the order that carries these contracts on to a common end.

        :param datetime.date date_end: the common last day in force
        :param plan: the ``recurring.plan`` under which they go on
        :param dict segments: the terms of their items over time, see ``_get_segments``
        :param dict percents: see ``_create_aligned_orders``, as for ``by_rules``
        :rtype: dict
        """
        host = self._get_alignment_host(date_end)
        joining = (self - host).sorted("date_end")
        values = (host + joining)._prepare_renewal_order_values(segments)
        rounding = to_decimal(self[0].currency_id.rounding)
        start = fields.Date.add(joining[0].date_end, days=1)
        items = joining._get_items_to_align()
        recurring = items.filtered(lambda item: item.charge_type == RECURRING)
        lines = joining._prepare_renewal_line_values(start, segments, items - recurring)
        for item in recurring:
            aligned = item._get_alignment(date_end, segments, percents.get(item.id), by_rules)
            aligned["renewal_price"] = alignment.rescale(
                aligned["renewal_price"], item._get_renewal_interval(), plan._get_interval(), rounding
            )
            lines.append(item._prepare_aligned_line_values(aligned, segments))
        return values | {
            "origin": ", ".join(joining.mapped("name")),
            "recurring_plan_id": plan.id,
            "recurring_added_contract_id": host.id,
            "recurring_aligned_end": date_end,
            "recurring_date_start": start,
            "validity_date": joining[0].date_end,
            "recurring_renewed_contract_ids": [Command.set(joining.ids)],
            "order_line": [Command.create(line) for line in lines],
        }

    def _get_items_to_align(self):
        """Return the items of the contracts that go on to the common end, in order."""
        return self.env["recurring.contract.item"].browse(
            item.id for contract in self for item in contract._get_items_to_renew()
        )

    # === AFTER THE STRETCH === #

    def _create_tacit_successors(self, date):
        """A stretch is charged once: what follows it is an item of normal periods."""
        successors = super()._create_tacit_successors(date)
        aligned = self._get_items_to_align().filtered("is_aligned")
        segments = aligned._get_segments()
        created = self.env["recurring.contract.item"].create(
            [item._prepare_normal_successor_values(item.contract_id._get_next_end(date), segments) for item in aligned]
        )
        created._freeze_terms()
        return successors | dict(zip(aligned, created, strict=True))

    # === ACTIONS === #

    def action_align(self):
        """Open the wizard that gives contracts a common end.

        From one contract it proposes all of its customer that could share it.

        :raise UserError: see ``_check_can_align``
        """
        self.check_access("write")
        contracts = self
        self._check_can_align()
        if len(self) == 1:
            others = self.search(self._get_alignable_domain()).filtered(
                lambda c: (
                    c._get_items_to_renew() and not c.renewal_order_ids.filtered(lambda o: o.state in ("draft", "sent"))
                )
            )
            contracts |= others
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_contract_align_action")
        context = {"default_contract_ids": [Command.set(contracts.ids)], "dialog_size": "extra-large"}
        return action | {"context": context}
