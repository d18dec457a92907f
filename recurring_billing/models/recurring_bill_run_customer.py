from collections import defaultdict

from odoo import fields, models


class RecurringBillRunCustomer(models.Model):
    """One paying company in one run: what is claimed, billed, and retried."""

    _name = "recurring.bill.run.customer"
    _description = "Customer of a Billing Run"
    _order = "run_id desc, id"
    _rec_name = "commercial_partner_id"
    _check_company_auto = True

    run_id = fields.Many2one("recurring.bill.run", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    commercial_partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True)
    state = fields.Selection(
        [
            ("todo", "To do"),
            ("previewed", "To be billed"),
            ("done", "Billed"),
            ("nothing", "Nothing due"),
            ("held", "Held"),
            ("rejected", "Left out"),
            ("failed", "Failed"),
        ],
        "Status",
        required=True,
        readonly=True,
        default="todo",
    )
    message = fields.Text("Reason", readonly=True, help="Why the customer is not billed.")
    is_released = fields.Boolean(
        "Released", readonly=True, help="Somebody looked at the held figures and accepts them."
    )
    decision_reason = fields.Char(readonly=True, help="Why the customer was released or left out.")
    decision_user_id = fields.Many2one("res.users", "Decided By", readonly=True)
    has_differed = fields.Boolean(
        "Came Out Differently", readonly=True, help="His invoices were not those of the approved preview."
    )
    invoice_count = fields.Integer("Invoices", readonly=True)
    amount_untaxed = fields.Monetary(
        "Untaxed Amount",
        currency_field="company_currency_id",
        readonly=True,
        help="Invoiced less credited, in the company's currency.",
    )

    preview_ids = fields.One2many("recurring.bill.run.preview", "customer_id")
    expected_invoice_count = fields.Integer("Invoices in the Preview", readonly=True)
    expected_amount = fields.Monetary(
        "Amount in the Preview",
        currency_field="company_currency_id",
        readonly=True,
        help="To be invoiced less to be credited, without tax, in the company's currency.",
    )
    parting_names = fields.Char(
        "Why Apart", readonly=True, help="What keeps the customer's invoices from being a single one."
    )
    parting_details = fields.Text("Invoices Apart", readonly=True)

    _one_row_each = models.UniqueIndex("(run_id, commercial_partner_id)", "A customer is in a billing run only once.")
    _todo_index = models.Index("(run_id, id) WHERE state = 'todo'")

    def _set_billed(self, plan, moves):
        """Record what was invoiced.

        :param list[PlannedInvoice] plan: the invoices as planned
        :param moves: the invoices that were made of the plan, in its order
        """
        invoiced = defaultdict(list)
        for planned, move in zip(plan, moves, strict=True):
            invoiced[planned.owner].append((planned, move))
        for row in self:
            mine = invoiced[row.commercial_partner_id.id]
            biller = self.env["recurring.biller"].with_context(lang=row.run_id.user_id.lang)
            row.write(
                {
                    "state": "done" if mine else "nothing",
                    "message": False,
                    "invoice_count": row.invoice_count + len(mine),
                    "amount_untaxed": row.amount_untaxed + sum(move.amount_untaxed_signed for _planned, move in mine),
                }
                | biller._prepare_parting_values(
                    [planned for planned, _move in mine], [move.name for _planned, move in mine]
                )
            )

    def _set_previewed(self, plans):
        """Record what would be invoiced, in place of what was recorded so far.

        :param dict plans: by row, the values of ``recurring.bill.run.preview`` of each line
            (``lines``), the number of invoices (``invoice_count``) and why they are apart
            (``parting``)
        """
        self.env["recurring.bill.run.preview"]._replace({row: plans[row]["lines"] for row in self})
        for row in self:
            row.write(
                {
                    "state": "previewed" if plans[row]["lines"] else "nothing",
                    "message": False,
                    "expected_invoice_count": plans[row]["invoice_count"],
                    "expected_amount": sum(line["amount_company"] for line in plans[row]["lines"]),
                }
                | plans[row]["parting"]
            )

    def _set_failed(self, message):
        """Set a customer aside with the reason in plain words."""
        self.write({"state": "failed", "message": message})

    def _set_held(self, message):
        """Set a customer aside until somebody releases him or leaves him out."""
        self.write({"state": "held", "message": message, "is_released": False})

    def _set_approved(self):
        """Have customers of a preview billed, unless somebody must decide or has decided on them."""
        self.filtered(lambda row: row.state not in ("held", "rejected", "done")).write(
            {"state": "todo", "message": False}
        )

    def _keep_approved_lines(self):
        """Keep what was approved beside what comes out now, for them to be compared."""
        first = self.filtered(lambda row: not row.has_differed)
        first.preview_ids.active = False
        first.has_differed = True

    def action_retry(self):
        """Bill the failed customer again, or compute his preview again."""
        self.run_id._check_may_bill()
        for run, rows in self.grouped("run_id").items():
            # sudo: rows are written by the engine only; the right to bill was checked above
            run._as_engine()._retry(rows.sudo().filtered(lambda row: row.state == "failed"))
        return True

    def action_view_preview(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_bill_run_preview_action")
        return action | {"domain": [("customer_id", "=", self.id)]}

    def action_view_invoices(self):
        self.ensure_one()
        payer = "invoice_line_ids.recurring_contract_id.partner_invoice_id.commercial_partner_id"
        moves = self.env["account.move"].search(
            [("recurring_run_id", "=", self.run_id.id), (payer, "=", self.commercial_partner_id.id)]
        )
        return moves._get_recurring_action()

    # === DECISIONS === #

    def _set_decision(self, reason):
        """Record who decided, and why."""
        self.write({"decision_reason": reason, "decision_user_id": self.env.uid})

    def action_approve(self):
        """Bill these customers of a preview; the others go on waiting for approval."""
        self.run_id._check_may_bill()
        for run, rows in self.grouped("run_id").items():
            # sudo: rows are written by the engine only; the right to bill was checked above
            run._as_engine()._approve(rows.sudo())
        return True

    def action_release(self):
        """Ask for the reason and accept the figures of held customers."""
        return self._open_decision("release", self.env._("Release"))

    def action_reject(self):
        """Ask for the reason and leave customers out of the run."""
        return self._open_decision("reject", self.env._("Leave Out"))

    def _open_decision(self, decision, title):
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_bill_run_decision_action")
        context = {"default_decision": decision, "default_customer_ids": self.ids}
        return action | {"name": title, "context": context}

    def action_readmit(self):
        """Take customers who were left out back into the run."""
        self.run_id._check_may_bill()
        for run, rows in self.grouped("run_id").items():
            # sudo: rows are written by the engine only; the right to bill was checked above
            run._as_engine()._readmit(rows.sudo())
        return True
