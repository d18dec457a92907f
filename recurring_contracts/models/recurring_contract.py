from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..domain.periods import Grid, Interval
from .recurring_billing_terms import BILLING_UNITS
from .recurring_plan import RENEWAL_POLICIES

RUNNING = ("active", "suspended")


class RecurringContract(models.Model):
    _name = "recurring.contract"
    _description = "Recurring Contract"
    _inherit = ["portal.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, copy=False, default=lambda self: self.env._("New"))
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("ended", "Ended"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id", store=True, index=True)
    partner_invoice_id = fields.Many2one(
        "res.partner",
        "Invoice Address",
        required=True,
        check_company=True,
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
    )
    partner_shipping_id = fields.Many2one(
        "res.partner",
        "Service Address",
        required=True,
        check_company=True,
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        "Payment Terms",
        check_company=True,
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        check_company=True,
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
    )
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        "Payment Method",
        check_company=True,
        domain="[('payment_type', '=', 'inbound'), ('company_id', '=', company_id)]",
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Invoicing Journal",
        check_company=True,
        domain="[('type', '=', 'sale')]",
        help="Leave empty to invoice in the company's first sales journal.",
    )
    client_order_ref = fields.Char("Customer Reference", copy=False)
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', '=', company_id)]",
        tracking=True,
        index=True,
    )
    team_id = fields.Many2one(
        "crm.team",
        "Sales Team",
        check_company=True,
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
    )
    plan_id = fields.Many2one(
        "recurring.plan", required=True, check_company=True, index=True, ondelete="restrict", tracking=True
    )
    term_count = fields.Integer(
        "Term",
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    term_unit = fields.Selection(
        BILLING_UNITS, compute="_compute_from_plan", store=True, readonly=False, precompute=True
    )
    renewal_policy = fields.Selection(
        RENEWAL_POLICIES,
        "At the End of the Term",
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    notice_days = fields.Integer(
        "Notice (Days)",
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    notice_deadline = fields.Date(
        "Notice By",
        compute="_compute_notice_deadline",
        store=True,
        help="The last day on which notice prevents the tacit renewal.",
    )
    date_start = fields.Date(
        "Start",
        required=True,
        default=lambda self: self.env.company._recurring_today(),
        tracking=True,
    )
    date_end = fields.Date(
        "End",
        compute="_compute_date_end",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        tracking=True,
        help="The last day in force. Empty: no end decided.",
    )
    transferred_from_id = fields.Many2one("recurring.contract", readonly=True, copy=False, index="btree_not_null")
    transferred_into_ids = fields.One2many("recurring.contract", "transferred_from_id")
    terminated_by_id = fields.Many2one("recurring.amendment", "Ended By", readonly=True, copy=False)
    close_reason_id = fields.Many2one(
        "recurring.close.reason",
        "Closed Because",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Why the customer leaves, or why the renewal was refused.",
    )
    item_ids = fields.One2many("recurring.contract.item", "contract_id", "Items", copy=True)
    amendment_ids = fields.One2many("recurring.amendment", "contract_id", "Amendments")
    event_ids = fields.One2many("recurring.contract.event", "contract_id", "Events")
    order_ids = fields.One2many("sale.order", "recurring_contract_id", "Orders")
    order_count = fields.Integer(compute="_compute_order_count")
    event_count = fields.Integer(compute="_compute_event_count")
    amendment_count = fields.Integer(compute="_compute_amendment_count")
    mrr = fields.Monetary(
        "MRR",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Monthly recurring revenue of today, in the company's currency.",
    )
    note = fields.Html("Terms and Conditions")

    _date_end_check = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)",
        "A contract cannot end before it starts.",
    )

    # === COMPUTES === #

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for contract in self:
            contract.currency_id = (
                contract.pricelist_id.currency_id or contract.currency_id or contract.company_id.currency_id
            )

    @api.depends("partner_id", "company_id")
    def _compute_from_partner(self):
        for contract in self:
            partner = contract.partner_id.with_company(contract.company_id)
            addresses = partner.address_get(["invoice", "delivery"]) if partner else {}
            fiscal_position = self.env["account.fiscal.position"].with_company(contract.company_id)
            values = {
                "partner_invoice_id": addresses.get("invoice"),
                "partner_shipping_id": addresses.get("delivery"),
                "pricelist_id": partner.property_product_pricelist.id,
                "payment_term_id": partner.property_payment_term_id.id,
                "payment_method_line_id": partner.property_inbound_payment_method_line_id.id,
                "fiscal_position_id": bool(partner)
                and fiscal_position._get_fiscal_position(partner, partner.browse(addresses.get("delivery"))).id,
            }
            contract.update(values)

    @api.depends("user_id", "company_id")
    def _compute_team_id(self):
        teams = {}
        for contract in self:
            key = (contract.user_id.id, contract.company_id.id)
            if key not in teams:
                Teams = self.env["crm.team"]
                teams[key] = Teams._get_default_team_id(
                    user_id=contract.user_id.id,
                    domain=Teams._check_company_domain(contract.company_id),
                )
            contract.team_id = teams[key]

    @api.depends("plan_id")
    def _compute_from_plan(self):
        for contract in self:
            plan = contract.plan_id
            contract.update({name: plan[name] for name in self._get_plan_fields()})

    @api.model
    def _get_plan_fields(self):
        """Return the names of the terms that a contract copies from its plan."""
        return ["term_count", "term_unit", "renewal_policy", "notice_days"]

    @api.depends("date_start", "term_count", "term_unit")
    def _compute_date_end(self):
        for contract in self.filtered(lambda c: c.state == "draft"):
            term = contract._get_term()
            if term and contract.date_start:
                end = Grid(contract.date_start, term).boundary(1)
                contract.date_end = fields.Date.subtract(end, days=1)
            else:
                contract.date_end = False

    @api.depends("date_end", "notice_days", "renewal_policy", "term_count", "terminated_by_id")
    def _compute_notice_deadline(self):
        for contract in self:
            contract.notice_deadline = (
                contract.date_end
                and contract.renewal_policy == "tacit"
                and contract.term_count > 0
                and not contract.terminated_by_id
                and fields.Date.subtract(contract.date_end, days=contract.notice_days)
            )

    @api.depends("order_ids")
    def _compute_order_count(self):
        for contract in self:
            contract.order_count = len(contract.order_ids)

    def _compute_event_count(self):
        counts = dict(
            self.env["recurring.contract.event"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.event_count = counts.get(contract, 0)

    @api.depends("amendment_ids.undone_by_id")
    def _compute_amendment_count(self):
        """Count the amendments that stand, the start among them."""
        for contract in self:
            contract.amendment_count = len(
                contract.amendment_ids.filtered(lambda a: a.kind != "undo" and not a.undone_by_id)
            )

    @api.depends("name", "partner_id")
    @api.depends_context("recurring_show_partner")
    def _compute_display_name(self):
        if not self.env.context.get("recurring_show_partner"):
            return super()._compute_display_name()
        for contract in self:
            contract.display_name = f"{contract.name} - {contract.partner_id.display_name}"

    def _get_term(self):
        """Return the term as a domain ``Interval``, or ``None`` for an evergreen contract."""
        self.ensure_one()
        if not self.term_count or self.term_count < 0:
            return None
        return Interval(self.term_unit, self.term_count)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for contract in self:
            contract.access_url = f"/my/contracts/{contract.id}"
        return result

    # === CONSTRAINTS AND CRUD === #

    @api.constrains("term_count", "notice_days")
    def _check_term(self):
        for contract in self:
            if contract.term_count < 0 or contract.notice_days < 0:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: term and notice cannot be negative.",
                        contract=contract.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("state", "draft") != "draft":
                raise UserError(self.env._("A contract is created as a draft and then started."))
            if vals.get("name", self.env._("New")) == self.env._("New"):
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("recurring.contract")
        return super().create(vals_list)

    def _get_draft_only_fields(self):
        """Return the names of the fields that only an amendment may change once in force."""
        return {
            "company_id",
            "currency_id",
            "date_start",
            "date_end",
            "mrr",
            "partner_id",
            "partner_invoice_id",
            "plan_id",
            "state",
            "terminated_by_id",
            "transferred_from_id",
        }

    def write(self, vals):
        frozen = self._get_draft_only_fields() & vals.keys()
        if frozen:
            for contract in self:
                if contract.state != "draft" or "state" in frozen:
                    names = [self._fields[name].get_description(self.env)["string"] for name in frozen]
                    raise UserError(
                        self.env._(
                            "%(contract)s is in force: use Amend or End to change %(fields)s.",
                            contract=contract.display_name,
                            fields=", ".join(sorted(names)),
                        )
                    )
        return super().write(vals)

    def _write_protected(self, vals):
        """Write fields that follow from the journal; for the engine only."""
        # Passes by this class's own write(), which refuses them to everybody else.
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for contract in self:
            if contract.state != "draft":
                raise UserError(
                    self.env._(
                        "%(contract)s has a history and cannot be deleted. End or cancel it.",
                        contract=contract.display_name,
                    )
                )

    def copy_data(self, default=None):
        return super().copy_data({"date_end": False, **(default or {})})

    # === ACTIONS === #

    def action_preview(self):
        """Open the contract as its customer sees it."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "target": "self", "url": self.get_portal_url()}

    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        if len(self.order_ids) == 1:
            return action | {
                "views": [(False, "form")],
                "res_id": self.order_ids.id,
                "domain": [],
            }
        return action | {"domain": [("recurring_contract_id", "=", self.id)], "context": {}}

    def action_view_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_contract_event_action")
        return action | {
            "domain": [("contract_id", "=", self.id)],
            "context": {"search_default_group_amendment": 1},
        }

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import template for contracts with their items"),
                "template": "/recurring_contracts/static/xls/recurring_contract.csv",
            }
        ]
