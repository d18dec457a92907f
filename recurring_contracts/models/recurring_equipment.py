from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domain.periods import Interval, add_term


class RecurringEquipment(models.Model):
    """A device that stands with a customer: under warranty, and covered by contracts."""

    _name = "recurring.equipment"
    _description = "Equipment"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "partner_id, name, serial_number, id"
    _check_company_auto = True
    _rec_names_search = ["name", "serial_number"]

    name = fields.Char(required=True, compute="_compute_name", store=True, readonly=False, precompute=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    product_id = fields.Many2one("product.product", check_company=True, index="btree_not_null", tracking=True)
    serial_number = fields.Char(index="trigram", copy=False, tracking=True)
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id", store=True, index=True)
    site_id = fields.Many2one(
        "res.partner",
        check_company=True,
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        tracking=True,
        help="The address at which the device stands.",
    )
    warranty_start = fields.Date(tracking=True)
    warranty_end = fields.Date(
        compute="_compute_warranty_end",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="The last day under warranty. Found from the start and the product's months of warranty.",
    )
    warranty_state = fields.Selection(
        [
            ("none", "No warranty"),
            ("future", "Not yet"),
            ("valid", "Under warranty"),
            ("ended", "Expired"),
        ],
        "Warranty",
        compute="_compute_warranty_state",
    )
    note = fields.Html("Notes")
    coverage_ids = fields.One2many("recurring.coverage", "equipment_id", "Contracts")
    coverage_count = fields.Integer("Contracts Now", compute="_compute_coverage_count")
    is_covered = fields.Boolean(
        "Covered Today", compute="_compute_is_covered", compute_sudo=True, search="_search_is_covered"
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount_due = fields.Monetary(
        currency_field="company_currency_id",
        compute="_compute_amount_due",
        help="What the customer owes on posted invoices, credit notes deducted.",
    )

    _serial_unique = models.UniqueIndex(
        "(company_id, product_id, serial_number) WHERE serial_number IS NOT NULL",
        "Another device of this product has the same serial number.",
    )

    # === COMPUTES === #

    @api.depends("product_id")
    def _compute_name(self):
        for equipment in self:
            equipment.name = equipment.name or equipment.product_id.name

    @api.depends("name", "serial_number")
    def _compute_display_name(self):
        for equipment in self:
            parts = (equipment.name, equipment.serial_number and f"({equipment.serial_number})")
            equipment.display_name = " ".join(part for part in parts if part)

    @api.depends("warranty_start", "product_id")
    def _compute_warranty_end(self):
        for equipment in self:
            months = equipment.product_id.recurring_warranty_months
            if equipment.warranty_start and months:
                end = add_term(equipment.warranty_start, Interval("month", months))
                equipment.warranty_end = fields.Date.subtract(end, days=1)

    @api.depends("warranty_start", "warranty_end")
    def _compute_warranty_state(self):
        for equipment in self:
            today = equipment.company_id._recurring_today()
            if not equipment.warranty_end:
                equipment.warranty_state = "none"
            elif equipment.warranty_end < today:
                equipment.warranty_state = "ended"
            elif equipment.warranty_start and equipment.warranty_start > today:
                equipment.warranty_state = "future"
            else:
                equipment.warranty_state = "valid"

    def _get_current_coverage_counts(self, user_rights):
        """Return how many contract items cover each device today, by device."""
        Coverage = self.env["recurring.coverage"]
        if not user_rights:
            # sudo: only whether and how often a device is covered comes of it.
            Coverage = Coverage.sudo()
        domain = Coverage._get_current_domain() & fields.Domain("equipment_id", "in", self.ids)
        return {equipment.id: count for equipment, count in Coverage._read_group(domain, ["equipment_id"], ["__count"])}

    def _compute_coverage_count(self):
        counts = self._get_current_coverage_counts(user_rights=True)
        for equipment in self:
            equipment.coverage_count = counts.get(equipment._origin.id, 0)

    def _compute_is_covered(self):
        counts = self._get_current_coverage_counts(user_rights=False)
        for equipment in self:
            equipment.is_covered = bool(counts.get(equipment._origin.id))

    def _search_is_covered(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: only whether a device is covered comes of it, not by which contract.
        Coverage = self.env["recurring.coverage"].sudo()
        covered = fields.Domain("id", "in", Coverage._search(Coverage._get_current_domain()).subselect("equipment_id"))
        return covered if True in value else ~covered

    def _compute_amount_due(self):
        self.amount_due = 0.0
        Move = self.env["account.move"]
        if not Move.has_access("read"):
            return
        groups = Move._read_group(
            [
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
                ("payment_state", "in", ("not_paid", "partial")),
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            ["commercial_partner_id", "company_id"],
            ["amount_residual_signed:sum"],
        )
        due = {(partner.id, company.id): amount for partner, company, amount in groups}
        for equipment in self:
            equipment.amount_due = due.get((equipment.commercial_partner_id.id, equipment.company_id.id), 0.0)

    # === CONSTRAINTS === #

    @api.constrains("warranty_start", "warranty_end")
    def _check_warranty(self):
        for equipment in self:
            start, end = equipment.warranty_start, equipment.warranty_end
            if start and end and end < start:
                raise ValidationError(
                    self.env._("%(equipment)s: the warranty ends before it starts.", equipment=equipment.display_name)
                )

    @api.constrains("site_id", "partner_id")
    def _check_site(self):
        for equipment in self.filtered("site_id"):
            if equipment.site_id.commercial_partner_id != equipment.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(equipment)s: the site %(site)s is no address of %(customer)s.",
                        equipment=equipment.display_name,
                        site=equipment.site_id.display_name,
                        customer=equipment.partner_id.display_name,
                    )
                )

    @api.constrains("partner_id")
    def _check_customer_of_coverage(self):
        """Let a device change hands only when no contract of the former customer covers it any more."""
        # sudo: also contracts that the user may not see.
        for coverage in self.sudo().coverage_ids:
            coverage._check_customer()

    # === ACTIONS === #

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Equipment"),
                "template": "/recurring_contracts/static/import/recurring_equipment.csv",
            }
        ]

    def action_view_open_invoices(self):
        """Open the customer's invoices that are not paid."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        return action | {
            "domain": [
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
                ("payment_state", "in", ("not_paid", "partial")),
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "context": {"create": False},
        }

    def action_view_contracts(self):
        """Open the contracts that cover the device, today or at another time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_contract_action")
        return action | {"domain": [("coverage_ids.equipment_id", "=", self.id)], "context": {}}
