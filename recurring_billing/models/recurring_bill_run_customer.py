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
            ("done", "Billed"),
            ("nothing", "Nothing due"),
            ("failed", "Failed"),
        ],
        "Status",
        required=True,
        readonly=True,
        default="todo",
    )
    message = fields.Char("Reason", readonly=True, help="Why the customer could not be billed.")
    invoice_count = fields.Integer("Invoices", readonly=True)
    amount_untaxed = fields.Monetary(
        "Untaxed Amount",
        currency_field="company_currency_id",
        readonly=True,
        help="Invoiced less credited, in the company's currency.",
    )

    _one_row_each = models.UniqueIndex("(run_id, commercial_partner_id)", "A customer is in a billing run only once.")
    _todo_index = models.Index("(run_id, id) WHERE state = 'todo'")

    def _set_billed(self, moves, owners):
        """Record what was invoiced.

        :param moves: the invoices that were made for these customers
        :param dict owners: the paying commercial partner's id, by item id
        """
        owner_of = {charge.move_id: owners[charge.item_id.id] for charge in moves.invoice_line_ids.recurring_charge_ids}
        invoiced = defaultdict(lambda: self.env["account.move"])
        for move in moves:
            invoiced[owner_of[move]] += move
        for row in self:
            mine = invoiced[row.commercial_partner_id.id]
            row.write(
                {
                    "state": "done" if mine else "nothing",
                    "message": False,
                    "invoice_count": row.invoice_count + len(mine),
                    "amount_untaxed": row.amount_untaxed + sum(mine.mapped("amount_untaxed_signed")),
                }
            )

    def _set_failed(self, message):
        """Set a customer aside with the reason in plain words."""
        self.write({"state": "failed", "message": message})

    def action_retry(self):
        """Bill the failed customer again."""
        self.run_id._check_may_bill()
        for run, rows in self.grouped("run_id").items():
            run._as_engine()._retry(rows.sudo())
        return True
