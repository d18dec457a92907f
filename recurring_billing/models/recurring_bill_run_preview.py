from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..domain.charges import ONE_TIME, RECURRING, ROUNDING, USAGE
from ..domain.comparison import compare

MAX_DIFFERENCES = 10


class RecurringBillRunPreview(models.Model):
    """One line of an invoice that a run is going to make. It books nothing and counts as nothing."""

    _name = "recurring.bill.run.preview"
    _description = "Preview Line of a Billing Run"
    _order = "run_id desc, customer_id, number, sequence, id"
    _check_company_auto = True

    active = fields.Boolean(default=True, help="Archived: approved, but other figures came out since.")
    run_id = fields.Many2one("recurring.bill.run", "Billing Run", required=True, index=True, ondelete="cascade")
    customer_id = fields.Many2one(
        "recurring.bill.run.customer", "Customer of the Run", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    commercial_partner_id = fields.Many2one("res.partner", "Customer", required=True, ondelete="cascade")
    number = fields.Integer(
        "Invoice", required=True, aggregator=None, help="Number of the invoice among the customer's own in this run."
    )
    move_type = fields.Selection([("out_invoice", "Invoice"), ("out_refund", "Credit note")], "Document", required=True)
    partner_id = fields.Many2one("res.partner", "Invoiced To")
    currency_id = fields.Many2one("res.currency", required=True)
    journal_id = fields.Many2one("account.journal", check_company=True)
    payment_term_id = fields.Many2one("account.payment.term", "Payment Terms")
    payment_method_line_id = fields.Many2one("account.payment.method.line", "Payment Method")
    fiscal_position_id = fields.Many2one("account.fiscal.position")
    sequence = fields.Integer(aggregator=None)
    contract_id = fields.Many2one("recurring.contract", check_company=True)
    plan_id = fields.Many2one("recurring.plan")
    item_id = fields.Many2one("recurring.contract.item")
    sale_line_id = fields.Many2one("sale.order.line", "Order Line")
    product_id = fields.Many2one("product.product")
    kind = fields.Selection(
        [
            (RECURRING, "Recurring"),
            (ONE_TIME, "One-time"),
            (USAGE, "By usage"),
            (ROUNDING, "Rounding difference"),
            ("order", "Ordinary order"),
        ],
        required=True,
    )
    corrected_charge_id = fields.Many2one("recurring.charge", "Corrects")
    period_start = fields.Date("Period From")
    date_start = fields.Date("From", help="First day charged or credited.")
    date_end = fields.Date("To", help="Last day charged or credited.")
    due_date = fields.Date("Due")
    name = fields.Text("Label", help="What the invoice will say, in the customer's language.")
    explanation = fields.Char(
        "Computation", help="How the amount is computed, in the language of whoever asked for the preview."
    )
    terms_quantity = fields.Float("Contract Quantity", digits="Product Unit", aggregator=None)
    terms_price_unit = fields.Float("Contract Price", min_display_digits="Product Price", aggregator=None)
    terms_discount = fields.Float("Contract Discount (%)", digits="Discount", aggregator=None)
    units = fields.Integer("Days", help="Days (or other units) of the billing period in this line.")
    units_total = fields.Integer("Days of the Period", aggregator=None)
    quantity = fields.Float(digits="Product Unit")
    price_unit = fields.Float("Unit Price", min_display_digits="Product Price", aggregator=None)
    discount = fields.Float("Discount (%)", digits="Discount", aggregator=None)
    tax_ids = fields.Many2many("account.tax", string="Taxes", context={"active_test": False})
    amount_untaxed = fields.Monetary("Amount", help="Without tax. Negative: credited.")
    amount_tax = fields.Monetary("Tax")
    amount_total = fields.Monetary("Total")
    amount_company = fields.Monetary(
        "Amount in Company Currency",
        currency_field="company_currency_id",
        help="Without tax, at the rate of the invoice date.",
    )

    # === COMPARISON === #

    @api.model
    def _get_identity_fields(self):
        """Return the fields that make two rows of one customer the same line."""
        return ("item_id", "sale_line_id", "kind", "corrected_charge_id", "period_start", "date_start")

    @api.model
    def _get_compared_fields(self):
        """Return the fields in which an invoice must equal the preview that was approved.

        Hook: other addons extend it. The amount in the company's currency is left out: rates change
        by themselves and the customer's invoice is the same.
        """
        return (
            "product_id", "name", "date_end", "quantity", "price_unit", "discount", "tax_ids",
            "amount_untaxed", "amount_total", "move_type", "partner_id", "currency_id", "journal_id",
            "payment_term_id", "payment_method_line_id", "fiscal_position_id", "number",
        )  # fmt: skip

    @api.model
    def _get_differences(self, approved, current):
        """Say in what the lines of one customer differ from those that were approved.

        :param list[dict] approved: values of the approved rows
        :param list[dict] current: values of the rows as they come out now
        :return: a sentence for each line that is new, gone or changed; empty where none is
        :rtype: list[str]
        """
        old, now = self._by_identity(approved), self._by_identity(current)
        new, gone, changed = compare(
            {identity: self._get_figures(values) for identity, values in old.items()},
            {identity: self._get_figures(values) for identity, values in now.items()},
        )
        sentences = [self.env._("New: %(line)s", line=self._format_line(now[identity])) for identity in new]
        sentences += [self.env._("Gone: %(line)s", line=self._format_line(old[identity])) for identity in gone]
        for identity, fields_changed in changed.items():
            # Invoices are numbered by what is on them: the number alone says nothing where lines came or went.
            if set(fields_changed) != {"number"} or not sentences:
                sentences.append(self._format_change(old[identity], now[identity], fields_changed))
        return sentences

    @api.model
    def _get_held_message(self, differences):
        """Return why a customer is held.

        :param list[str] differences: in what his invoices differ, not empty
        :rtype: str
        """
        shown = differences[:MAX_DIFFERENCES]
        if len(differences) > len(shown):
            shown.append(self.env._("and %(count)s more", count=len(differences) - len(shown)))
        return self.env._(
            "Differs from the preview. %(differences)s. Release to accept the new figures.",
            differences="; ".join(shown),
        )

    @api.model
    def _get_emptied_message(self, differences):
        """Return why nothing is billed of a customer who was in the approved preview."""
        return self.env._("Nothing is left to bill. %(differences)s", differences="; ".join(differences))

    def _by_identity(self, rows):
        """Return rows by identity; of several with the same, each gets its own."""
        result = {}
        for values in rows:
            key, again = tuple(values[name] or False for name in self._get_identity_fields()), 0
            while (key, again) in result:
                again += 1
            result[(key, again)] = values
        return result

    def _get_figures(self, values):
        """Return the compared values of a row in a form that can be compared."""
        return {name: self._to_comparable(values[name]) for name in self._get_compared_fields()}

    def _to_comparable(self, value):
        if isinstance(value, float):
            return round(value, 6)
        if isinstance(value, list):
            # ids as read, or the command that is to set them
            ids = value[0][2] if value and isinstance(value[0], (list, tuple)) else value
            return tuple(sorted(ids))
        return value or False

    def _read_values(self):
        """Return the rows' values as ``_get_differences`` takes them, by customer of the run (id)."""
        names = {*self._get_identity_fields(), *self._get_compared_fields(), "explanation", "customer_id"}
        result = {}
        for values in self.read(list(names), load=None):
            result.setdefault(values["customer_id"], []).append(values)
        return result

    # === WORDS === #

    def _format_line(self, values):
        """Return a line in words: product, days and amount."""
        return self.env._(
            "%(line)s: %(amount)s",
            line=self._format_subject(values),
            amount=self._format_value("amount_untaxed", values["amount_untaxed"], values["currency_id"]),
        )

    def _format_subject(self, values):
        if values.get("sale_line_id"):
            return self.env["sale.order.line"].browse(values["sale_line_id"]).display_name
        return self.env._(
            "%(product)s, %(first)s to %(last)s",
            product=self.env["product.product"].browse(values["product_id"]).display_name,
            first=format_date(self.env, values["date_start"]),
            last=format_date(self.env, values["date_end"]),
        )

    def _format_change(self, before, now, changes):
        """Return what changed on a line, from what to what.

        :param dict before: values of the approved row
        :param dict now: values of the row as it comes out now
        :param dict changes: what it was and what it is, by name of the field
        :rtype: str
        """
        texts = []
        if now["item_id"] and self._get_computed_fields() & changes.keys():
            texts.append(
                self.env._(
                    "%(old)s = %(old_amount)s becomes %(new)s = %(new_amount)s",
                    old=before["explanation"],
                    old_amount=self._format_value("amount_untaxed", before["amount_untaxed"], before["currency_id"]),
                    new=now["explanation"],
                    new_amount=self._format_value("amount_untaxed", now["amount_untaxed"], now["currency_id"]),
                )
            )
            told = {*self._get_computed_fields(), "name", "date_end", "amount_total"}
            changes = {name: values for name, values in changes.items() if name not in told}
        texts += [
            self.env._(
                "%(field)s from %(old)s to %(new)s",
                field=self._fields[name].get_description(self.env)["string"],
                old=self._format_value(name, old, now["currency_id"]),
                new=self._format_value(name, new, now["currency_id"]),
            )
            for name, (old, new) in changes.items()
        ]
        return self.env._("Changed: %(line)s: %(changes)s", line=self._format_subject(now), changes=", ".join(texts))

    @api.model
    def _get_computed_fields(self):
        """Return the compared fields of which the computation of the line tells more than their values do."""
        return {"quantity", "price_unit", "discount", "amount_untaxed"}

    def _format_value(self, name, value, currency_id):
        """Return a compared value in words."""
        field = self._fields[name]
        if field.type == "monetary":
            return self.env["res.currency"].browse(currency_id).format(value)
        if field.type in ("float", "integer"):
            return f"{value or 0:g}"
        if not value:
            return self.env._("none")
        if field.type == "many2one":
            return self.env[field.comodel_name].browse(value).display_name
        if field.type == "many2many":
            return ", ".join(self.env[field.comodel_name].browse(value).mapped("display_name"))
        if field.type == "date":
            return format_date(self.env, value)
        if field.type == "selection":
            return dict(field._description_selection(self.env))[value]
        return value

    # === WRITING === #

    @api.model
    def _replace(self, figures):
        """Store the rows of customers in place of those that they had.

        :param dict figures: lists of values by ``recurring.bill.run.customer``
        """
        customers = self.env["recurring.bill.run.customer"].browse(row.id for row in figures)
        self.search([("customer_id", "in", customers.ids)]).unlink()
        self.create(
            [
                values
                | {
                    "run_id": customer.run_id.id,
                    "customer_id": customer.id,
                    "company_id": customer.company_id.id,
                    "commercial_partner_id": customer.commercial_partner_id.id,
                }
                for customer, rows in figures.items()
                for values in rows
            ]
        )
