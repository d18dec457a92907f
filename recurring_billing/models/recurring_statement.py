from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.ageing import age

BATCH_SIZE = 20


class RecurringStatement(models.Model):
    """A statement of account: what a customer owes as of a day, invoice by invoice, to be printed or sent."""

    _name = "recurring.statement"
    _description = "Statement of Account"
    _inherit = ["mail.thread", "recurring.engine.fields.mixin"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    recipient_id = fields.Many2one(
        "res.partner",
        "Sent To",
        compute="_compute_recipient_id",
        help="The customer's invoice address where it has an email address, else the customer.",
    )
    date = fields.Date("As Of", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Made By", readonly=True, default=lambda self: self.env.user)
    state = fields.Selection(
        [("draft", "Not to be sent"), ("to_send", "To send"), ("sent", "Sent"), ("failed", "Failed")],
        "Status",
        required=True,
        readonly=True,
        default="draft",
        index=True,
    )
    message = fields.Char("Reason", readonly=True, help="Why the statement could not be sent.")

    _to_send_index = models.Index("(id) WHERE state = 'to_send'")

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._("Statement %(customer)s", customer=statement.partner_id.display_name)

    @api.depends("partner_id")
    def _compute_recipient_id(self):
        for statement in self:
            partner = statement.partner_id
            contact = partner.browse(partner.address_get(["invoice"])["invoice"])
            statement.recipient_id = contact if contact.email else partner

    @api.model
    def _get_engine_fields(self):
        # in the name of whoever made the statement it is sent
        return super()._get_engine_fields() | {"state", "user_id", "message"}

    # === FIGURES === #

    def _get_open_items(self):
        """Return what was open at the end of the statement's day, oldest due first.

        Payments and credits that were matched later are open on that day.

        :return: currency, date, number, reference, due date, amount and what was open of it (in that
            currency, negative for payments and credits)
        :rtype: list[dict]
        """
        self.ensure_one()
        self.env.flush_all()
        # sudo: the ledger is read for the one customer and company of a statement that the user may read
        rows = self.sudo().env.execute_query_dict(
            SQL(
                """
                SELECT aml.currency_id, COALESCE(move.invoice_date, aml.date) AS date, move.name, move.ref,
                       COALESCE(aml.date_maturity, aml.date) AS due, aml.amount_currency AS amount,
                       aml.amount_currency
                           - COALESCE((SELECT SUM(part.debit_amount_currency)
                                         FROM account_partial_reconcile part
                                        WHERE part.debit_move_id = aml.id AND part.max_date <= %(date)s), 0)
                           + COALESCE((SELECT SUM(part.credit_amount_currency)
                                         FROM account_partial_reconcile part
                                        WHERE part.credit_move_id = aml.id AND part.max_date <= %(date)s), 0)
                           AS open
                  FROM account_move_line aml
                  JOIN account_move move ON move.id = aml.move_id
                  JOIN account_account account ON account.id = aml.account_id
                  JOIN res_partner partner ON partner.id = aml.partner_id
                 WHERE account.account_type = 'asset_receivable' AND aml.parent_state = 'posted'
                   AND aml.company_id = %(company)s AND partner.commercial_partner_id = %(partner)s
                   AND aml.date <= %(date)s
                 ORDER BY due, date, aml.id
                """,
                date=self.date,
                company=self.company_id.id,
                partner=self.partner_id.commercial_partner_id.id,
            )
        )
        currencies = {row["currency_id"]: self.env["res.currency"].browse(row["currency_id"]) for row in rows}
        return [row for row in rows if not currencies[row["currency_id"]].is_zero(row["open"])]

    def _get_figures(self):
        """Return what the statement prints, currency by currency.

        :return: of each currency: ``currency``, ``lines`` (``_get_open_items``), ``total`` and ``ageing``
            (the amount by name of ``domain.ageing``)
        :rtype: list[dict]
        """
        by_currency = {}
        for row in self._get_open_items():
            by_currency.setdefault(row["currency_id"], []).append(row)
        # floats: they are only shown, by Odoo's formatting of amounts
        return [
            {
                "currency": self.env["res.currency"].browse(currency),
                "lines": lines,
                "total": float(sum(to_decimal(line["open"]) for line in lines)),
                "ageing": {
                    name: float(amount)
                    for name, amount in age(
                        [(line["due"], to_decimal(line["open"])) for line in lines], self.date
                    ).items()
                },
            }
            for currency, lines in by_currency.items()
        ]

    # === SENDING === #

    def _queue(self):
        """Have statements sent in the background."""
        self.write({"state": "to_send", "message": False})
        # sudo: whoever may send statements may wake up the scheduled action that does it
        self.env.ref("recurring_billing.ir_cron_recurring_statement").sudo()._trigger()

    def action_send(self):
        """Send the statements that are not sent yet, or that failed."""
        self.check_access("write")
        # sudo: the status of statements is closed to users; the right to send was checked above
        self.sudo().filtered(lambda s: s.state in ("draft", "failed"))._queue()
        return True

    def action_print(self):
        return self.env.ref("recurring_billing.action_report_recurring_statement").report_action(self)

    def _send(self):
        """Send one statement by email; where that fails, say why on it."""
        self.ensure_one()
        template = self.env.ref("recurring_billing.mail_template_recurring_statement")
        try:
            with self.env.cr.savepoint():
                if not self.recipient_id.email:
                    raise UserError(
                        self.env._("%(customer)s has no email address.", customer=self.partner_id.display_name)
                    )
                template.send_mail(self.id)
                self.write({"state": "sent", "message": False})
        except Exception as error:  # pylint: disable=broad-except
            # Whatever is wrong with one statement must not keep the others from being sent.
            reason = str(error.args[0]) if isinstance(error, UserError) else str(error)
            self.write({"state": "failed", "message": reason})

    @api.model
    def _cron_send(self):
        """Send the statements that were asked for, batch by batch."""
        domain = Domain("state", "=", "to_send")
        self.env["ir.cron"]._commit_progress(remaining=self.search_count(domain))
        while statements := self.search(domain, order="id", limit=BATCH_SIZE).try_lock_for_update():
            for statement in statements:
                statement.with_company(statement.company_id)._send()
            if not self.env["ir.cron"]._commit_progress(len(statements), remaining=self.search_count(domain)):
                break
