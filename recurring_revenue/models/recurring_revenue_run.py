import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils, format_date

from ..domain.accrual import CREDIT, DEFERRED, UNBILLED


class RecurringRevenueRun(models.Model):
    _name = "recurring.revenue.run"
    _description = "Revenue Close"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_end desc, company_id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    company_currency_id = fields.Many2one(string="Company Currency", related="company_id.currency_id")
    date_start = fields.Date("From", compute="_compute_date_start", store=True)
    date_end = fields.Date(
        "Month Ending",
        required=True,
        copy=False,
        default=lambda self: self._default_date_end(),
        help="The last day of the month that is closed. Any other day stands for its month.",
    )
    state = fields.Selection(
        [("draft", "To Close"), ("done", "Closed")],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
    )
    revision = fields.Integer(readonly=True, copy=False, help="Counts the closings and reopenings that took place.")
    move_ids = fields.One2many("account.move", "recurring_revenue_run_id", "Journal Entries", readonly=True)
    move_count = fields.Integer(compute="_compute_move_count")
    entry_ids = fields.One2many("recurring.revenue.entry", "run_id", "Entries", readonly=True)
    schedule_count = fields.Integer("Schedules", readonly=True, copy=False, help="Schedules that the close moved.")
    amount = fields.Monetary("Recognised", currency_field="company_currency_id", readonly=True, copy=False)
    accrual_ids = fields.One2many("recurring.revenue.accrual", "run_id", "Amounts at Period End", readonly=True)
    deferred_amount = fields.Monetary(
        "Deferred at Period End",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Invoiced and not earned, under cut-off booking. It is taken back on the next day.",
    )
    accrued_amount = fields.Monetary(
        "Accrued Income",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Earned and not invoiced. It is taken back on the next day.",
    )
    refund_amount = fields.Monetary(
        "Credits to Issue",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Owed to customers and not credited. It is taken back on the next day.",
    )

    _company_month_unique = models.UniqueIndex("(company_id, date_end)", "A month of a company is closed once.")

    def _default_date_end(self):
        """Propose the month after the last one there is, else the one that ended last."""
        last = self.search([("company_id", "=", self.env.company.id)], order="date_end desc", limit=1)
        if last:
            return date_utils.end_of(last.date_end + datetime.timedelta(days=1), "month")
        first_day = self.env.company._recurring_today().replace(day=1)
        return first_day - datetime.timedelta(days=1)

    @api.depends("date_end")
    def _compute_date_start(self):
        for run in self:
            run.date_start = run.date_end and run.date_end.replace(day=1)

    @api.depends("date_end")
    def _compute_name(self):
        for run in self:
            run.name = run.date_end and f"{run.date_end:%Y-%m}"

    @api.depends("date_end")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for run in self:
            run.display_name = run._get_month_label()

    @api.depends("move_ids")
    def _compute_move_count(self):
        for run in self:
            run.move_count = len(run.move_ids)

    def _get_month_label(self):
        """Return the month in words, such as "January 2026", in the user's language."""
        return format_date(self.env, self.date_end, date_format="MMMM yyyy")

    def _in_company_language(self):
        """Return the close in the language of the company's books."""
        return self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)

    # === CRUD === #

    @api.model
    def _get_engine_fields(self):
        """Return the names of the fields that only closing and reopening change."""
        return {
            "accrued_amount",
            "amount",
            "deferred_amount",
            "refund_amount",
            "revision",
            "schedule_count",
            "state",
        }

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_by_hand(vals)
        vals_list = [self._end_month(vals) for vals in vals_list]
        for vals in vals_list:
            # not those of the record that is duplicated
            self.browse()._check_not_twice(vals)
        return super(RecurringRevenueRun, self._without_engine_defaults()).create(vals_list)

    def write(self, vals):
        self._check_not_by_hand(vals)
        if {"company_id", "date_end"} & vals.keys() and any(run._was_closed() for run in self):
            raise UserError(self.env._("A month that was closed before keeps its company and its dates."))
        vals = self._end_month(vals)
        if vals.get("date_end"):
            for run in self:
                run._check_not_twice({"company_id": run.company_id.id, **vals})
        return super().write(vals)

    def _write_protected(self, vals):
        """Write what closing and reopening change."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    def _check_not_by_hand(self, vals):
        if self._get_engine_fields() & vals.keys():
            raise UserError(self.env._("A month is closed and reopened by its buttons only."))

    def _without_engine_defaults(self):
        """Return the model without defaults from the context, which any caller sets, of what only closing changes."""
        names = {f"default_{name}" for name in self._get_engine_fields()}
        context = {key: value for key, value in self.env.context.items() if key not in names}
        return self.with_context(context)  # pylint: disable=context-overridden

    def _check_not_twice(self, vals):
        """Refuse a month that the company has a close of already.

        :raise UserError: naming the month
        """
        company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
        date_end = fields.Date.to_date(vals.get("date_end")) or self._default_date_end()
        domain = [("company_id", "=", company.id), ("date_end", "=", date_end), ("id", "not in", self.ids)]
        run = self.search(domain, limit=1)
        if run:
            raise UserError(
                self.env._(
                    "%(run)s of %(company)s is in the list already. Open it there.",
                    run=run.display_name,
                    company=company.display_name,
                )
            )

    def _was_closed(self):
        return self.state == "done" or self.revision > 0

    def _end_month(self, vals):
        date_end = fields.Date.to_date(vals.get("date_end"))
        return vals | {"date_end": date_utils.end_of(date_end, "month")} if date_end else vals

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        for run in self:
            if run._was_closed():
                raise UserError(
                    self.env._(
                        "%(run)s was closed and stays on record. Reopen it to take it back.",
                        run=run.display_name,
                    )
                )

    @api.model
    def _create_run(self, company, date_end):
        """Return the close of one month of one company, made if there is none yet.

        :param company: the company
        :param datetime.date date_end: a day of the month, usually its last
        """
        month_end = date_utils.end_of(date_end, "month")
        return self.search([("company_id", "=", company.id), ("date_end", "=", month_end)]) or self.create(
            {"company_id": company.id, "date_end": month_end}
        )

    # === CLOSE === #

    def action_close(self):
        """Recognise what was earned through the end of the month, as posted journal entries.

        What is booked is the amount that each schedule has earned through the last day, less what
        was recognised before. So amounts that an earlier close missed are caught up, and closing a
        closed month again changes nothing. Everything happens in the caller's transaction.

        :raise UserError: where the period is locked, a later month is closed already, an account
            or the journal is missing, another session is closing the month, or a check of the
            books is red and no reason was entered
        """
        self.check_access("write")
        for run in self.sorted("date_end"):
            run.with_company(run.company_id)._close()
        return True

    def _close(self):
        self._lock()
        if self.state == "done":
            return
        self._book_month()
        self._write_protected({"state": "done", **self._get_totals()})
        self.message_post(body=self.env._("Closed: %(count)s schedules moved.", count=self.schedule_count))
        if self.draft_count:
            self.message_post(
                body=self.env._("%(count)s draft invoices of the month were not posted.", count=self.draft_count)
            )

    def _book_month(self):
        """Check that the month can be closed, then post and book all that it recognises and accrues."""
        self._check_can_book()
        self._check_books()
        self.env.flush_all()
        standing = self._start_accruals()
        unbilled = self._collect_unbilled()
        releases = self._collect(standing, unbilled.corrections)
        self._add_accruals(standing, unbilled.accruals)
        items = self._post_releases(releases)
        self._book(items)
        self._post_accruals(standing)

    def _get_totals(self):
        """Return the sums that a closed month shows, from what it has just booked."""
        entries = self.env["recurring.revenue.entry"]._read_group(
            [("run_id", "=", self.id), ("revision", "=", self.revision)], [], ["__count", "amount:sum"]
        )
        accruals = self.env["recurring.revenue.accrual"]._read_group(
            [("run_id", "=", self.id), ("revision", "=", self.revision)], ["kind"], ["amount:sum"]
        )
        by_kind = dict(accruals)
        count, amount = entries[0]
        return {
            "schedule_count": count,
            "amount": amount,
            "deferred_amount": -by_kind.get(DEFERRED, 0.0),
            "accrued_amount": by_kind.get(UNBILLED, 0.0),
            "refund_amount": -by_kind.get(CREDIT, 0.0),
        }

    def _lock(self):
        """Keep other sessions from closing or reopening the month until the transaction ends."""
        self.ensure_one()
        if not self.try_lock_for_update():
            raise UserError(
                self.env._(
                    "%(run)s is being closed or reopened by somebody else. Look again in a minute.",
                    run=self.display_name,
                )
            )
        self.invalidate_recordset(["state"])

    def _check_can_book(self):
        """Refuse to close or reopen out of order or in a locked period.

        Hook: other addons add their own checks.

        :raise UserError: saying what stands against it
        """
        self._check_is_last()
        self.company_id._check_recurring_revenue_locks(
            self.date_end,
            self.env._("Move the lock, or close the first open month: it catches up what is due from the locked ones."),
        )
        self.company_id._check_recurring_revenue_locks(
            self.date_end + datetime.timedelta(days=1),
            self.env._(
                "Amounts at the end of a month are taken back the day after. Move the lock, or close a later month."
            ),
        )

    def _check_is_last(self):
        later = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_end", ">", self.date_end),
                ("state", "=", "done"),
            ],
            order="date_end desc",
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "%(later)s of %(company)s is closed already, and has caught up what was due "
                    "before. Reopen it first, or leave %(run)s as it is.",
                    later=later.display_name,
                    company=self.company_id.display_name,
                    run=self.display_name,
                )
            )

    # === REOPEN === #

    def action_reopen(self):
        """Take closes back: reverse their journal entries, so that they can be closed anew.

        :raise UserError: where a later month is closed or the period is locked
        """
        self.check_access("write")
        for run in self.sorted("date_end", reverse=True):
            run.with_company(run.company_id)._reopen()
        return True

    def _reopen(self):
        self._lock()
        if self.state != "done":
            raise UserError(self.env._("%(run)s is not closed.", run=self.display_name))
        self._check_can_book()
        self.env.flush_all()
        moves = self._get_current_moves()
        run = self._in_company_language()
        reversals = moves._reverse_moves([run._prepare_reversal_values(move) for move in moves])
        reversals._post(soft=False)
        self._book_reversals(moves, reversals)
        self._write_protected(
            {
                "state": "draft",
                "revision": self.revision + 2,
                **dict.fromkeys(self._get_engine_fields() - {"revision", "state"}, False),
            }
        )
        self.message_post(body=self.env._("Reopened: %(count)s journal entries reversed.", count=len(moves)))

    def _prepare_reversal_values(self, move):
        """Return what the reversal of a journal entry of the close has of its own."""
        return {
            "date": move.date,
            "ref": self.env._("Reversal of revenue recognition %(month)s", month=self._get_month_label()),
            "recurring_revenue_run_id": self.id,
        }

    # === ACTIONS === #

    def action_open_moves(self):
        return self._open("account.action_move_journal_line", [("recurring_revenue_run_id", "in", self.ids)])

    def action_open_entries(self):
        return self._open("recurring_revenue.recurring_revenue_entry_action_list", [("run_id", "in", self.ids)])

    def action_open_accruals(self):
        return self._open("recurring_revenue.recurring_revenue_accrual_action", [("run_id", "in", self.ids)])

    def _open(self, xmlid, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return action | {"domain": domain, "context": {}}
