from odoo import fields, models
from odoo.tools import SQL


class RecurringBillRunComparison(models.Model):
    """What a billing run invoices, line by line, against an earlier run or against what was approved.

    A run that has posted is read from its invoices; customers that it has not billed yet, from
    the preview.
    """

    _name = "recurring.bill.run.comparison"
    _description = "Comparison of Billing Runs"
    _auto = False
    _order = "run_id desc, commercial_partner_id, contract_id, item_id, id"
    _rec_name = "product_id"

    run_id = fields.Many2one("recurring.bill.run", "Billing Run", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    basis = fields.Selection(
        [("previous", "Previous run"), ("approved", "Approved preview")],
        "Compared With",
        readonly=True,
        help="Previous run: the invoices of the run that this one is compared with.\n"
        "Approved preview: what was approved, for customers who came out differently.",
    )
    commercial_partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    contract_id = fields.Many2one("recurring.contract", readonly=True)
    plan_id = fields.Many2one("recurring.plan", readonly=True)
    item_id = fields.Many2one("recurring.contract.item", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    kind = fields.Selection("_selection_kind", "Charge Kind", readonly=True)
    change = fields.Selection(
        [("new", "New"), ("gone", "Gone"), ("changed", "Changed"), ("same", "Unchanged")], readonly=True
    )
    cause = fields.Selection(
        [("price", "Price"), ("quantity", "Quantity"), ("days", "Days"), ("usage", "Usage"), ("other", "Other")],
        readonly=True,
        help="Why the amount changed. Where several changed at once, the first of price, quantity and days.",
    )
    quantity_before = fields.Float(digits="Product Unit", readonly=True, aggregator=None)
    quantity = fields.Float(digits="Product Unit", readonly=True, aggregator=None)
    price_before = fields.Float(
        min_display_digits="Product Price", readonly=True, aggregator=None, help="Per unit and period, after discount."
    )
    price = fields.Float(
        min_display_digits="Product Price", readonly=True, aggregator=None, help="Per unit and period, after discount."
    )
    periods_before = fields.Float(readonly=True, aggregator=None, help="How many whole periods were charged.")
    periods = fields.Float(readonly=True, aggregator=None, help="How many whole periods are charged.")
    amount_before = fields.Monetary(readonly=True, help="Without tax. Negative: credited.")
    amount = fields.Monetary(readonly=True, help="Without tax. Negative: credited.")
    difference = fields.Monetary(readonly=True)
    company_amount_before = fields.Monetary(
        "Before in Company Currency", currency_field="company_currency_id", readonly=True
    )
    company_amount = fields.Monetary("Amount in Company Currency", currency_field="company_currency_id", readonly=True)
    company_difference = fields.Monetary(
        "Difference in Company Currency", currency_field="company_currency_id", readonly=True
    )

    def _selection_kind(self):
        """Return the kinds of charges, and what lines without a charge and credits are called."""
        kinds = dict(self.env["recurring.bill.run.preview"]._fields["kind"]._description_selection(self.env))
        return [*kinds.items(), ("credit", self.env._("Credit")), ("none", self.env._("Other line"))]

    # === SQL === #

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT pair.*,
                   %(change)s AS change,
                   CASE WHEN %(change)s = 'changed' THEN %(cause)s END AS cause,
                   pair.amount - pair.amount_before AS difference,
                   pair.company_amount - pair.company_amount_before AS company_difference
              FROM (%(pairs)s) AS pair
            """,
            change=self._get_change_sql(),
            cause=self._get_cause_sql(),
            pairs=self._get_pairs_sql(),
        )

    def _get_change_sql(self):
        """Return the expression of what became of a line, over the columns of ``_get_pairs_sql``."""
        return SQL(
            """
            CASE WHEN pair.lines_before = 0 THEN 'new'
                 WHEN pair.lines_now = 0 THEN 'gone'
                 WHEN pair.amount = pair.amount_before THEN 'same'
                 ELSE 'changed'
            END
            """
        )

    def _get_cause_sql(self):
        """Return the expression of why an amount changed, over the columns of ``_get_pairs_sql``.

        Hook: other addons extend it with kinds of charges of their own.
        """
        return SQL(
            """
            CASE WHEN pair.kind = 'usage' THEN 'usage'
                 WHEN ROUND(pair.price, 6) != ROUND(pair.price_before, 6) THEN 'price'
                 WHEN ROUND(pair.quantity, 6) != ROUND(pair.quantity_before, 6) THEN 'quantity'
                 WHEN ROUND(pair.periods, 6) != ROUND(pair.periods_before, 6) THEN 'days'
                 ELSE 'other'
            END
            """
        )

    def _get_pairs_sql(self):
        """Return the query of the lines of both sides added up by what makes them the same line.

        The id combines the run with a line of it, so that it stays the same between two readings.
        """
        return SQL(
            """
            SELECT (side.run_id::bigint << 32) + MIN(side.line_id::bigint * 4 + side.code) AS id,
                   side.run_id, side.company_id, side.basis, side.commercial_partner_id,
                   MAX(side.contract_id) AS contract_id, MAX(side.plan_id) AS plan_id,
                   side.item_id, side.product_id, side.kind, side.currency_id,
                   COUNT(*) FILTER (WHERE side.is_now) AS lines_now,
                   COUNT(*) FILTER (WHERE NOT side.is_now) AS lines_before,
                   %(sums)s
              FROM (%(sides)s) AS side
             GROUP BY side.run_id, side.company_id, side.basis, side.commercial_partner_id,
                      side.item_id, side.product_id, side.kind, side.currency_id
            """,
            sums=SQL(", ").join([*self._get_sums_sql(), *self._get_means_sql()]),
            sides=self._get_sides_sql(),
        )

    def _get_sums_sql(self):
        """Return the amounts and the periods of each side, added up."""
        return [
            SQL(
                "COALESCE(SUM(side.%s) FILTER (WHERE %s), 0) AS %s",
                SQL.identifier(column),
                is_side,
                SQL.identifier(f"{column}{suffix}"),
            )
            for is_side, suffix in self._get_both_sides_sql()
            for column in ("amount", "company_amount", "periods")
        ]

    def _get_means_sql(self):
        """Return quantity and price of each side, each line counting for the share of its period."""
        return [
            SQL(
                "COALESCE(SUM(side.%(column)s * side.periods) FILTER (WHERE %(is_side)s)"
                " / NULLIF(SUM(side.periods) FILTER (WHERE %(is_side)s), 0), 0) AS %(name)s",
                column=SQL.identifier(column),
                is_side=is_side,
                name=SQL.identifier(f"{column}{suffix}"),
            )
            for is_side, suffix in self._get_both_sides_sql()
            for column in ("quantity", "price")
        ]

    def _get_both_sides_sql(self):
        """Return the condition of a side, and how its columns end."""
        return [(SQL("side.is_now"), ""), (SQL("NOT side.is_now"), "_before")]

    def _get_sides_sql(self):
        """Return the query of the lines of both sides, one below the other.

        Now: what the run has posted, and the preview of customers whom it has not billed. Before:
        what the other run posted, or what was approved.
        """
        return SQL(
            """
            SELECT run.id AS run_id, 'previous' AS basis, TRUE AS is_now, 0 AS code, line.*
              FROM recurring_bill_run run JOIN (%(posted)s) AS line ON line.posting_run_id = run.id
             UNION ALL
            SELECT run.id, 'previous', FALSE, 1, line.*
              FROM recurring_bill_run run JOIN (%(posted)s) AS line ON line.posting_run_id = run.compared_run_id
             UNION ALL
            SELECT line.posting_run_id, 'previous', TRUE, 2, line.*
              FROM (%(shown)s) AS line JOIN recurring_bill_run_customer customer ON customer.id = line.customer_id
             WHERE line.active AND customer.state IN ('previewed', 'held', 'todo')
             UNION ALL
            SELECT line.posting_run_id, 'approved', line.active, 3, line.*
              FROM (%(shown)s) AS line JOIN recurring_bill_run_customer customer ON customer.id = line.customer_id
             WHERE customer.has_differed
            """,
            posted=self._get_posted_sql(),
            shown=self._get_shown_sql(),
        )

    def _get_posted_sql(self):
        """Return the query of the invoice lines that runs made."""
        return SQL(
            """
            SELECT move.recurring_run_id AS posting_run_id, NULL::int AS customer_id, TRUE AS active,
                   aml.id AS line_id, move.company_id, move.commercial_partner_id,
                   aml.recurring_contract_id AS contract_id, charge.plan_id, charge.item_id,
                   aml.product_id, aml.currency_id,
                   CASE WHEN charge.corrected_charge_id IS NOT NULL THEN 'credit'
                        WHEN charge.id IS NOT NULL THEN charge.kind
                        WHEN EXISTS (SELECT FROM sale_order_line_invoice_rel rel
                                      WHERE rel.invoice_line_id = aml.id) THEN 'order'
                        ELSE 'none' END AS kind,
                   COALESCE(charge.quantity, aml.quantity)::numeric AS quantity,
                   (COALESCE(charge.price_unit, aml.price_unit)
                       * (1 - COALESCE(charge.discount, aml.discount, 0) / 100.0))::numeric AS price,
                   COALESCE(charge.units, 1)::numeric / NULLIF(COALESCE(charge.units_total, 1), 0) AS periods,
                   -aml.amount_currency AS amount, -aml.balance AS company_amount
              FROM account_move move
              JOIN account_move_line aml ON aml.move_id = move.id AND aml.display_type = 'product'
              LEFT JOIN recurring_charge charge ON charge.invoice_line_id = aml.id
             WHERE move.recurring_run_id IS NOT NULL AND move.state != 'cancel'
            """
        )

    def _get_shown_sql(self):
        """Return the query of the lines of previews, with the columns of ``_get_posted_sql``."""
        return SQL(
            """
            SELECT preview.run_id AS posting_run_id, preview.customer_id, preview.active,
                   preview.id AS line_id, preview.company_id, partner.commercial_partner_id,
                   preview.contract_id, preview.plan_id, preview.item_id,
                   preview.product_id, preview.currency_id,
                   CASE WHEN preview.corrected_charge_id IS NOT NULL THEN 'credit' ELSE preview.kind END AS kind,
                   preview.terms_quantity::numeric AS quantity,
                   (preview.terms_price_unit * (1 - COALESCE(preview.terms_discount, 0) / 100.0))::numeric AS price,
                   preview.units::numeric / NULLIF(preview.units_total, 0) AS periods,
                   preview.amount_untaxed AS amount, preview.amount_company AS company_amount
              FROM recurring_bill_run_preview preview
              JOIN res_partner partner ON partner.id = preview.partner_id
            """
        )
