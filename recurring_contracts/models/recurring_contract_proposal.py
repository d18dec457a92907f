from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..domain import renewal
from ..domain.money import to_decimal
from .recurring_plan import RENEWAL_DOCUMENTS, RENEWAL_MERGES

RENEWAL_STATES = [
    ("planned", "Planned"),
    ("due", "Due"),
    ("progress", "In progress"),
    ("done", "Renewed"),
    ("lost", "Lost"),
]


class RecurringContract(models.Model):
    """Renewal by an order: prepared in its window, and confirmed into the next contract."""

    _name = "recurring.contract"
    _inherit = ["recurring.contract", "recurring.uplift.mixin"]

    renewal_document = fields.Selection(
        RENEWAL_DOCUMENTS,
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        precompute=True,
    )
    renewal_window_days = fields.Integer(
        "Renewal Window (Days)",
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        precompute=True,
    )
    renewal_merge = fields.Selection(
        RENEWAL_MERGES,
        "Lines of One Product",
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        precompute=True,
    )
    renewal_prepared_end = fields.Date(
        "Renewal Prepared For",
        readonly=True,
        copy=False,
        help="The end for which a renewal was prepared last; a later end asks for another.",
    )
    renewal_date = fields.Date(
        "Renewal Window From",
        compute="_compute_renewal_date",
        store=True,
        help="The day on which the renewal is prepared.",
    )
    renewal_state = fields.Selection(
        RENEWAL_STATES,
        "Renewal",
        compute="_compute_renewal_state",
        store=True,
        index=True,
        group_expand=True,
        help="Planned: before its window. Due: to be prepared. In progress: its document is open. "
        "Renewed: confirmed into the next contract. Lost: refused, expired, or ended.",
    )
    renewed_into_id = fields.Many2one("recurring.contract", readonly=True, copy=False, index="btree_not_null")
    renewed_from_ids = fields.One2many("recurring.contract", "renewed_into_id", "Renewal Of")
    renewal_order_ids = fields.Many2many(
        "sale.order",
        "recurring_contract_renewal_order_rel",
        "contract_id",
        "order_id",
        "Renewal Orders",
        readonly=True,
        copy=False,
    )
    renewal_order_count = fields.Integer(compute="_compute_renewal_order_count")

    @api.model
    def _get_plan_fields(self):
        return [
            *super()._get_plan_fields(),
            "renewal_document",
            "renewal_window_days",
            "renewal_merge",
        ]

    def _compute_from_plan(self):
        result = super()._compute_from_plan()
        for contract in self.filtered(lambda c: c.plan_id and not c.renewal_window_days):
            contract.renewal_window_days = contract.company_id.recurring_renewal_window_days
        return result

    @api.model
    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"renewed_into_id", "renewal_prepared_end"}

    @api.depends("renewed_into_id")
    def _compute_notice_deadline(self):
        """What was renewed by an order is not extended tacitly as well."""
        result = super()._compute_notice_deadline()
        self.filtered("renewed_into_id").notice_deadline = False
        return result

    @api.model
    def _get_tacit_renewal_domain(self, date):
        return super()._get_tacit_renewal_domain(date) & Domain("renewed_into_id", "=", False)

    @api.depends("date_end", "renewal_window_days", "renewal_policy")
    def _compute_renewal_date(self):
        for contract in self:
            contract.renewal_date = (
                contract.date_end
                and contract.renewal_policy == "order"
                and fields.Date.subtract(contract.date_end, days=contract.renewal_window_days)
            )

    @api.depends(
        "date_end",
        "renewal_date",
        "renewal_policy",
        "term_count",
        "renewed_into_id",
        "terminated_by_id",
        "state",
        "renewal_prepared_end",
        "renewal_order_ids.state",
    )
    def _compute_renewal_state(self):
        for contract in self:
            contract.renewal_state = contract._get_renewal_state(contract.company_id._recurring_today())

    def _get_renewal_state(self, day):
        """Return where the renewal stands on a day, or ``False`` where none is to be expected."""
        self.ensure_one()
        if self.state in ("draft", "cancelled") or not self.date_end:
            return False
        if self.renewed_into_id:
            return "done"
        documents = self._get_renewal_documents_state()
        if documents == "open":
            return "progress"
        if self.terminated_by_id:
            return "lost" if self.terminated_by_id.kind == "end" else False
        if not documents and not self._is_to_be_renewed():
            return False
        prepared = documents and self.renewal_prepared_end == self.date_end
        if self.date_end < day or prepared and self.renewal_policy == "order":
            return "lost"
        return "due" if self.renewal_date and self.renewal_date <= day else "planned"

    def _get_renewal_documents_state(self):
        """Return ``open`` while a renewal document waits for an answer, ``closed`` after that, else ``False``.

        Hook: other addons extend it where they bring further documents.
        """
        self.ensure_one()
        orders = self.renewal_order_ids
        if any(order.state in ("draft", "sent") for order in orders):
            return "open"
        return "closed" if orders else False

    def _is_to_be_renewed(self):
        """Tell whether something is to follow the contract's end, tacitly or by an order."""
        self.ensure_one()
        return self.renewal_policy == "order" or self.renewal_policy == "tacit" and self.term_count > 0

    @api.depends("renewal_order_ids")
    def _compute_renewal_order_count(self):
        for contract in self:
            contract.renewal_order_count = len(contract.renewal_order_ids)

    # === PROPOSING === #

    @api.model
    def _get_renewal_proposal_domain(self, date):
        """Return the domain of contracts whose renewal is to be prepared on ``date``.

        Of these, who was prepared for this very end before is left alone: see ``_get_unprepared``.
        """
        return Domain(
            [
                ("state", "not in", ("draft", "cancelled")),
                ("renewal_date", "<=", date),
                ("date_end", ">=", date),
                ("renewed_into_id", "=", False),
                ("terminated_by_id", "=", False),
            ]
        )

    def _get_unprepared(self):
        """Return those contracts whose present end had no renewal prepared, not even one that was refused."""
        return self.filtered(
            lambda c: c.renewal_prepared_end != c.date_end and c._get_renewal_documents_state() != "open"
        )

    @api.model
    def _propose_renewals(self, date, company=None):
        """Prepare the renewals that are missing on a day; a second call makes none.

        :param datetime.date date: the day on which renewals are prepared
        :param company: the company, or ``None`` for all
        :return: the orders that were made
        :rtype: sale.order
        """
        units = self._get_renewals_to_propose(date, company)
        self._with_renewal_day(date)._make_renewals(units)
        contracts = self.browse(contract.id for unit in units for contract in unit)
        return contracts.renewal_order_ids.filtered(lambda order: order.state != "cancel")

    @api.model
    def _get_renewals_to_propose(self, date, company=None):
        """Return the contracts whose renewal is missing on a day, those together that share a document.

        :rtype: list[recurring.contract]
        """
        domain = self._get_renewal_proposal_domain(date)
        if company:
            domain &= Domain("company_id", "=", company.id)
        contracts = self.search(domain, order="date_end, id")._get_unprepared()
        contracts = contracts.filtered(lambda c: c._get_items_to_renew())
        groups = contracts.grouped(
            lambda c: (c.plan_id.renewal_grouped and c.partner_id and c._get_renewal_group_key()) or c.id
        )
        return list(groups.values())

    def _get_renewal_group_key(self):
        """Return what contracts have in common that one document may renew together."""
        self.ensure_one()
        return (self.partner_id, self.company_id, self.currency_id, self.plan_id, self.renewal_document)

    def _create_renewal_orders(self, groups):
        """Create one renewal order for each group of contracts, all in one batch.

        :param list groups: lists of contracts of one customer, company and currency
        :rtype: sale.order
        """
        everything = self.browse(contract.id for group in groups for contract in group)
        segments = everything.item_ids._get_segments()
        values = [
            self.browse(contract.id for contract in group)
            .with_prefetch(everything.ids)
            ._prepare_renewal_order_values(segments)
            for group in groups
        ]
        return self._create_renewal_orders_from(values)

    @api.model
    def _create_renewal_orders_from(self, values):
        """Create renewal orders and remind their salespeople.

        :param list[dict] values: see ``_prepare_renewal_order_values``
        :rtype: sale.order
        """
        orders = self.env["sale.order"].create(values)
        orders.recurring_renewed_contract_ids._set_renewal_prepared()
        orders._schedule_renewal_activities()
        return orders

    def _set_renewal_prepared(self):
        """Note that the contracts' present ends have a renewal now; what was lost before is open again."""
        for end, contracts in self.grouped("date_end").items():
            # sudo: what is noted follows from the document, which the caller made.
            contracts.sudo()._write_protected({"renewal_prepared_end": end})

    def _prepare_renewal_order_values(self, segments):
        """Return the values of the order that renews these contracts of one customer.

        :param dict segments: the terms of their items over time, see ``_get_segments``
        :rtype: dict
        """
        first = self[0]
        start = fields.Date.add(min(self.mapped("date_end")), days=1)
        return {
            "partner_id": first.partner_id.id,
            "partner_invoice_id": first.partner_invoice_id.id,
            "partner_shipping_id": first.partner_shipping_id.id,
            "company_id": first.company_id.id,
            "pricelist_id": first.pricelist_id.id,
            "currency_id": first.currency_id.id,
            "payment_term_id": first.payment_term_id.id,
            "fiscal_position_id": first.fiscal_position_id.id,
            "journal_id": first.journal_id.id,
            "preferred_payment_method_line_id": first.payment_method_line_id.id,
            "user_id": first.user_id.id,
            "team_id": first.team_id.id,
            "client_order_ref": first.client_order_ref,
            "note": first.note,
            "origin": ", ".join(self.mapped("name")),
            "validity_date": min(self.mapped("date_end")),
            "recurring_plan_id": first.plan_id.id,
            "recurring_date_start": start,
            "recurring_renewed_contract_ids": [Command.set(self.ids)],
            "order_line": [Command.create(values) for values in self._prepare_renewal_line_values(start, segments)],
        }

    def _prepare_renewal_line_values(self, start, segments, items=None):
        """Return the values of the lines of the renewal order.

        :param datetime.date start: the order's first day, which lines repeat only if they differ
        :param dict segments: the terms of the items over time, see ``_get_segments``
        :param items: the items that are renewed; by default all that a renewal carries on
        :rtype: list[dict]
        """
        fees = self.env["recurring.renewal.fee"]
        if items is None:
            fees = self.renewal_fee_ids.filtered("quantity")
            items = self.env["recurring.contract.item"].browse(
                item.id for contract in self for item in contract._get_items_to_renew()
            )
        items = items.with_prefetch(list(segments))
        prices = {item.id: item._get_renewal_price(segments) for item in items}
        rounding = to_decimal(self[0].currency_id.rounding)
        offers = [item._get_renewal_offer(prices[item.id][0], segments) for item in items]
        values = []
        for offer in renewal.merge(offers, self[0].renewal_merge, rounding):
            origins = items.browse(offer.origins)
            product, uom = offer.product
            notes = dict.fromkeys(prices[origin.id][1] for origin in origins)
            values.append(
                {
                    "product_id": product,
                    "product_uom_id": uom,
                    "name": origins[0]._get_renewal_line_name(),
                    "product_uom_qty": float(offer.quantity),
                    "price_unit": float(offer.price),
                    "discount": float(offer.discount),
                    "tax_ids": [Command.set(offer.taxes)],
                    "analytic_distribution": origins[0].analytic_distribution,
                    "recurring_included_quantity": sum(origins.mapped("included_quantity")),
                    "recurring_date_start": offer.start if offer.start != start else False,
                    "recurring_origin_item_ids": [Command.set(origins.ids)],
                    "recurring_price_note": " ".join(notes),
                }
            )
        return values + [fee._prepare_order_line_values() for fee in fees]

    # === ACTIONS === #

    def action_renew_now(self):
        """Prepare the renewal of the contracts at once, in one document for each customer, and open it.

        :raise UserError: naming the contract that has no end, nothing to renew, or is renewed already
        """
        groups = {}
        for contract in self:
            contract._check_can_renew()
            if contract._get_renewal_documents_state() != "open":
                groups.setdefault(contract._get_renewal_group_key(), []).append(contract)
        self._make_renewals([self.browse(contract.id for contract in group) for group in groups.values()])
        return self._open_renewal_documents()

    def _check_can_renew(self):
        self.ensure_one()
        self.check_access("write")
        if self.renewed_into_id:
            message = self.env._("%(contract)s has been renewed into %(next)s already.")
        elif not self.date_end or self.state in ("draft", "cancelled"):
            message = self.env._("%(contract)s has no end after which it could be renewed.")
        elif not self._get_items_to_renew():
            message = self.env._("%(contract)s has no item that a renewal would carry on.")
        else:
            return
        raise UserError(message % {"contract": self.display_name, "next": self.renewed_into_id.display_name})

    def action_view_renewal_orders(self):
        return self._open_renewal_orders(self.renewal_order_ids)

    def _open_renewal_documents(self):
        """Return the action that opens what renews the contracts now."""
        return self._open_renewal_orders(self.renewal_order_ids.filtered(lambda order: order.state != "cancel"))

    def _open_renewal_orders(self, orders):
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_quotations")
        if len(orders) == 1:
            return action | {"views": [(False, "form")], "res_id": orders.id, "domain": []}
        return action | {"domain": [("id", "in", orders.ids)], "context": {}}

    # === NIGHTLY === #

    def _refresh_caches(self, date=None):
        result = super()._refresh_caches(date)
        self.env.add_to_compute(self._fields["renewal_date"], self)
        self.env.add_to_compute(self._fields["renewal_state"], self)
        return result
