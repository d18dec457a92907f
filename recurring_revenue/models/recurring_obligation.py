import datetime

from odoo import api, fields, models

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal

from ..domain import allocation
from ..domain.allocation import Promise
from ..domain.correction import Correction, Service
from ..domain.obligation import earned, spread
from ..domain.recognition import STEPPED
from .recurring_revenue_rule import METHODS

DAY = datetime.timedelta(days=1)


class RecurringObligation(models.Model):
    """What a contract promises of one item over one term, and its share of the contract's price."""

    _name = "recurring.obligation"
    _description = "Performance Obligation"
    _order = "allocation_id, date_start, id"
    _rec_name = "item_id"
    _check_company_auto = True

    allocation_id = fields.Many2one(
        "recurring.revenue.allocation", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="allocation_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="allocation_id.currency_id", store=True, precompute=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True, index=True, ondelete="restrict")
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True, precompute=True)
    plan_id = fields.Many2one(related="contract_id.plan_id", store=True, precompute=True)
    item_id = fields.Many2one("recurring.contract.item", required=True, readonly=True, index=True, ondelete="restrict")
    product_id = fields.Many2one(related="item_id.product_id", store=True, precompute=True)
    rule_id = fields.Many2one(
        "recurring.revenue.rule", "Revenue Rule", required=True, readonly=True, ondelete="restrict"
    )
    revenue_account_id = fields.Many2one("account.account", required=True, readonly=True, ondelete="restrict")
    date = fields.Date("Agreed From", required=True, readonly=True, help="Revenue counts from this day on.")
    date_start = fields.Date("From", required=True, readonly=True)
    date_end = fields.Date(
        "To",
        required=True,
        readonly=True,
        help="The last day of the accounting term: until then neither side may leave without a substantive penalty.",
    )
    method = fields.Selection(METHODS, required=True, readonly=True)
    price = fields.Monetary("Stated Price", readonly=True, help="What the contract says for it over the whole term.")
    ssp_id = fields.Many2one("recurring.ssp", "Price Used", readonly=True, ondelete="set null")
    ssp_method = fields.Selection(
        [
            (allocation.AMOUNT, "Amount"),
            (allocation.RANGE, "Range"),
            (allocation.RESIDUAL, "Residual"),
            (allocation.LIST, "Sales price"),
        ],
        "Found By",
        readonly=True,
        help="Sales price: the product has no stand-alone selling price, so what it is listed for was taken.",
    )
    standalone = fields.Monetary(
        "Stand-alone Selling Price", readonly=True, help="What it would cost alone over the whole term."
    )
    bears_discount = fields.Boolean(readonly=True, default=True)
    share = fields.Monetary("Allocated", readonly=True, help="Its share of the contract's price.")
    moved = fields.Monetary(compute="_compute_moved", store=True, help="Allocated less stated price.")
    schedule_ids = fields.One2many("recurring.revenue.schedule", "obligation_id", "Schedules", readonly=True)
    change_ids = fields.One2many("recurring.obligation.change", "obligation_id", "Changes", readonly=True)
    conceded = fields.Monetary(
        "Credited",
        compute="_compute_recognised",
        help="By credit notes that no amendment explains: they lower the price.",
    )
    recognised = fields.Monetary(compute="_compute_recognised", help="Recognised by the closes so far.")
    remaining = fields.Monetary(compute="_compute_recognised", help="Allocated and not recognised yet.")

    @api.depends("share", "price")
    def _compute_moved(self):
        for obligation in self:
            obligation.moved = obligation.share - obligation.price

    @api.depends("schedule_ids.recognised_currency", "schedule_ids.state", "share")
    def _compute_recognised(self):
        sums = dict(
            self.env["recurring.revenue.schedule"]._read_group(
                [("obligation_id", "in", self.ids)], ["obligation_id"], ["recognised_currency:sum"]
            )
        )
        conceded = dict(
            self.env["recurring.revenue.schedule"]._read_group(
                [("obligation_id", "in", self.ids), ("is_concession", "=", True), ("state", "!=", "cancelled")],
                ["obligation_id"],
                ["total_currency:sum"],
            )
        )
        for obligation in self:
            obligation.recognised = sums.get(obligation, 0.0)
            obligation.conceded = conceded.get(obligation, 0.0)
            obligation.remaining = obligation.share + obligation.conceded - obligation.recognised

    # === ALLOCATION === #

    def _get_promise(self, bears_discount=None):
        """Return the obligation as the allocation sees it."""
        self.ensure_one()
        residual = self.ssp_method == allocation.RESIDUAL
        return Promise(
            self.id,
            to_decimal(self.price),
            None if residual else to_decimal(self.standalone),
            self.bears_discount if bears_discount is None else bears_discount,
        )

    def _get_shares(self, rounding, bears_discount):
        """Return how the obligations would share their price.

        :param Decimal rounding: the currency's smallest unit
        :param dict bears_discount: whether each takes part in the discount, by its id; as it is by default
        :rtype: dict[int, recurring_revenue.domain.allocation.Share]
        """
        promises = [obligation._get_promise(bears_discount.get(obligation.id)) for obligation in self]
        total = sum((promise.price for promise in promises), ZERO)
        return allocation.allocate(total, promises, rounding)

    def _allocate_price(self, rounding, bears_discount):
        """Share the price of the obligations and open their schedules, instead of any there are."""
        if not self:
            return
        shares = self._get_shares(rounding, bears_discount)
        for obligation in self:
            share = shares[obligation.id]
            obligation.write(
                {
                    "standalone": float(share.standalone),
                    "share": float(share.amount),
                    "bears_discount": bears_discount.get(obligation.id, obligation.bears_discount),
                }
            )
        segments = self.item_id._get_segments()
        schedules = [
            values
            for obligation in self
            for values in obligation._prepare_schedules(
                shares[obligation.id].amount, obligation.date_start, obligation.date, segments
            )
        ]
        self.schedule_ids.unlink()
        self.env["recurring.revenue.schedule"]._create_silently(schedules)

    def _is_distinct(self):
        """Return whether what remains of the obligation is distinct from what was transferred (15.22(b)).

        The days of a service rendered evenly are. Methods by steps measure the progress of one whole.
        """
        self.ensure_one()
        return self.method not in STEPPED

    def _is_open_on(self, day):
        """Return whether something of the obligation is still to be rendered on a day or after it."""
        self.ensure_one()
        return self.date_end >= day

    # === SCHEDULES === #

    def _prepare_schedules(self, total, start, date, segments, **values):
        """Return the values of the schedules that recognise an amount from a day to the obligation's end.

        Days on which the item is not in force, or suspended, earn nothing. Where none is left, the
        amount is earned at once.

        :param Decimal total: in the contract's currency
        :param datetime.date start: the first day
        :param datetime.date date: from when on the schedules count
        :param dict segments: see ``_get_segments``
        :param values: more values of ``recurring.revenue.schedule``
        :rtype: list[dict]
        """
        self.ensure_one()
        rounding = to_decimal(self.currency_id.rounding)
        method, end = self.method, self.date_end + DAY
        ranges = self.item_id._get_active_ranges(segments[self.item_id.id], start, end)
        if self.item_id.charge_type != "recurring":
            ranges = [(start, end)] if start < end else []
        if not ranges:
            method, ranges = "at_once", [(start, start + DAY)]
        return [
            self._prepare_schedule_values(amount, first, after, method, date) | values
            for first, after, amount in spread(total, ranges, method, rounding)
            if amount
        ]

    def _prepare_schedule_values(self, total, start, end, method, date):
        """Return the values of one schedule; the range is half-open."""
        self.ensure_one()
        company_currency = self.company_id.currency_id
        own = company_currency.round(float(total) * self.allocation_id.currency_rate)
        return {
            "name": self.display_name,
            "company_id": self.company_id.id,
            "company_currency_id": company_currency.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.contract_id.commercial_partner_id.id,
            "contract_id": self.contract_id.id,
            "item_id": self.item_id.id,
            "product_id": self.product_id.id,
            "obligation_id": self.id,
            "date": date,
            "date_start": start,
            "date_end": end - DAY,
            "method": method,
            "deferred_account_id": self.allocation_id.balance_account_id.id,
            "revenue_account_id": self.revenue_account_id.id,
            "analytic_distribution": self.item_id.analytic_distribution,
            "total": own,
            "total_currency": float(total),
            "remaining": own,
            "remaining_currency": float(total),
            "opening_recognised": 0.0,
            "opening_recognised_currency": 0.0,
            "recognised": 0.0,
            "recognised_currency": 0.0,
        }

    def _get_pieces(self):
        """Return the schedules of each obligation in force, with what modifications cut from them.

        :return: ``(schedule, (total, Service, corrections))`` by obligation
        :rtype: dict
        """
        schedules = self.schedule_ids.filtered(
            lambda s: s.state != "cancelled" and not s.corrected_schedule_id and not s.is_concession
        )
        steps, adjustments = schedules._fetch_steps(schedules.ids), schedules._fetch_adjustments(schedules.ids)
        pieces = {obligation: [] for obligation in self}
        for schedule in schedules.sorted("id"):
            known = steps.get(schedule.id, ()), adjustments.get(schedule.id, ())
            service = Service(schedule.date_start, schedule.date_end + DAY, schedule.method, *known)
            total = to_decimal(schedule.total_currency)
            cuts = schedule.correction_ids.filtered(lambda c: c.state != "cancelled" and not c.is_concession)
            corrections = tuple(
                Correction(
                    cut.date_start, cut.date_end + DAY, to_decimal(cut.total), to_decimal(cut.total_currency), True
                ).settled(service, total)
                for cut in cuts.sorted("id")
            )
            pieces[schedule.obligation_id].append((schedule, (total, service, corrections)))
        return pieces

    def _get_earned(self, pieces, upto):
        """Return what the obligation has earned before a day by its schedules, closed or not.

        :param list pieces: of ``_get_pieces``
        :param datetime.date upto: the day
        :rtype: Decimal
        """
        self.ensure_one()
        return earned([piece for _schedule, piece in pieces], upto, to_decimal(self.currency_id.rounding))

    def _prepare_cuts(self, pieces, day, **values):
        """Return the values of the schedules that take away what the obligation earns from a day on.

        :param list pieces: of ``_get_pieces``
        :param datetime.date day: the first day that earns nothing any more
        :param values: more values of ``recurring.revenue.schedule``
        :rtype: list[dict]
        """
        self.ensure_one()
        rounding = to_decimal(self.currency_id.rounding)
        cuts = []
        for schedule, piece in pieces:
            start, end = max(day, piece[1].start), piece[1].end
            if start >= end:
                continue
            left = earned([piece], end, rounding) - earned([piece], start, rounding)
            if left:
                cut = self._prepare_schedule_values(-left, start, end, schedule.method, max(schedule.date, day))
                cuts.append(cut | {"corrected_schedule_id": schedule.id, "removes_days": True} | values)
        return cuts

    def _withdraw(self):
        """Take obligations out of the books whose contract is as if it had never begun."""
        self.schedule_ids.filtered(lambda s: s.state != "cancelled")._cancel_by_undo()
        self.write({"price": 0.0, "share": 0.0})

    def action_open_schedules(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_schedule_action")
        return action | {"domain": [("obligation_id", "in", self.ids)], "context": {}}
