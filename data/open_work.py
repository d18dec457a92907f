"""What lies on the desks the day after the last month: quotations, a run to be approved, a close that is prepared.

So every screen of the demonstration has something to decide. ``book.json`` names what is meant under
``open_work``, company by company; it is entered once, and nothing of it belongs to the months before.
"""

from datetime import timedelta

from odoo.fields import Command

from .refs import acting, find_item, full_ref

DAY = timedelta(days=1)


class OpenWork:
    """The open work of one company.

    :param company: ``res.company``
    :param dict wanted: kind of work -> what is meant, see ``docs/importing.md``
    :param dict users: job -> ``res.users``
    :param date end: the last day of the last month
    """

    def __init__(self, company, wanted, users, end):
        self.company, self.wanted, self.users = company.with_company(company), wanted, users
        self.end, self.day = end, end + DAY

    def leave(self):
        """Enter all of it, in the order in which it would come about."""
        for kind, content in self.wanted.items():
            getattr(self, f"_leave_{kind}")(content)

    def _env(self, job):
        return acting(self.company, self.users[job]).env

    def _record(self, env, ref):
        return env[self.company.env.ref(full_ref(ref))._name].browse(self.company.env.ref(full_ref(ref)).id)

    # --- Sales ---

    def _leave_upsell(self, content):
        """A quotation by which a contract would get more."""
        env = self._env("sales")
        context = self._record(env, content["contract"]).action_upsell()["context"]
        product = env["product.product"].search([("default_code", "=", content["product"])])
        line = Command.create({"product_id": product.id, "product_uom_qty": content["quantity"]})
        env["sale.order"].with_context(**context).create({"order_line": [line], "user_id": env.uid})

    def _leave_sent_renewals(self, contracts):
        """Renewal quotations that their customers have."""
        env = self._env("sales")
        for ref in contracts:
            orders = self._record(env, ref).renewal_order_ids
            orders.filtered(lambda order: order.state == "draft").action_quotation_sent()

    def _leave_amendment(self, content):
        """A change from the next day on, so large that somebody should look at it before it is billed."""
        env = self._env("sales")
        item = find_item(env, content["item"])
        wizard = env["recurring.contract.amend"].create(
            {
                "contract_id": item.contract_id.id,
                "effective": "date",
                "date": self.day,
                "reason": content["reason"],
            }
        )
        wizard.line_ids.filtered(lambda line: line.item_id == item).quantity = content["quantity"]
        wizard.action_confirm()

    # --- Billing ---

    def _leave_paid_through(self, day):
        """Invoices of which the older ones are paid, but for some customers who are late."""
        env = self._env("billing")
        invoices = env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "=", "not_paid"),
                ("invoice_date", "<=", day),
            ]
        )
        late = [self.company.env.ref(full_ref(ref)).id for ref in self.wanted.get("late_customers", ())]
        invoices = invoices.filtered(lambda move: move.commercial_partner_id.id not in late)
        for _currency, moves in invoices.grouped("currency_id").items():
            wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
            wizard.create({"payment_date": day, "group_payment": True})._create_payments()

    def _leave_late_customers(self, customers):
        """Statements of account of customers who have not paid."""
        partners = [self.company.env.ref(full_ref(ref)).id for ref in customers]
        values = {"date": self.end, "partner_ids": [Command.set(partners)]}
        self._env("billing")["recurring.statement.wizard"].create(values).action_print()

    def _leave_credit_note(self, content):
        """A credit note by hand: goodwill, so that what it credits stays billed."""
        env = self._env("billing")
        contract = self._record(env, content["contract"])
        invoice = env["account.move"].search(
            [
                ("invoice_line_ids.recurring_contract_id", "=", contract.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
            ],
            order="invoice_date desc, id desc",
            limit=1,
        )
        values = {"reason": content["reason"], "date": self.day, "journal_id": invoice.journal_id.id}
        reversal = env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
        reversal.create(values).refund_moves()

    def _leave_hold_percent(self, percent):
        """The setting that holds customers whose charges are far from what they were."""
        self.company.recurring_hold_percent = percent

    def _leave_preview(self, _content):
        """A billing run that waits for approval, with customers held."""
        run = self._env("billing")["recurring.bill.run"]._create_run(self.company, self.day)
        run.action_preview()

    def _leave_failing_customer(self, ref):
        """A billing run in which one customer failed, to be mended and billed again."""
        self.company.env.ref(full_ref(ref)).active = False
        run = self._env("billing")["recurring.bill.run"]._create_run(self.company, self.day)
        run.action_start()

    # --- Revenue ---

    def _leave_held_revenue(self, content):
        """A schedule that closes leave alone until an accountant releases it."""
        env = self._env("accounting")
        schedules = env["recurring.revenue.schedule"].search(
            [
                ("contract_id", "=", self._record(env, content["contract"]).id),
                ("state", "=", "open"),
                ("remaining", ">", 0),
            ],
            limit=1,
        )
        values = {"kind": "hold", "reason": content["reason"], "schedule_ids": [Command.set(schedules.ids)]}
        env["recurring.revenue.adjust"].create(values).action_apply()

    def _leave_prepared_close(self, _content):
        """The next month's close, prepared by one person for another one to approve."""
        self.company.recurring_revenue_four_eyes = True
        runs = self._env("accounting")["recurring.revenue.run"]
        runs._create_run(self.company, self.day).action_prepare()
