from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    recurring_auto_bill = fields.Boolean(
        "Bill Contracts Automatically",
        help="Every night, invoice and post what is due.",
    )
    recurring_bill_review = fields.Boolean(
        "Review Billing Runs Before Posting",
        help="The nightly run computes what is due and leaves it to a clerk to approve and post it.",
    )
    recurring_billing_user_id = fields.Many2one(
        "res.users",
        "Responsible for Billing",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Gets an activity where a nightly run waits for review, cannot start, or leaves customers held or "
        "failed. Empty: nobody is told.",
    )
    recurring_hold_percent = fields.Float(
        "Hold Beyond",
        help="Customers of a billing run are held for somebody to look at where the price of a whole period "
        "differs from the period before by more percent than this. 0 holds nobody.",
    )
    recurring_hold_amount = fields.Monetary(
        "Hold From",
        help="Differences below this amount never hold a customer. In the company's currency.",
    )
    recurring_auto_send = fields.Boolean(
        "Send Contracts' Invoices Automatically",
        help="What a billing run posts is sent in the background, by each customer's preferred way.",
    )
    recurring_join_orders = fields.Boolean(
        "One Invoice With Ordinary Orders",
        help="A billing run also invoices what of its customers' other sales orders is ready to be invoiced. "
        "A customer may say otherwise.",
    )
    recurring_credit_policy = fields.Selection(
        "_selection_recurring_credit_policy",
        "Credits of Contracts",
        required=True,
        default="next_invoice",
        help="Where a billing run puts what it credits. A customer may say otherwise.",
    )

    recurring_invoice_report_id = fields.Many2one(
        "ir.actions.report",
        "Contract Invoice PDF",
        domain="[('is_invoice_report', '=', True)]",
        help="How the invoices of contracts are printed and sent, unless the customer or the journal says otherwise. "
        "Empty: as all invoices.",
    )

    @api.model
    def _selection_recurring_credit_policy(self):
        return [
            ("next_invoice", self.env._("On the next invoice")),
            ("credit_note", self.env._("On a credit note for each invoice corrected")),
        ]
