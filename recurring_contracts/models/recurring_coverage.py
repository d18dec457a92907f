from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class RecurringCoverage(models.Model):
    """A device that a contract item covers, over a range of days.

    Whatever its own dates, a coverage never lasts longer than its item: an item that is ended ends
    it, and one whose end is undone carries it on.
    """

    _name = "recurring.coverage"
    _description = "Covered Equipment"
    _order = "date_start desc, id desc"
    _rec_name = "equipment_id"
    _check_company_auto = True

    equipment_id = fields.Many2one(
        "recurring.equipment", required=True, index=True, ondelete="cascade", check_company=True
    )
    item_id = fields.Many2one(
        "recurring.contract.item",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('contract_id', '=', contract_id)]",
    )
    contract_id = fields.Many2one(
        "recurring.contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="item_id.company_id", store=True, precompute=True, index=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    product_id = fields.Many2one(related="equipment_id.product_id")
    item_product_id = fields.Many2one(related="item_id.product_id", string="Covered By")
    serial_number = fields.Char(related="equipment_id.serial_number")
    site_id = fields.Many2one(related="equipment_id.site_id")
    warranty_end = fields.Date(related="equipment_id.warranty_end")
    contract_state = fields.Selection(related="contract_id.state", string="Contract Status")
    date_start = fields.Date(
        "From", required=True, compute="_compute_date_start", store=True, readonly=False, precompute=True
    )
    date_end = fields.Date("To", help="The last day covered. Empty: as long as the item is in force.")
    date_last = fields.Date(
        "Covered Until",
        compute="_compute_date_last",
        help="The last day covered; the item's own end where it is earlier.",
    )
    state = fields.Selection(
        [
            ("future", "To come"),
            ("current", "Covered"),
            ("past", "Past"),
        ],
        "Coverage",
        compute="_compute_state",
    )

    _dates = models.Constraint("CHECK(date_end IS NULL OR date_end >= date_start)", "Coverage ends before it starts.")
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(item_id, item_id, '[]') WITH &&, "
        "int4range(equipment_id, equipment_id, '[]') WITH &&, daterange(date_start, date_end + 1) WITH &&)",
        "The item covers this device on the same day already.",
    )

    # === COMPUTES === #

    @api.depends("item_id")
    def _compute_contract_id(self):
        for coverage in self:
            coverage.contract_id = coverage.item_id.contract_id or coverage.contract_id

    @api.depends("item_id")
    def _compute_date_start(self):
        for coverage in self:
            contract = coverage.item_id.contract_id
            today = (contract.company_id or self.env.company)._recurring_today()
            start = coverage.item_id.date_start or contract.date_start or today
            coverage.date_start = coverage.date_start or max(start, today)

    @api.depends("date_end", "item_id.date_end")
    def _compute_date_last(self):
        for coverage in self:
            ends = [day for day in (coverage.date_end, coverage.item_id.date_end) if day]
            coverage.date_last = min(ends, default=False)

    @api.depends("date_start", "date_end", "item_id.date_end", "item_id.date_start", "contract_id.state")
    def _compute_state(self):
        for coverage in self:
            today = coverage.company_id._recurring_today()
            if coverage.contract_id.state == "cancelled" or coverage.date_last and coverage.date_last < today:
                coverage.state = "past"
            elif (
                coverage.contract_id.state == "draft"
                or coverage.date_start > today
                or coverage.item_id.date_start
                and coverage.item_id.date_start > today
            ):
                coverage.state = "future"
            else:
                coverage.state = "current"

    @api.model
    def _get_current_domain(self, day=None):
        """Return the domain of the coverages of a day.

        :param datetime.date day: today by default
        """
        day = day or self.env.company._recurring_today()
        return Domain(
            [
                ("date_start", "<=", day),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", day),
                ("item_id.date_start", "<=", day),
                "|",
                ("item_id.date_end", "=", False),
                ("item_id.date_end", ">=", day),
                ("contract_id.state", "not in", ("draft", "cancelled")),
            ]
        )

    # === CONSTRAINTS === #

    @api.constrains("equipment_id", "item_id", "contract_id")
    def _check_coverage(self):
        for coverage in self:
            if coverage.item_id.contract_id != coverage.contract_id:
                raise ValidationError(
                    self.env._(
                        "%(item)s is no item of %(contract)s. Choose one of its items.",
                        item=coverage.item_id.display_name,
                        contract=coverage.contract_id.display_name,
                    )
                )
            coverage._check_customer()

    def _check_customer(self):
        """Refuse that the contract of one customer covers a device of another, from today on."""
        self.ensure_one()
        customers = self.contract_id.commercial_partner_id | self.contract_id.partner_shipping_id.commercial_partner_id
        if self.state != "past" and self.equipment_id.commercial_partner_id not in customers:
            raise ValidationError(
                self.env._(
                    "%(equipment)s belongs to %(owner)s, and %(contract)s to %(customer)s. End the coverage first, "
                    "or choose a device of this customer.",
                    equipment=self.equipment_id.display_name,
                    owner=self.equipment_id.commercial_partner_id.display_name,
                    contract=self.contract_id.display_name,
                    customer=self.contract_id.commercial_partner_id.display_name,
                )
            )

    @api.constrains("date_start", "item_id")
    def _check_within_item(self):
        for coverage in self:
            end = coverage.item_id.date_end
            if end and coverage.date_start > end and coverage.contract_id.state not in ("draft", "cancelled"):
                raise ValidationError(
                    self.env._(
                        "%(item)s ends on %(end)s: it cannot cover %(equipment)s from %(start)s on.",
                        item=coverage.item_id.display_name,
                        end=format_date(self.env, end),
                        equipment=coverage.equipment_id.display_name,
                        start=format_date(self.env, coverage.date_start),
                    )
                )
