from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..domain.money import to_decimal
from ..models.recurring_contract_item import RECURRING
from ..models.recurring_plan import RENEWAL_DOCUMENTS


class RecurringContractAlign(models.TransientModel):
    """Co-termination: what contracts cost up to a common end, before it is decided."""

    _name = "recurring.contract.align"
    _description = "Align the Ends of Contracts"

    contract_ids = fields.Many2many(
        "recurring.contract",
        string="Contracts",
        domain="[('commercial_partner_id', '=', commercial_partner_id), ('company_id', '=', company_id), "
        "('currency_id', '=', currency_id), ('state', 'in', ('active', 'suspended', 'ended'))]",
    )
    company_id = fields.Many2one("res.company", compute="_compute_from_contracts", compute_sudo=False)
    currency_id = fields.Many2one("res.currency", compute="_compute_from_contracts", compute_sudo=False)
    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer", compute="_compute_from_contracts", compute_sudo=False
    )
    date_end = fields.Date(
        "Common End",
        required=True,
        compute="_compute_date_end",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="The last day in force of all of them. A contract that ends on this very day takes the others up.",
    )
    target = fields.Selection(
        [
            ("one", "They become one contract"),
            ("apart", "They stay apart"),
        ],
        "Result",
        required=True,
        default="one",
        help="Either way they share one renewal later on.",
    )
    host_id = fields.Many2one(
        "recurring.contract",
        "Joined To",
        compute="_compute_host_id",
        compute_sudo=False,
        help="Ends on the common end.",
    )
    plan_id = fields.Many2one(
        "recurring.plan",
        compute="_compute_plan_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        domain="[('company_id', 'in', (False, company_id))]",
        help="Terms and billing periods of what comes after the common end.",
    )
    document = fields.Selection(
        RENEWAL_DOCUMENTS,
        "Renewal Order",
        required=True,
        compute="_compute_plan_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    price_rule = fields.Selection(
        [
            ("rules", "As agreed for renewals"),
            ("percent", "The same percentage for all"),
        ],
        "Uplift",
        required=True,
        default="rules",
    )
    uplift_percent = fields.Float("Uplift (%)", digits=(16, 4), help="A negative one lowers the price.")
    line_ids = fields.One2many(
        "recurring.contract.align.line",
        "align_id",
        "Items",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    amount_total = fields.Monetary(
        "Total of the Stretch", compute="_compute_amount_total", help="Untaxed: charged once, until the common end."
    )
    message = fields.Char(compute="_compute_message", compute_sudo=False)

    # === COMPUTES === #

    @api.depends("contract_ids")
    def _compute_from_contracts(self):
        for wizard in self:
            first = wizard.contract_ids[:1]
            wizard.company_id = first.company_id
            wizard.currency_id = first.currency_id
            wizard.commercial_partner_id = first.commercial_partner_id

    @api.depends("contract_ids")
    def _compute_date_end(self):
        """Propose the latest of different ends; where there is only one, a later day is to be chosen."""
        for wizard in self:
            ends = set(wizard.contract_ids.filtered("date_end").mapped("date_end"))
            wizard.date_end = max(ends) if len(ends) > 1 else False

    @api.depends("contract_ids", "date_end", "target")
    def _compute_host_id(self):
        for wizard in self:
            hosts = wizard.contract_ids.filtered(lambda c, day=wizard.date_end: c.date_end == day)
            wizard.host_id = hosts[:1] if wizard.target == "one" and len(hosts) == 1 else False

    @api.depends("contract_ids", "date_end", "target")
    def _compute_plan_id(self):
        for wizard in self:
            contract = wizard.host_id or wizard.contract_ids[:1]
            wizard.plan_id = contract.plan_id
            known = dict(RENEWAL_DOCUMENTS)
            wizard.document = contract.renewal_document if contract.renewal_document in known else "quotation"

    @api.depends("contract_ids", "date_end", "target")
    def _compute_message(self):
        """Say what forbids the alignment as it is asked for, before it is confirmed."""
        for wizard in self:
            wizard.message = wizard._get_obstacle()

    def _get_obstacle(self):
        """Return what forbids the alignment, or ``False``."""
        contracts = self.contract_ids._origin
        if not contracts or not self.date_end:
            return False
        try:
            contracts._check_can_align()
            contracts._check_common_end(self.date_end)
            if self.target == "one":
                contracts._get_alignment_host(self.date_end)
        except UserError as error:
            return error.args[0]
        return False

    @api.depends("contract_ids", "date_end", "price_rule", "uplift_percent", "target", "plan_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [Command.clear(), *(Command.create(values) for values in wizard._prepare_lines())]

    def _prepare_lines(self):
        """Return the values of the lines: each item that goes on, with its price until the common end."""
        if not self.date_end or self._get_obstacle():
            return []
        contracts = self._get_joining_contracts().sorted("date_end")
        items = contracts._get_items_to_align().filtered(lambda item: item.charge_type == RECURRING)
        segments = items._get_segments()
        return [self._prepare_line_values(item, segments) for item in items]

    def _prepare_line_values(self, item, segments):
        by_rules = self.price_rule == "rules"
        percent = None if by_rules else to_decimal(self.uplift_percent)
        aligned = item._get_alignment(self.date_end, segments, percent, by_rules)
        return {
            "contract_id": item.contract_id.id,
            "item_id": item.id,
            "date_start": aligned["start"],
            "days": aligned["days"],
            "term_price": float(aligned["term_price"]),
            "new_date_start": aligned["new_start"],
            "new_days": aligned["new_days"],
            "rule_percent": float(aligned["percent"]),
            "uplift_percent": float(aligned["percent"]),
            "note": aligned["note"],
        }

    def _get_joining_contracts(self):
        """Return the contracts that are carried on, which do not end on the common day already."""
        return self.contract_ids._origin.filtered(lambda c, day=self.date_end: c.date_end != day)

    @api.depends("line_ids.amount")
    def _compute_amount_total(self):
        for wizard in self:
            wizard.amount_total = sum(wizard.line_ids.mapped("amount"))

    # === CONFIRMATION === #

    def action_confirm(self):
        """Make the renewal orders up to the common end, and open them.

        :raise UserError: naming the contract that cannot be aligned
        """
        self.ensure_one()
        contracts = self.contract_ids
        if not contracts:
            raise UserError(self.env._("Choose the contracts whose ends are to be aligned."))
        contracts.check_access("write")
        contracts._check_can_align()
        contracts._check_common_end(self.date_end)
        groups, plans = self._get_groups()
        by_rules = self.price_rule == "rules"
        orders = contracts._create_aligned_orders(self.date_end, groups, plans, self._get_percents(), by_rules)
        if self.document == "confirmed":
            orders.action_confirm()
        elif self.document == "approval":
            orders.recurring_renewal_approval = True
            orders.action_recurring_request_approval()
        for order in orders:
            order.recurring_renewed_contract_ids._message_log_batch(
                {
                    contract.id: self.env._("Carried on to the common end by %(order)s.", order=order._get_html_link())
                    for contract in order.recurring_renewed_contract_ids
                }
            )
        return contracts._open_renewal_orders(orders)

    def _get_groups(self):
        """Return the groups of contracts that become one each, and the plan of each group.

        :rtype: tuple[list, list]
        """
        if self.target == "one":
            return [self.contract_ids], [self.host_id.plan_id or self.plan_id or self.contract_ids[0].plan_id]
        groups = list(self._get_joining_contracts())
        return groups, [contract.plan_id for contract in groups]

    def _get_percents(self):
        """Return the uplifts that differ from what the rules say, by item id."""
        return {
            line.item_id.id: to_decimal(line.uplift_percent)
            for line in self.line_ids
            if self.price_rule == "percent" or line.uplift_percent != line.rule_percent
        }
