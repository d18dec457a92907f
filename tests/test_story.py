from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.recurring_billing.tests.common import RecurringBillingCommon


@tagged("standard", "post_install", "-at_install")
class TestStory(RecurringBillingCommon):
    """From the quotation to the ledger, each step by who takes it, with his own rights.

    Amounts are chosen so that they can be followed in the head: support costs 365.00 a year, one
    a day; hosting 310.00 a month of 31 days, ten a day.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._create_user("story_seller", "sales_team.group_sale_salesman")
        cls.clerk = cls._create_user("story_clerk", "account.group_account_invoice")
        cls.accountant = cls._create_user("story_accountant", "account.group_account_manager")
        cls.company.recurring_revenue_rule_id = cls.env.ref("recurring_revenue.recurring_revenue_rule_by_day")
        cls.setup_fee.recurring_revenue_rule_id = cls.env.ref("recurring_revenue.recurring_revenue_rule_at_once")
        cls.support = cls._create_service("Support", recurring_price_unit="year")
        cls.from_the_first = cls._create_plan(alignment="billing_day", billing_day=1)
        cls.yearly = cls._create_plan(billing_unit="year")

    @classmethod
    def _create_user(cls, login, groups):
        return new_test_user(cls.env, login, groups=groups, company_id=cls.company.id, company_ids=[cls.company.id])

    # === STEPS === #

    def _sell(self, plan, start, lines):
        """Let the sales person quote and confirm; return the contract."""
        order = (
            self.env["sale.order"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.customer.id,
                    "recurring_plan_id": plan.id,
                    "recurring_date_start": start,
                    "order_line": [
                        Command.create({"product_id": product.id, "price_unit": price}) for product, price in lines
                    ],
                }
            )
        )
        order.action_confirm()
        self.assertEqual(order.recurring_contract_id.user_id, self.seller)
        return order.recurring_contract_id

    def _set_quantity(self, contract, day, quantity):
        """Let the sales person amend the contract's only recurring item."""
        wizard = (
            self.env["recurring.contract.amend"]
            .with_user(self.seller)
            .create({"contract_id": contract.id, "date": day, "reason": "as agreed"})
        )
        line = wizard.line_ids.filtered(lambda line: line.item_id.charge_type == "recurring")
        line.quantity = quantity
        wizard.action_confirm()

    def _end(self, contract, last_day):
        wizard = self.env["recurring.contract.amend"].with_user(self.seller)
        values = {"contract_id": contract.id, "action": "end", "date_end": last_day, "reason": "as agreed"}
        wizard.create(values).action_confirm()

    def _bill_as_clerk(self, day):
        """Let the clerk bill through a day, twice; return the invoices."""
        Run = self.env["recurring.bill.run"].with_user(self.clerk)
        run = Run.create({"date_through": day})
        run.action_start()
        self.assertEqual(run.state, "done")
        again = Run.create({"date_through": day})
        again.action_start()
        self.assertFalse(again.move_ids, "a second run changes nothing")
        self.assertEqual(set(run.move_ids.mapped("state")) | {"posted"}, {"posted"})
        return run.move_ids

    def _close(self, day):
        """Let the accountant close a month; return its line of the roll-forward."""
        run = self.env["recurring.revenue.run"].with_user(self.accountant).create({"date_end": day})
        run.action_close()
        self.assertEqual(run.state, "done")
        self.env.invalidate_all()
        return (
            self.env["recurring.revenue.rollforward"]
            .with_user(self.accountant)
            .search([("company_id", "=", self.company.id), ("month", "=", day)])
        )

    def assertMonth(self, day, opening, billed, recognised):
        """Close a month and compare its roll-forward, the ledger included."""
        row = self._close(day)
        closing = round(opening + billed - recognised, 2)
        self.assertRecordValues(
            row,
            [
                {
                    "opening": opening,
                    "billed": billed,
                    "recognised": recognised,
                    "closing": closing,
                    "ledger_balance": closing,
                    "difference": 0.0,
                }
            ],
        )
        self.assertEqual(self._get_ledger_balance(day), closing)

    def _get_ledger_balance(self, day):
        """Return what is deferred on a day by the journal items alone."""
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.company.deferred_revenue_account_id.id),
                ("parent_state", "=", "posted"),
                ("date", "<=", day),
            ]
        )
        return round(-sum(items.mapped("balance")), 2)

    def assertMovementsGiveMrr(self, contracts, day, expected):
        """MRR of a day is the sum of all movements up to it, and that of the terms in force."""
        events = contracts.event_ids.filtered(lambda event: event.date <= day)
        in_force = contracts.item_ids.segment_ids.filtered(
            lambda segment: segment.date_start <= day and (not segment.date_end or segment.date_end >= day)
        )
        self.assertAlmostEqual(sum(events.mapped("mrr_delta")), expected)
        self.assertAlmostEqual(sum(in_force.mapped("mrr")), expected)

    # === THE STORY === #

    def test_quote_to_ledger(self):
        hosting = self._sell(
            self.from_the_first,
            date(2025, 1, 12),
            [(self.service, 310.0), (self.setup_fee, 500.0)],
        )
        support = self._sell(self.yearly, date(2025, 1, 1), [(self.support, 365.0)])
        both = hosting | support
        self.assertMovementsGiveMrr(both, date(2025, 1, 31), 310.0 + 30.42)

        # January: 20 of 31 days of hosting, the setup, a year of support; all on one invoice.
        invoice = self._bill_as_clerk(date(2025, 1, 31))
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.amount_untaxed, 200.0 + 500.0 + 365.0)
        self.assertEqual(both.order_ids.invoice_ids, invoice)
        self.assertMonth(date(2025, 1, 31), opening=0.0, billed=565.0, recognised=231.0)

        self.assertEqual(self._bill_as_clerk(date(2025, 2, 28)).amount_untaxed, 310.0)
        self.assertMonth(date(2025, 2, 28), opening=334.0, billed=310.0, recognised=338.0)

        # A second hosting since 15 February, which is billed and closed: 14 of 28 days are credited
        # and charged anew with the next invoice, and their revenue falls into the open month.
        self._set_quantity(hosting, date(2025, 2, 15), 2.0)
        self.assertMovementsGiveMrr(both, date(2025, 3, 1), 620.0 + 30.42)
        invoice = self._bill_as_clerk(date(2025, 3, 31))
        self.assertEqual(
            sorted(invoice.invoice_line_ids.recurring_charge_ids.mapped("amount")),
            [-155.0, 310.0, 620.0],
        )
        self.assertMonth(date(2025, 3, 31), opening=306.0, billed=775.0, recognised=806.0)

        for day, opening in ((date(2025, 4, 30), 275.0), (date(2025, 5, 31), 245.0)):
            self._bill_as_clerk(day)
            self.assertMonth(day, opening=opening, billed=620.0, recognised=620.0 + day.day)
        self._bill_as_clerk(date(2025, 6, 30))
        self.assertMonth(date(2025, 6, 30), opening=214.0, billed=620.0, recognised=650.0)

        # Both end on 30 June: 184 of 365 days of support are credited.
        self._end(hosting, date(2025, 6, 30))
        self._end(support, date(2025, 6, 30))
        self.assertMovementsGiveMrr(both, date(2025, 7, 1), 0.0)
        credit_note = self._bill_as_clerk(date(2025, 7, 31))
        self.assertEqual(credit_note.move_type, "out_refund")
        self.assertEqual(credit_note.amount_untaxed, 184.0)
        self.assertMonth(date(2025, 7, 31), opening=184.0, billed=-184.0, recognised=0.0)

        # Nothing is left to bill, to recognise or in the deferred revenue account.
        self.assertFalse(self._bill_as_clerk(date(2025, 12, 31)))
        self.assertEqual(self._get_ledger_balance(date(2025, 12, 31)), 0.0)
        moves = both.charge_ids.move_id
        self.assertEqual(sum(both.charge_ids.mapped("amount")), sum(moves.mapped("amount_untaxed_signed")))
        schedules = self.env["recurring.revenue.schedule"].search([("contract_id", "in", both.ids)])
        self.assertAlmostEqual(sum(schedules.mapped("recognised")), sum(moves.mapped("amount_untaxed_signed")) - 500.0)
