from odoo import fields, models
from odoo.tools import SQL

from .recurring_revenue_rule import BOOKINGS, DEFERRAL, METHODS


class RecurringRevenueSchedule(models.Model):
    _name = "recurring.revenue.schedule"
    _description = "Revenue Schedule"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    # Accounts, currency and dates are the posted line's, copied: a later change of product, rule
    # or company settings concerns later invoices only.

    name = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Recognised"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="open",
        help="Cancelled: the invoice is no longer posted. What was recognised of it is taken back by the next close.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index="btree_not_null")
    contract_id = fields.Many2one("recurring.contract", readonly=True, index="btree_not_null")
    item_id = fields.Many2one("recurring.contract.item", readonly=True, index="btree_not_null")
    charge_id = fields.Many2one("recurring.charge", readonly=True, index="btree_not_null")
    product_id = fields.Many2one("product.product", readonly=True)
    source_line_id = fields.Many2one("account.move.line", "Invoice Line", readonly=True, ondelete="set null")
    source_move_id = fields.Many2one(
        "account.move",
        "Booked By",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The invoice, credit note or opening entry that put the amount into deferred revenue.",
    )
    is_opening = fields.Boolean(
        "Opening", readonly=True, help="Started in another system and taken over in the middle."
    )
    date = fields.Date("Booked On", required=True, readonly=True, help="The accounting date of the entry.")
    date_start = fields.Date("Service From", required=True, readonly=True)
    date_end = fields.Date("Service To", required=True, readonly=True, help="The last day.")
    method = fields.Selection(METHODS, required=True, readonly=True)
    booking = fields.Selection(BOOKINGS, required=True, readonly=True, default=DEFERRAL)
    deferred_account_id = fields.Many2one(
        "account.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    revenue_account_id = fields.Many2one("account.account", required=True, readonly=True, ondelete="restrict")
    analytic_distribution = fields.Json(readonly=True)
    total = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Revenue to recognise over the whole service period; negative for a credit.",
    )
    total_currency = fields.Monetary("Total in Currency", readonly=True)
    opening_recognised = fields.Monetary(
        "Recognised Before",
        currency_field="company_currency_id",
        readonly=True,
        help="What the system that it comes from had recognised of it.",
    )
    opening_recognised_currency = fields.Monetary("Recognised Before, in Currency", readonly=True)
    # The two sums below follow from total and entries; the close keeps them, in the transaction
    # that writes the entries, so that a million schedules need no aggregation.
    recognised = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="What was recognised so far, here and before.",
    )
    recognised_currency = fields.Monetary("Recognised in Currency", readonly=True)
    remaining = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="What still stands in the deferred revenue account.",
    )
    remaining_currency = fields.Monetary("Remaining in Currency", readonly=True)
    entry_ids = fields.One2many("recurring.revenue.entry", "schedule_id", "Entries", readonly=True)
    accrual_ids = fields.One2many("recurring.revenue.accrual", "schedule_id", "Deferred at Period Ends", readonly=True)

    _source_line_unique = models.UniqueIndex(
        "(source_line_id) WHERE source_line_id IS NOT NULL",
        "An invoice line has one revenue schedule.",
    )
    _opening_charge_unique = models.UniqueIndex(
        "(charge_id) WHERE is_opening", "An opening charge has one revenue schedule."
    )
    _to_close_idx = models.Index("(company_id, id) WHERE state <> 'done'")
    _rollforward_idx = models.Index("(company_id, deferred_account_id, date)")
    _dates_check = models.Constraint("CHECK(date_start <= date_end)", "A service period cannot end before it starts.")

    # === LIFE === #

    def _get_line_values_sql(self):
        """Return what a new schedule takes from its posted invoice line.

        Other addons extend it with their own columns.

        :return: an SQL expression by column name, over the tables ``line``
            (``account_move_line``), ``move``, ``company``, ``rule``
            (``recurring_revenue_rule``), ``charge`` (the line's charge, if it has just one) and
            ``service`` (``date_start`` and ``date_end``, inclusive, as the line's
            ``_get_recurring_recognition_dates`` has them)
        :rtype: dict[str, SQL]
        """
        return {
            "name": SQL("move.name || COALESCE(': ' || NULLIF(split_part(line.name, E'\\n', 1), ''), '')"),
            "state": SQL("'open'"),
            "company_id": SQL("line.company_id"),
            "company_currency_id": SQL("company.currency_id"),
            "currency_id": SQL("line.currency_id"),
            "partner_id": SQL("line.partner_id"),
            "contract_id": SQL("line.recurring_contract_id"),
            "item_id": SQL("charge.item_id"),
            "charge_id": SQL("charge.id"),
            "product_id": SQL("line.product_id"),
            "source_line_id": SQL("line.id"),
            "source_move_id": SQL("move.id"),
            "date": SQL("move.date"),
            "date_start": SQL("service.date_start"),
            "date_end": SQL("GREATEST(service.date_start, service.date_end)"),
            "method": SQL("rule.method"),
            "booking": SQL("CASE WHEN line.recurring_cutoff_account_id IS NULL THEN 'deferral' ELSE 'cutoff' END"),
            "deferred_account_id": SQL("COALESCE(line.recurring_cutoff_account_id, line.account_id)"),
            "revenue_account_id": SQL("line.recurring_revenue_account_id"),
            "analytic_distribution": SQL("line.analytic_distribution"),
            "total": SQL("-line.balance"),
            "total_currency": SQL("-line.amount_currency"),
        }

    def _open_for_moves(self, moves):
        """Open a schedule for each posted invoice line whose revenue must wait.

        A line that was posted before finds its own schedule again, whatever was recognised of it
        being kept. Only where its accounts or currency have changed meanwhile, the old schedule
        stays cancelled, to be taken back where it was booked, and a new one starts.

        :param moves: the entries that have just been posted
        """
        self._reopen_for_openings(moves)
        line_ids = (
            moves.filtered(lambda move: move.is_sale_document(include_receipts=True))
            .invoice_line_ids.filtered("recurring_revenue_account_id")
            .ids
        )
        if not line_ids:
            return
        self._flush_sources()
        detached = self._detach_changed(line_ids)
        columns = self._get_line_values_sql()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO recurring_revenue_schedule AS schedule (
                    %(names)s, opening_recognised, opening_recognised_currency,
                    recognised, recognised_currency, remaining, remaining_currency,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT %(values)s, 0, 0, 0, 0, -line.balance, -line.amount_currency,
                       %(user_id)s, now() AT TIME ZONE 'UTC', %(user_id)s, now() AT TIME ZONE 'UTC'
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN res_company company ON company.id = line.company_id
                  JOIN recurring_revenue_rule rule ON rule.id = line.recurring_revenue_rule_id
                  LEFT JOIN LATERAL (
                        SELECT MIN(id) AS id, MIN(item_id) AS item_id
                          FROM recurring_charge
                         WHERE invoice_line_id = line.id
                        HAVING COUNT(*) = 1
                       ) charge ON TRUE
                 CROSS JOIN LATERAL make_interval(
                        months => COALESCE(rule.offset_months, 0), days => COALESCE(rule.offset_days, 0)
                       ) AS delay
                 CROSS JOIN LATERAL (
                        SELECT COALESCE(line.recurring_revenue_date_start,
                                        (line.recurring_date_start + delay)::date, move.date) AS date_start,
                               COALESCE(line.recurring_revenue_date_end,
                                        (line.recurring_date_end + 1 + delay)::date - 1, move.date) AS date_end
                       ) service
                 WHERE line.id = ANY(%(line_ids)s)
                   AND (line.balance <> 0 OR line.amount_currency <> 0)
                ON CONFLICT (source_line_id) WHERE source_line_id IS NOT NULL DO UPDATE
                   SET %(updates)s,
                       corrected_schedule_id = NULL,
                       remaining = excluded.total - schedule.recognised,
                       remaining_currency = excluded.total_currency - schedule.recognised_currency,
                       write_uid = excluded.write_uid,
                       write_date = excluded.write_date
                """,
                names=SQL(", ").join(SQL.identifier(name) for name in columns),
                values=SQL(", ").join(columns.values()),
                updates=SQL(", ").join(
                    SQL("%s = excluded.%s", SQL.identifier(name), SQL.identifier(name)) for name in columns
                ),
                user_id=self.env.uid,
                line_ids=line_ids,
            )
        )
        self._relink_corrections(detached)
        self.invalidate_model()
        self._link_corrections(line_ids)
        self._open_steps(line_ids)

    def _take_over_history(self):
        """State that revenue of invoices before the first open month was recognised in full when invoiced.

        The next close takes back what is not earned yet.
        """
        for schedule in self:
            first_day = schedule.company_id._get_recurring_first_open_day()
            if first_day and schedule.date < first_day:
                schedule.write(
                    {
                        "opening_recognised": schedule.total,
                        "opening_recognised_currency": schedule.total_currency,
                        "recognised": schedule.total,
                        "recognised_currency": schedule.total_currency,
                        "remaining": 0,
                        "remaining_currency": 0,
                    }
                )

    def _flush_sources(self):
        """Write what is pending of the columns that ``_get_line_values_sql`` reads.

        Other addons extend it with the fields that their own columns read.
        """
        self.flush_model()
        for name in ("account.move", "recurring.charge", "recurring.revenue.rule"):
            self.env[name].flush_model()
        self.env["account.move.line"].flush_model(
            [
                "account_id",
                "amount_currency",
                "analytic_distribution",
                "balance",
                "company_id",
                "currency_id",
                "name",
                "partner_id",
                "product_id",
                "recurring_contract_id",
                "recurring_cutoff_account_id",
                "recurring_date_end",
                "recurring_date_start",
                "recurring_revenue_account_id",
                "recurring_revenue_date_end",
                "recurring_revenue_date_start",
                "recurring_revenue_rule_id",
            ]
        )

    def _detach_changed(self, line_ids):
        """Part schedules from lines posted anew with other accounts or another currency.

        :return: the ids of the schedules with those of their lines
        :rtype: list[tuple[int, int]]
        """
        self.env.cr.execute(
            """
            UPDATE recurring_revenue_schedule schedule
               SET source_line_id = NULL
              FROM account_move_line line
             WHERE line.id = ANY(%(line_ids)s)
               AND schedule.source_line_id = line.id
               AND (schedule.recognised <> 0 OR schedule.recognised_currency <> 0)
               AND (schedule.company_id <> line.company_id
                    OR schedule.currency_id <> line.currency_id
                    OR schedule.deferred_account_id <> COALESCE(line.recurring_cutoff_account_id, line.account_id)
                    OR (schedule.booking = 'cutoff') <> (line.recurring_cutoff_account_id IS NOT NULL)
                    OR schedule.revenue_account_id <> line.recurring_revenue_account_id
                    OR schedule.analytic_distribution
                       IS DISTINCT FROM line.analytic_distribution)
         RETURNING schedule.id, line.id
            """,
            {"line_ids": line_ids},
        )
        return self.env.cr.fetchall()

    def _reopen_for_openings(self, moves):
        """Bring back the schedules of opening entries that are posted once more."""
        # sudo: schedules follow from the entries that the user may post.
        openings = self.sudo().search(
            [
                ("source_move_id", "in", moves.filtered(lambda m: m.move_type == "entry").ids),
                ("is_opening", "=", True),
                ("state", "=", "cancelled"),
            ]
        )  # sudo: whoever may post the entry reopens what it stands for
        for schedule in openings:
            schedule.write(
                {
                    "state": "open",
                    "date": schedule.source_move_id.date,
                    "remaining": schedule.total - schedule.recognised,
                    "remaining_currency": schedule.total_currency - schedule.recognised_currency,
                }
            )

    def _cancel_for_moves(self, moves):
        """Take the schedules of entries that are no longer posted out of the sums.

        Nothing that was recognised is rewritten: it remains, below zero, for the next close to
        take back.

        :param moves: the entries that were reset to draft or cancelled
        """
        self.flush_model()
        self.env.cr.execute(
            """
            UPDATE recurring_revenue_schedule
               SET state = 'cancelled',
                   remaining = opening_recognised - recognised,
                   remaining_currency = opening_recognised_currency - recognised_currency
             WHERE source_move_id = ANY(%(move_ids)s) AND state <> 'cancelled'
            """,
            {"move_ids": moves.ids},
        )
        if self.env.cr.rowcount:
            self.invalidate_model()

    # === ACTIONS === #

    def action_preview(self):
        """Show what the schedule recognises in each month, credits included."""
        self.ensure_one()
        return self.env["recurring.revenue.preview"]._open(
            {
                "default_schedule_id": self.id,
                "default_currency_id": self.company_currency_id.id,
                "default_amount": self.total,
                "default_date_start": self.date_start,
                "default_date_end": self.date_end,
            }
        )

    def action_open_entries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_revenue.recurring_revenue_entry_action_list")
        return action | {"domain": [("schedule_id", "=", self.id)], "context": {}}

    def action_open_journal_items(self):
        """Show the journal items that booked and released the amounts of the schedules."""
        entries = self.entry_ids
        opening_lines = self.filtered("is_opening").source_move_id.line_ids
        lines = self.source_line_id | opening_lines
        lines |= entries.move_line_id | entries.deferred_line_id
        accruals = self.accrual_ids
        lines |= accruals.move_line_id | accruals.revenue_line_id
        lines |= accruals.reversal_line_id | accruals.reversal_revenue_line_id
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_account_moves_all")
        return action | {"domain": [("id", "in", lines.ids)], "context": {}}
