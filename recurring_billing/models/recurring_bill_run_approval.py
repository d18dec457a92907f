from contextlib import closing, contextmanager

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomersHeld(Exception):
    """Raised where somebody must look at customers' invoices before they are posted.

    :param dict plans: the invoices as they come out now (``_describe_plan``), by
        ``recurring.bill.run.customer``
    :param dict messages: why, by ``recurring.bill.run.customer``
    :param differing: those of them that differ from what was approved
    """

    def __init__(self, plans, messages, differing):
        super().__init__("; ".join(messages.values()))
        self.plans = plans
        self.messages = messages
        self.differing = differing


class RecurringBillRun(models.Model):
    """Looking at a run before it is booked, and holding what came out differently since."""

    _inherit = "recurring.bill.run"

    is_approved = fields.Boolean(
        "Bills What Was Approved",
        readonly=True,
        copy=False,
        help="The run was started from its preview: a customer whose invoices come out differently is held.",
    )
    preview_ids = fields.One2many("recurring.bill.run.preview", "run_id")

    # === ACTIONS === #

    def action_preview(self):
        """Compute what the run would invoice, and show it; nothing is booked.

        A few customers are computed at once; more of them by the scheduled action.

        :raise UserError: where the invoice date lies in a locked period
        """
        self._check_may_bill()
        for run in self:
            preview = run._as_engine()
            preview._start_preview()
            if preview.state == "previewing":
                preview._continue()
        return True

    def action_discard_preview(self):
        """Return to draft, for other dates or for billing without a preview."""
        self._check_may_bill()
        for run in self:
            if run.state in ("previewing", "previewed"):
                run._as_engine()._discard_preview()
        return True

    def action_view_preview(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_bill_run_preview_action")
        return action | {"domain": [("run_id", "=", self.id)]}

    # === PREVIEWING === #

    def _start_preview(self):
        """List the customers whose invoices are to be computed; for runs that are not started."""
        self.ensure_one()
        if self.state not in ("draft", "previewed"):
            return
        self._check_invoice_date()
        # Who was left out stays out: that was somebody's decision.
        self.customer_ids.filtered(lambda row: row.state != "rejected").unlink()
        with self._undone_afterwards():
            self._get_renewing_contracts()._renew_tacitly(self.date_through, self.company_id)
            self.env.flush_all()
            due = self.env.execute_query(self._get_due_items_query(self.company_id, self.date_through))
        partners = {partner for _item, partner in due}
        self._create_customers(SQL("SELECT UNNEST(%s::int[]) AS partner_id", list(partners)))
        self.write({"state": "previewing", "user_id": self.env.uid})
        self._compare_with_previous()
        self._finish()

    def _discard_preview(self):
        self.customer_ids.unlink()
        self.state = "draft"

    @contextmanager
    def _undone_afterwards(self):
        """Undo whatever is done within, so that it counts as nothing."""
        with closing(self.env.cr.savepoint()):
            yield

    def _preview(self, rows):
        """Compute the invoices of the claimed customers by booking them, and undoing it.

        That is the routine of posting itself, short of making the invoices.

        :param rows: ``recurring.bill.run.customer``
        """
        contracts = self._get_renewing_contracts().with_context(
            recurring_renew_partner_ids=rows.commercial_partner_id.ids
        )
        with self._undone_afterwards():
            contracts._renew_tacitly(self.date_through, self.company_id)
            plan = self._plan(rows)
            plans = self._describe_plan(rows, plan)
            far = self._get_far_messages(rows.filtered(lambda row: not row.is_released), plan)
        rows._set_previewed(plans)
        for row, message in far.items():
            row._set_held(message)

    def _describe_plan(self, rows, plan):
        """Return what planned invoices look like, in plain values that outlast their charges.

        :param rows: ``recurring.bill.run.customer``
        :param list[PlannedInvoice] plan: their invoices
        :return: by row, the values of ``recurring.bill.run.preview`` of each line (``lines``), the number
            of invoices (``invoice_count``) and why they are apart (``parting``)
        :rtype: dict
        """
        biller = self.env["recurring.biller"].with_context(lang=self.user_id.lang)
        by_owner = {}
        for planned in plan:
            by_owner.setdefault(planned.owner, []).append(planned)
        result = {}
        for row in rows:
            mine = by_owner.get(row.commercial_partner_id.id, [])
            result[row] = {
                "lines": [
                    values
                    for number, planned in enumerate(mine, start=1)
                    for values in biller._prepare_preview_values(planned, number)
                ],
                "invoice_count": len(mine),
                "parting": biller._prepare_parting_values(mine),
            }
        return result

    # === HOLDING === #

    def _check_held(self, rows, plan):
        """Hold the customers whose invoices differ from what was approved, or are far from their history.

        A customer is compared with the preview that was approved, or with the figures that were
        released; one of whom nobody has seen figures, with what he was charged before.

        :param rows: ``recurring.bill.run.customer``
        :param list[PlannedInvoice] plan: their invoices as they come out now
        :return: what is gone, by row of customers for whom nothing is left to bill
        :rtype: dict
        :raise CustomersHeld: naming the others, and why
        """
        seen = rows if self.is_approved else rows.filtered("is_released")
        held, emptied = self._get_differing(seen, plan)
        far = self._get_far_messages(rows - seen, plan)
        if held or far:
            differing = self.env["recurring.bill.run.customer"].union(*held)
            plans = self._describe_plan(differing.union(*far), plan)
            raise CustomersHeld(plans, held | far, differing)
        return emptied

    def _get_differing(self, rows, plan):
        """Return why customers are held whose invoices differ from what was approved.

        :param rows: ``recurring.bill.run.customer``
        :param list[PlannedInvoice] plan: their invoices as they come out now
        :return: the reason by row to hold, and what is gone by row for whom nothing is left to bill
        :rtype: tuple[dict, dict]
        """
        held, emptied = {}, {}
        if not rows:
            return held, emptied
        Preview = self.env["recurring.bill.run.preview"].with_context(lang=self.user_id.lang)
        approved = Preview.search(Domain("customer_id", "in", rows.ids))._read_values()
        for row, described in self._describe_plan(rows, plan).items():
            differences = Preview._get_differences(approved.get(row.id, []), described["lines"])
            if not differences:
                continue
            if described["lines"]:
                held[row] = Preview._get_held_message(differences)
            else:
                emptied[row] = Preview._get_emptied_message(differences)
        return held, emptied

    def _hold(self, deviation):
        """Set customers aside with the reason, and make the new figures those that a release accepts.

        :param CustomersHeld deviation: what was raised
        :return: the held ``recurring.bill.run.customer``
        """
        held = self.env["recurring.bill.run.customer"].union(*deviation.plans)
        deviation.differing._keep_approved_lines()
        held._set_previewed(deviation.plans)
        for row, message in deviation.messages.items():
            row._set_held(message)
        return held

    # === CRUD === #

    def write(self, vals):
        for run in self:
            if {"company_id", "date_through", "invoice_date"} & vals.keys() and run.state in (
                "previewing",
                "previewed",
            ):
                raise UserError(
                    self.env._(
                        "%(run)s has a preview for these dates. Discard the preview to change them.",
                        run=run.display_name,
                    )
                )
        return super().write(vals)
