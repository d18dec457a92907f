from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import clean_context


class RecurringBillRun(models.Model):
    """One billing of everything due through a day, for one company.

    The work is a row per paying company, claimed in batches by any number of workers, each batch in
    a transaction of its own. What was interrupted is left as it was, and done by whoever comes next.
    """

    _name = "recurring.bill.run"
    _description = "Billing Run"
    _inherit = ["mail.thread", "recurring.engine.fields.mixin"]
    _order = "date_through desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False, default=lambda self: self.env._("New"))
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    date_through = fields.Date(
        "Due Through",
        required=True,
        tracking=True,
        default=lambda self: self.env.company._recurring_today(),
        help="Everything that is due through this day is billed, this day included. It may lie in the future.",
    )
    invoice_date = fields.Date(
        required=True,
        compute="_compute_invoice_date",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="The date of the invoices and of their entries.",
    )
    user_id = fields.Many2one("res.users", "Started By", readonly=True, copy=False, default=lambda self: self.env.user)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("previewing", "Computing"),
            ("previewed", "To approve"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("attention", "Needs attention"),
            ("done", "Done"),
        ],
        "Status",
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        index=True,
        help="To approve: computed and shown, nothing is booked.\n"
        "Paused: nothing is worked until somebody resumes.\n"
        "Needs attention: some customers are not billed yet; the list says why.",
    )
    customer_ids = fields.One2many("recurring.bill.run.customer", "run_id", "Customers")
    charge_ids = fields.One2many("recurring.charge", "run_id", "Charges")
    move_ids = fields.One2many("account.move", "recurring_run_id", "Invoices")
    customer_count = fields.Integer("Number of Customers", compute="_compute_progress")
    todo_count = fields.Integer("Still To Do", compute="_compute_progress")
    failed_count = fields.Integer("Failed", compute="_compute_progress")
    held_count = fields.Integer("Held", compute="_compute_progress")
    rejected_count = fields.Integer("Left Out", compute="_compute_progress")
    waiting_count = fields.Integer("Waiting for Approval", compute="_compute_progress")
    progress = fields.Float(
        compute="_compute_progress",
        help="While a preview is computed, the share of the customers computed; then, of those billed or left out.",
    )
    invoice_count = fields.Integer("Number of Invoices", compute="_compute_progress")
    charge_count = fields.Integer("Number of Charges", compute="_compute_charge_count")
    amount_untaxed = fields.Monetary(
        "Untaxed Amount",
        currency_field="company_currency_id",
        compute="_compute_progress",
        help="Invoiced less credited, in the company's currency.",
    )
    expected_invoice_count = fields.Integer("Invoices in the Preview", compute="_compute_progress")
    expected_amount = fields.Monetary(
        "Untaxed Amount in the Preview",
        currency_field="company_currency_id",
        compute="_compute_progress",
        help="To be invoiced less to be credited, in the company's currency.",
    )

    # === COMPUTES === #

    @api.depends("date_through")
    def _compute_invoice_date(self):
        for run in self:
            run.invoice_date = run.date_through

    @api.depends(
        "state",
        "paused_state",
        "customer_ids.state",
        "customer_ids.invoice_count",
        "customer_ids.amount_untaxed",
        "customer_ids.expected_invoice_count",
        "customer_ids.expected_amount",
    )
    def _compute_progress(self):
        rows = self.env["recurring.bill.run.customer"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "state"],
            [
                "__count",
                "invoice_count:sum",
                "amount_untaxed:sum",
                "expected_invoice_count:sum",
                "expected_amount:sum",
            ],
        )
        counts = self._get_counted_states()
        self.update(
            dict.fromkeys(counts.values(), 0)
            | {
                "customer_count": 0,
                "invoice_count": 0,
                "amount_untaxed": 0,
                "expected_invoice_count": 0,
                "expected_amount": 0,
            }
        )
        for run, state, count, invoices, amount, expected_invoices, expected_amount in rows:
            run.customer_count += count
            run.invoice_count += invoices
            run.amount_untaxed += amount
            run.expected_invoice_count += expected_invoices
            run.expected_amount += expected_amount
            if state in counts:
                run[counts[state]] = count
        for run in self:
            run.progress = 100.0 * run._get_progress()

    def _get_progress(self):
        """Return the share of the customers of whom nothing is left to do, from 0 to 1.

        Who waits for approval, is held or failed is open once the preview is computed.
        """
        self.ensure_one()
        if not self.customer_count:
            return float(self.state in ("attention", "done"))
        open_count = self.todo_count
        if (self.paused_state or self.state) != "previewing":
            open_count += self.waiting_count + self.held_count + self.failed_count
        return 1 - open_count / self.customer_count

    @api.model
    def _get_counted_states(self):
        """Return the field that counts the customers in a state, by state."""
        return {
            "todo": "todo_count",
            "failed": "failed_count",
            "held": "held_count",
            "rejected": "rejected_count",
            "previewed": "waiting_count",
        }

    def _compute_charge_count(self):
        for run in self:
            run.charge_count = self.env["recurring.charge"].search_count(run._get_charges_domain())

    def _get_charges_domain(self):
        """Return the domain of the charges on the run's invoices, and of those it made that wait for one.

        A charge that was taken off an invoice goes on one of a later run; it is shown where it is billed.
        """
        self.ensure_one()
        waiting = Domain("run_id", "=", self.id) & Domain("move_id", "=", False)
        return Domain("move_id.recurring_run_id", "=", self.id) | waiting

    # === CRUD === #

    @api.model
    def _get_engine_fields(self):
        # in the name of whoever started the run its invoices are sent
        return super()._get_engine_fields() | {"state", "user_id", "is_approved", "paused_state"}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "name" not in vals:
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                sequence = self.env["ir.sequence"].with_company(company)
                vals["name"] = sequence.next_by_code("recurring.bill.run")
        return super().create(vals_list)

    def write(self, vals):
        for run in self:
            # The invoice date may still change where customers failed: a locked period asks for it.
            dated = "invoice_date" in vals and run.state not in ("draft", "paused", "attention")
            if dated or {"company_id", "date_through"} & vals.keys() and run.state != "draft":
                raise UserError(
                    self.env._(
                        "%(run)s has been started: its dates cannot change any more. Create another run.",
                        run=run.display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for run in self:
            if run.state not in ("draft", "previewing", "previewed"):
                raise UserError(self.env._("%(run)s has been started and is kept.", run=run.display_name))

    # === STARTING === #

    @api.model
    def _create_run(self, company, date_through, new=False):
        """Return the run of a company through a day, and create it where there is none.

        :param company: ``res.company``
        :param datetime.date date_through: the last day on which something may be due (inclusive)
        :param bool new: create another run even where one exists, finished or not
        :rtype: recurring.bill.run
        """
        if not new:
            run = self.search(self._get_run_domain(company, date_through), order="id desc", limit=1)
            if run:
                return run
        return self.create({"company_id": company.id, "date_through": date_through})

    @api.model
    def _get_run_domain(self, company, date_through):
        """Return the domain of the runs that bill all that a company is owed through a day."""
        return Domain("company_id", "=", company.id) & Domain("date_through", "=", date_through)

    def action_start(self):
        """List the customers for whom something is due, and bill them.

        A few are billed at once; more of them by the scheduled action, which this wakes up.
        Starting again changes nothing.

        :raise UserError: where the invoice date lies in a locked period
        """
        self._check_may_bill()
        for run in self:
            billing = run._as_engine()
            billing._start()
            if billing.state == "running":
                billing._continue()
        return True

    def _as_engine(self):
        """Return the run as the engine works it: all rights, its company, no defaults of a screen."""
        self.ensure_one()
        # sudo: charges, customers and the marks on items are closed to users; whoever may post
        # invoices may have the engine write them, for the companies he works in.
        # The context is replaced, to be rid of the screen's defaults.
        engine = self.sudo().with_context(clean_context(self.env.context))  # pylint: disable=context-overridden
        return engine.with_company(self.company_id)

    def _check_may_bill(self):
        """Refuse whoever may not post invoices of the company.

        :raise AccessError: for a user without the billing rights
        """
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only users who may post invoices may start a billing run."))

    def _start(self, rows=None):
        """Renew what is due for renewal and list the customers; for runs not started yet.

        A run that has a preview is thereby approved: it bills what the preview shows.

        :param rows: of a preview, the ``recurring.bill.run.customer`` to bill now; all by default
        """
        self.ensure_one()
        if self.state not in ("draft", "previewed"):
            return
        self._check_invoice_date()
        self._get_renewing_contracts()._renew_tacitly(self.date_through, self.company_id)
        approved = self.state == "previewed"
        if approved:
            (self.customer_ids if rows is None else rows)._set_approved()
        self.env.flush_all()
        if rows is None:
            self._create_customers(self._get_due_items_query(self.company_id, self.date_through))
        self.write({"state": "running", "is_approved": approved, "user_id": self.env.uid})
        self._compare_with_previous()
        self._finish()

    def _get_renewing_contracts(self):
        """Return an empty set of contracts whose tacit renewals are journalled as the run's doing."""
        # The clerk started a run; that a contract renews is the contract's own doing.
        return (
            self.env["recurring.contract"]
            .with_user(SUPERUSER_ID)
            .with_context(recurring_renewal_reason=self.env._("Renewed by billing run %(run)s", run=self.name))
        )

    def _check_invoice_date(self):
        """Refuse an invoice date in a locked period.

        :raise UserError: naming the lock and the way out
        """
        biller = self.env["recurring.biller"]
        journal = biller._get_default_journal(self.company_id)
        biller._check_lock_date(self.company_id, journal, False, self.invoice_date)

    def _create_customers(self, partners):
        """Add a row to do for each paying company, in one query.

        :param SQL partners: a query with a column ``partner_id`` (commercial partners)
        """
        self.env.execute_query(
            SQL(
                """
                INSERT INTO recurring_bill_run_customer
                            (run_id, company_id, commercial_partner_id, state, invoice_count,
                             amount_untaxed, expected_invoice_count, expected_amount,
                             create_uid, create_date, write_uid, write_date)
                SELECT %(run)s, %(company)s, due.partner_id, 'todo', 0, 0, 0, 0,
                       %(user)s, NOW() AT TIME ZONE 'UTC', %(user)s, NOW() AT TIME ZONE 'UTC'
                  FROM (%(due)s) AS due
                 GROUP BY due.partner_id
                 ORDER BY due.partner_id
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                run=self.id,
                company=self.company_id.id,
                user=self.env.uid,
                due=partners,
            )
        )
        self.invalidate_recordset()

    @api.model
    def _get_due_items_query(self, company, date, partner_ids=None):
        """Return the query of the items for which something may be due through a day.

        :param company: ``res.company``
        :param datetime.date date: the last day on which something may be due (inclusive)
        :param list[int] partner_ids: limit to what these commercial partners pay
        :return: a query of ``item_id`` and ``partner_id`` (the paying commercial partner)
        :rtype: SQL
        """
        partners = (
            SQL("AND payer.commercial_partner_id IN %s", tuple(partner_ids)) if partner_ids is not None else SQL()
        )
        return SQL(
            """
            SELECT item.id AS item_id, payer.commercial_partner_id AS partner_id
              FROM recurring_contract_item item
              JOIN recurring_contract contract ON contract.id = item.contract_id
              JOIN res_partner payer ON payer.id = contract.partner_invoice_id
             WHERE item.company_id = %s AND contract.state != 'draft'
               AND (item.next_billing_date IS NULL OR item.next_billing_date <= %s)
               %s
            """,
            company.id,
            date,
            partners,
        )

    # === ACTIONS === #

    def action_retry(self):
        """Bill again the customers that failed."""
        self._check_may_bill()
        for run in self:
            billing = run._as_engine()
            billing._retry(billing.customer_ids.filtered(lambda row: row.state == "failed"))
        return True

    def _retry(self, rows):
        """Set customers to do again and work them, in a preview or in billing; a paused run only notes it."""
        rows.write({"state": "todo", "message": False})
        if self.state != "paused":
            self.state = "previewing" if self.state in ("previewing", "previewed") else "running"
            self._continue()

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice")
        return action | {
            "domain": [("recurring_run_id", "=", self.id)],
            "context": {"create": False, "default_move_type": "out_invoice"},
        }

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_charge_action")
        return action | {"domain": list(self._get_charges_domain()), "context": {}}

    def action_view_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_bill_run_customer_action")
        return action | {"domain": [("run_id", "=", self.id)], "context": {"recurring_in_run": True}}

    def action_view_open_customers(self):
        """List the customers whom the run has not billed yet: failed, held or not approved."""
        self.ensure_one()
        domain = [("run_id", "=", self.id), ("state", "in", ("failed", "held", "previewed"))]
        return self.action_view_customers() | {"name": self.env._("Customers Not Billed"), "domain": domain}
