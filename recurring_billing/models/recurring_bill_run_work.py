import logging
import random
import time

from psycopg2 import IntegrityError, OperationalError, errors

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .recurring_bill_run_approval import CustomersHeld

_logger = logging.getLogger(__name__)

WORKED_STATES = ("previewing", "running")
BATCH_SIZE = 100
MAX_ATTEMPTS = 10
SPLIT = 10
CONCURRENCY_ERRORS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.UniqueViolation,
)


class RecurringBillRun(models.Model):
    """How a run is worked: claimed in batches, isolated where it fails, repeated where it collides."""

    _inherit = "recurring.bill.run"

    def _continue(self):
        """Work a run of a single batch in this transaction, and leave longer ones to the cron."""
        self.ensure_one()
        if self.todo_count <= BATCH_SIZE:
            self._work()
        else:
            self.env.ref("recurring_billing.ir_cron_recurring_bill_work")._trigger()

    def _work(self, limit=None, commit=False):
        """Bill, or preview, customers of the run until none is left that another worker does not hold.

        Any number of processes may work the same run at once. A batch that collides with another
        transaction is repeated; a customer that fails, or collides again and again, is set aside
        with the reason.

        :param int limit: stop after about so many customers
        :param bool commit: whether to commit after each batch; without it, a collision is left
            for the caller to repeat
        :return: how many customers were worked; 0 when nothing was left to claim
        :rtype: int
        :raise psycopg2.Error: on a collision, without ``commit``
        """
        self.ensure_one()
        run = self._as_engine()
        worked, attempts = 0, 0
        while run.state in WORKED_STATES and (limit is None or worked < limit):
            try:
                size = BATCH_SIZE if limit is None else min(BATCH_SIZE, limit - worked)
                rows = run._claim(size)
                if not rows:
                    break
                run._bill_isolated(rows, patient=not commit or attempts < MAX_ATTEMPTS)
                if commit and not run._commit(len(rows)):
                    worked += len(rows)
                    break
            except CONCURRENCY_ERRORS:
                if not commit:
                    raise
                attempts += 1
                # Another transaction took part of the batch: forget ours and claim afresh.
                self.env.cr.rollback()
                time.sleep(random.uniform(0.0, 0.05 * attempts))
                continue
            worked += len(rows)
            attempts = 0
        run._finish_if_last(commit)
        return worked

    def _claim(self, limit):
        """Lock customers that are to do and that no other worker holds.

        :rtype: recurring.bill.run.customer
        """
        self.env["recurring.bill.run.customer"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM recurring_bill_run_customer
                 WHERE run_id = %s AND state = 'todo'
                 ORDER BY id LIMIT %s
                   FOR UPDATE SKIP LOCKED
                """,
                self.id,
                limit,
            )
        )
        return self.env["recurring.bill.run.customer"].browse(row[0] for row in rows)

    def _commit(self, worked):
        """Make a batch final, and tell how much time is left.

        :return: the seconds left for the scheduled action that works, if one does, else infinite
        """
        todo = self.env["recurring.bill.run.customer"].search_count([("run_id", "=", self.id), ("state", "=", "todo")])
        # The batch is complete and its customers marked: committing it keeps it, whatever happens
        # to the others, and releases the lock on the numbering of invoices.
        return self.env["ir.cron"]._commit_progress(worked, remaining=todo)

    def _bill_isolated(self, rows, patient=True):
        """Bill, or preview, customers together; where that fails, in ever smaller parts, down to the culprits.

        :param rows: ``recurring.bill.run.customer``
        :param bool patient: raise collisions, for the whole batch to be repeated, instead of
            counting them as failures
        """
        try:
            with self.env.cr.savepoint():
                if self.state == "previewing":
                    self._preview(rows)
                else:
                    self._bill(rows)
        except CustomersHeld as deviation:
            rest = rows - self._hold(deviation)
            if rest:
                self._bill_isolated(rest, patient)
        except Exception as error:  # pylint: disable=broad-except
            if patient and isinstance(error, CONCURRENCY_ERRORS):
                raise
            # Whatever is wrong with one customer must not keep the others from being invoiced.
            if len(rows) > 1:
                # Ten parts find one culprit among a hundred with a third less work than halves do.
                size = -(-len(rows) // SPLIT)
                for first in range(0, len(rows), size):
                    self._bill_isolated(rows[first : first + size], patient)
                return
            rows._set_failed(self._get_failure_message(error))

    def _get_failure_message(self, error):
        """Return, in plain words, why a customer could not be billed.

        :param Exception error: what was raised
        :rtype: str
        """
        if isinstance(error, UserError):
            return str(error.args[0])
        if isinstance(error, OperationalError):
            return self.env._("Someone else was working on this customer. Retry.")
        if isinstance(error, IntegrityError):
            return self.env["base"]._sql_error_to_message(error)
        _logger.warning("billing run %s: a customer failed", self.id, exc_info=error)
        return self.env._("Unexpected error: %(error)s", error=error)

    def _bill(self, rows):
        """Book and invoice what is due for the claimed customers, in one batch.

        :param rows: ``recurring.bill.run.customer``
        :raise CustomersHeld: where something else comes out than was approved, or was charged before
        """
        plan = self._plan(rows)
        emptied = self._check_held(rows, plan)
        moves = self.env["recurring.biller"]._post_invoices(plan, self)
        rows._set_billed(plan, moves)
        if self.company_id.recurring_auto_send:
            moves.with_user(self.user_id)._queue_recurring_sending()
        for row, message in emptied.items():
            row.message = message

    def _plan(self, rows):
        """Book what is due for customers, and return the invoices that it makes.

        :param rows: ``recurring.bill.run.customer``
        :rtype: list[PlannedInvoice]
        """
        self.env.flush_all()
        query = self._get_due_items_query(self.company_id, self.date_through, rows.commercial_partner_id.ids)
        due = self.env.execute_query(query)
        items = self.env["recurring.contract.item"].browse(item for item, _partner in due)
        charges = items._charge_through(self.date_through, self)
        charges |= self._get_waiting_charges(rows.commercial_partner_id)
        owners = {
            charge.item_id.id: charge.contract_id.partner_invoice_id.commercial_partner_id.id for charge in charges
        }
        order_lines = self._get_joining_order_lines(rows.commercial_partner_id)
        return self.env["recurring.biller"]._plan_invoices(charges, self.invoice_date, self, owners, order_lines)

    def _get_waiting_charges(self, partners):
        """Return what waits for an invoice to go along with, such as what is free of charge.

        :param partners: the paying commercial partners
        :rtype: recurring.charge
        """
        return self.env["recurring.charge"].search(self._get_waiting_charges_domain(partners))

    def _get_waiting_charges_domain(self, partners):
        """Return the domain of the charges that wait for this run; see ``_get_waiting_charges``."""
        domain = self.env["recurring.charge"]._get_waiting_domain()
        domain &= Domain("company_id", "=", self.company_id.id)
        return domain & Domain("contract_id.partner_invoice_id.commercial_partner_id", "in", partners.ids)

    def _finish_if_last(self, commit):
        """Close the run if no customer is left to do; the last worker to look does so."""
        self.env["recurring.bill.run.customer"].flush_model(["state"])
        try:
            self._finish()
            if commit:
                # The last batch was committed before: what is added is the run's own status.
                self.env.cr.commit()  # pylint: disable=invalid-commit
        except CONCURRENCY_ERRORS:
            if not commit:
                raise
            # Another worker closed it at the same moment.
            self.env.cr.rollback()

    def _finish(self):
        """Set the status of a run whose customers are all worked."""
        self.ensure_one()
        self.invalidate_recordset()
        if self.todo_count:
            return
        if self.state == "previewing":
            self.state = "previewed"
        elif self.state == "running":
            open_count = self.failed_count + self.held_count + self.waiting_count
            self.state = "attention" if open_count else "done"

    # === CRON === #

    @api.model
    def _cron_bill(self):
        """Start the day's run of each company that bills automatically and has something due."""
        companies = self.env["res.company"].search([("recurring_auto_bill", "=", True)])
        for company in companies:
            runs, date = self.with_company(company), company._recurring_today()
            runs.env["recurring.contract"]._renew_tacitly(date, company)
            if runs._has_due_items(company, date):
                runs._create_scheduled_run(company, date)._start_scheduled()
        self._cron_work()

    def _try_scheduled(self, start):
        """Start the run or, where that is refused, leave it as it was with the reason.

        :param start: what starts it, a method without parameters
        """
        try:
            with self.env.cr.savepoint():
                start()
        except UserError as error:
            self.message_post(body=str(error))
            self._ask_responsible(self.env._("Find out why %(run)s could not start", run=self.name), str(error))

    @api.model
    def _has_due_items(self, company, date):
        """Tell whether anything may be due for a company through a day (inclusive)."""
        self.env.flush_all()
        query = SQL("%s LIMIT 1", self._get_due_items_query(company, date))
        return bool(self.env.execute_query(query))

    @api.model
    def _cron_work(self):
        """Work the runs and previews that were started and not finished, batch by batch."""
        runs = self.search([("state", "in", WORKED_STATES)], order="id")
        todo = sum(runs.mapped("todo_count"))
        if not self.env["ir.cron"]._commit_progress(remaining=todo):
            return
        for run in runs:
            run._work(commit=True)
