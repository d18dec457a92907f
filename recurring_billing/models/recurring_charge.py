from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain.charges import ONE_TIME, OPENING, RECURRING, ROUNDING, USAGE
from .recurring_grouping_mixin import CONTRACT, ITEM, ORDER

CARRIED = ("draft", "posted")


class RecurringCharge(models.Model):
    """One computed amount, owed or credited.

    Charges are booked by the engine only. They are never deleted: one that no longer holds before
    it was invoiced is void, one that was invoiced is credited by another charge.
    """

    _name = "recurring.charge"
    _description = "Recurring Charge"
    _order = "date_start desc, contract_id, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True, index=True, ondelete="restrict")
    plan_id = fields.Many2one("recurring.plan", readonly=True)
    item_id = fields.Many2one("recurring.contract.item", required=True, readonly=True, index=True, ondelete="restrict")
    product_id = fields.Many2one("product.product", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Invoiced To", required=True, readonly=True, index=True)
    commercial_partner_id = fields.Many2one("res.partner", "Paying Company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(
        [
            (RECURRING, "Recurring"),
            (ONE_TIME, "One-time"),
            (USAGE, "By usage"),
            (OPENING, "Billed elsewhere"),
            (ROUNDING, "Rounding difference"),
        ],
        required=True,
        readonly=True,
    )
    period_start = fields.Date("Period From", required=True, readonly=True)
    period_end = fields.Date("Period To", required=True, readonly=True)
    date_start = fields.Date("From", required=True, readonly=True, help="First day charged or credited.")
    date_end = fields.Date("To", required=True, readonly=True, help="Last day charged or credited.")
    revision = fields.Integer(required=True, readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    price_unit = fields.Float("Unit Price", min_display_digits="Product Price", readonly=True)
    discount = fields.Float("Discount (%)", digits="Discount", readonly=True)
    tax_ids = fields.Many2many("account.tax", string="Taxes", readonly=True, context={"active_test": False})
    whole_amount = fields.Monetary("Whole Period", readonly=True, help="What the whole period costs at these terms.")
    units_before = fields.Integer(readonly=True, help="Units of the period that were charged at this price before.")
    units = fields.Integer(readonly=True, help="Units (days) of the period in this charge.")
    units_total = fields.Integer(readonly=True, help="Units (days) of the whole period.")
    usage_quantity = fields.Float(
        "Used", digits="Product Unit", readonly=True, help="By usage: all units used in the period at this price."
    )
    included_quantity = fields.Float(
        "Included", digits="Product Unit", readonly=True, help="By usage: those of them that the period includes."
    )
    amount = fields.Monetary(
        readonly=True,
        help="In the contract's currency, with or without tax as the price itself. Negative: credited.",
    )
    due_date = fields.Date("Due", required=True, readonly=True, index=True)
    corrected_charge_id = fields.Many2one(
        "recurring.charge", "Corrects", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    correction_ids = fields.One2many("recurring.charge", "corrected_charge_id", "Corrections")
    run_id = fields.Many2one("recurring.bill.run", "Billing Run", readonly=True, index="btree_not_null")
    invoice_line_id = fields.Many2one("account.move.line", readonly=True, index="btree_not_null", ondelete="set null")
    move_id = fields.Many2one("account.move", "Invoice", readonly=True, index="btree_not_null", ondelete="set null")
    is_void = fields.Boolean("Void", readonly=True)
    state = fields.Selection(
        [
            ("to_invoice", "To invoice"),
            ("draft", "On a draft invoice"),
            ("posted", "Invoiced"),
            ("opening", "Billed elsewhere"),
            ("void", "Void"),
        ],
        string="Status",
        compute="_compute_state",
        search="_search_state",
        help="Read from the invoice. A charge whose draft is deleted, or whose invoice is cancelled, is owed again.",
    )

    _item_period_index = models.Index("(item_id, period_end)")
    _waiting_index = models.Index(
        "(contract_id) WHERE invoice_line_id IS NULL AND is_void IS NOT TRUE AND kind != 'opening'"
    )
    _booked_once = models.UniqueIndex(
        "(item_id, kind, period_start, revision)",
        "This period of this item was billed at the same moment by someone else. Try again.",
    )

    # === COMPUTES === #

    @api.depends("is_void", "kind", "move_id.state")
    def _compute_state(self):
        for charge in self:
            # sudo: a salesperson sees whether his customer was invoiced, not the invoice
            move_state = charge.sudo().move_id.state
            if charge.is_void:
                charge.state = "void"
            elif charge.kind == OPENING:
                charge.state = "opening"
            else:
                charge.state = move_state if move_state in CARRIED else "to_invoice"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        live = Domain("is_void", "=", False) & Domain("kind", "!=", OPENING)

        def on(states):
            # any!: a salesperson sees whether his customer was invoiced, not the invoice
            return Domain("move_id", "any!", [("state", "in", states)])

        domains = {
            "void": Domain("is_void", "=", True),
            "opening": Domain("is_void", "=", False) & Domain("kind", "=", OPENING),
            "to_invoice": live & ~on(CARRIED),
            "draft": live & on(["draft"]),
            "posted": live & on(["posted"]),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("contract_id", "product_id", "date_start", "date_end")
    def _compute_display_name(self):
        for charge in self:
            charge.display_name = self.env._(
                "%(contract)s: %(product)s, %(days)s",
                contract=charge.contract_id.name,
                product=charge.product_id.display_name,
                days=charge._format_days(with_year=True),
            )

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Charges are never deleted. End or amend the contract, and bill again."))

    def _void(self):
        """Give up charges that are on no invoice."""
        self._mark_moves_rebilled()
        self.write({"is_void": True})

    def _mark_moves_rebilled(self):
        """Keep cancelled invoices, whose charges are now billed elsewhere, from coming back."""
        self.move_id.filtered(lambda move: move.state == "cancel").write({"recurring_rebilled": True})

    def _release(self):
        """Take charges off their invoice: they are owed again, or void if they no longer hold."""
        self.write({"invoice_line_id": False, "move_id": False})
        self._reopen()

    def _reopen(self):
        """Have the items compared again from the charges' periods on."""
        first_days = {}
        for charge in self.filtered(lambda c: not c.is_void):
            item = charge.item_id.id
            first_days[item] = min(charge.period_start, first_days.get(item, charge.period_start))
        self.item_id._reopen_from(first_days)

    @api.model
    def _get_waiting_domain(self):
        """Return the domain of charges that are on no invoice, and wait for one to go along with."""
        return Domain("invoice_line_id", "=", False) & Domain("is_void", "=", False) & Domain("kind", "!=", OPENING)

    # === INVOICING HOOKS === #

    def _get_grouping_key(self):
        """Return what charges must have in common to share an invoice.

        Hook: other addons extend it to keep more apart, and ``_get_grouping_labels`` with it: the
        properties are the reasons that the run gives for charges that stay apart.

        :return: a comparable value (record id, number or string) by name of the property
        :rtype: dict
        """
        self.ensure_one()
        contract = self.contract_id
        grouping = contract._get_invoice_grouping()
        credited = self.corrected_charge_id.move_id
        apart = self._is_credited_apart()
        fiscal_position = credited.fiscal_position_id if credited else contract.fiscal_position_id
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "payment_term_id": contract.payment_term_id.id,
            "payment_method_line_id": contract.payment_method_line_id.id,
            "fiscal_position_id": fiscal_position.id,
            "journal_id": contract.journal_id.id,
            "contract_id": grouping == CONTRACT and contract.id,
            "client_order_ref": grouping == ORDER and contract.client_order_ref,
            "item_id": grouping == ITEM and self.item_id.id,
            "is_credit": apart,
            "credited_move_id": apart and credited.id,
        }

    def _is_credited_apart(self):
        """Tell whether the charge is a credit that goes on a credit note of its own."""
        self.ensure_one()
        if not self.corrected_charge_id or self.amount >= 0:
            return False
        return self.partner_id._get_recurring_credit_policy(self.company_id) == "credit_note"

    @api.model
    def _get_grouping_labels(self):
        """Return how to name the properties of ``_get_grouping_key`` to a reader.

        Hook: whoever extends the key extends this.

        :return: label and model (``None`` for plain values) by name of the property
        :rtype: dict[str, tuple[str, str | None]]
        """
        return {
            "company_id": (self.env._("Company"), "res.company"),
            "partner_id": (self.env._("Invoice Address"), "res.partner"),
            "currency_id": (self.env._("Currency"), "res.currency"),
            "payment_term_id": (self.env._("Payment Terms"), "account.payment.term"),
            "payment_method_line_id": (self.env._("Payment Method"), "account.payment.method.line"),
            "fiscal_position_id": (self.env._("Fiscal Position"), "account.fiscal.position"),
            "journal_id": (self.env._("Journal"), "account.journal"),
            "contract_id": (self.env._("Own Invoice of the Contract"), "recurring.contract"),
            "client_order_ref": (self.env._("Purchase Order"), None),
            "item_id": (self.env._("Own Invoice of the Item"), "recurring.contract.item"),
            "is_credit": (self.env._("Credit Note"), None),
            "credited_move_id": (self.env._("Invoice Corrected"), "account.move"),
        }

    def _prepare_invoice_line_values(self, move_type):
        """Return the values of the invoice line that carries the charge.

        Quantity, price and discount are shown where they give the amount exactly; a part of a
        period becomes one times its amount, and the label says how it was computed. Hook: other
        addons extend it.

        :param str move_type: ``out_invoice`` or ``out_refund``; on the latter all signs turn
        :return: values of ``account.move.line``, without the amounts of the journal item
        :rtype: dict
        """
        self.ensure_one()
        sign = -1 if move_type == "out_refund" else 1
        amount = sign * self.amount
        whole = self.whole_amount
        shows_formula = self.kind != ROUNDING and bool(whole) and abs(amount) == abs(whole)
        if shows_formula:
            quantity = self.quantity if amount * whole > 0 else -self.quantity
            price, discount = self.price_unit, self.discount
        else:
            quantity, price, discount = 1.0, amount, 0.0
        corrected_line = self.corrected_charge_id.invoice_line_id
        item = self.item_id
        values = {
            "product_id": self.product_id.id,
            "product_uom_id": item.product_uom_id.id,
            "name": self._get_invoice_line_name(shows_formula),
            "quantity": quantity,
            "price_unit": price,
            "discount": discount,
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "analytic_distribution": item.analytic_distribution or False,
            "recurring_contract_id": self.contract_id.id,
            "recurring_date_start": self.date_start,
            "recurring_date_end": self.date_end,
        }
        if corrected_line:
            values["account_id"] = corrected_line.account_id.id
            values["analytic_distribution"] = corrected_line.analytic_distribution or False
        return values

    def _link_invoice_lines(self, line_ids):
        """Put charges on invoice lines, in one statement.

        :param list[int] line_ids: the line of each charge, in the order of ``self``
        """
        if not self:
            return
        self._mark_moves_rebilled()
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                """
                UPDATE recurring_charge charge
                   SET invoice_line_id = line.id, move_id = line.move_id
                  FROM UNNEST(%s, %s) AS link(charge_id, line_id)
                  JOIN account_move_line line ON line.id = link.line_id
                 WHERE charge.id = link.charge_id
             RETURNING charge.id
                """,
                self.ids,
                line_ids,
            )
        )
        self.invalidate_recordset(["invoice_line_id", "move_id"])
        self.env["account.move.line"].browse(line_ids).invalidate_recordset(["recurring_charge_ids"])
        self.modified(["invoice_line_id", "move_id"])

    def action_open_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }
