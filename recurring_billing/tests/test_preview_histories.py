import random
from contextlib import closing
from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .test_preview import DAY, PreviewEqualsPostingCase

SEEDS = (1, 2)
NAMES = ("account_id", "analytic_distribution", "name", "quantity", "price_unit", "discount", "tax_ids", "sequence")


@tagged("post_install", "-at_install")
@freeze_time("2026-01-20")
class TestPreviewOfHistories(PreviewEqualsPostingCase):
    """F60: whatever was sold, agreed, used, amended and renewed, what is posted is what the preview showed.

    Beside what the preview shows, what Odoo is given of each invoice is compared: accounts and analytics too.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.setup_other_currency("EUR", rates=[("2025-01-01", 2.0), ("2026-03-01", 3.0)])
        included = cls.tax.copy({"name": "Included", "price_include_override": "tax_included", "amount": 21})
        second = cls.tax.copy({"name": "Second", "amount": 5.5})
        cls.taxes = [cls.tax, included, cls.tax + second, cls.env["account.tax"]]
        term = {"term_count": 2, "term_unit": "month"}
        cls.plans = [
            cls.monthly,
            cls._create_plan(name="Free", free_periods=1, alignment="billing_day", billing_day=5, stub="free"),
            cls._create_plan(name="Arrears", billing_timing="arrears", alignment="first_of_month", stub="merge"),
            cls._create_plan(
                name="Quarter", proration="month", billing_count=3, alignment="billing_day", billing_day=1
            ),
            cls._create_plan(name="Tacit", **term, renewal_policy="tacit"),
            cls._create_plan(
                name="Renewed", **term, renewal_policy="order", renewal_merge="product", last_day_free=True
            ),
        ]
        cls.calls = cls._create_service("Calls", recurring_charge_type="usage")
        cls.deposit = cls._create_service("Deposit", recurring_charge_type="one_time", recurring_is_deposit=True)
        plan = cls.env["account.analytic.plan"].create({"name": "Departments"})
        cls.analytics = [
            cls.env["account.analytic.account"].create({"name": name, "plan_id": plan.id}) for name in ("Cloud", "Net")
        ]

    def test_f60_preview_equals_posting(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), closing(self.env.cr.savepoint()):
                self.random = random.Random(seed)
                self._play()
            self.env.invalidate_all()

    def _play(self):
        draw = self.random
        self.kinds = set()
        customers = [
            self._create_customer(f"Customer {n}", recurring_credit_policy=n == 1 and "credit_note") for n in range(4)
        ]
        self.contracts = [self._random_contract(draw.choice(customers)) for _number in range(10)]
        day = DAY + timedelta(days=draw.randint(0, 31))
        for _run in range(3):
            self._check_given(day)
            for _number in range(8):
                self._happen(draw.choice(self.contracts))
            for contract in self.contracts:
                self._use(contract, max(contract.date_start, self._random_day()))
            day += timedelta(days=draw.randint(10, 45))
        self._check_given(day)
        self.assertLessEqual({"recurring", "one_time", "usage"}, self.kinds)

    # === WHAT IS SOLD AND WHAT HAPPENS === #

    def _random_day(self):
        return DAY + timedelta(days=self.random.randrange(100))

    def _random_item(self):
        draw = self.random
        values = {
            "product_id": draw.choice([self.service, self.service, self.setup_fee, self.calls, self.deposit]).id,
            "quantity": draw.choice([1, 2, 7]),
            "price_unit": draw.choice([25.41, 9.99, 100, 0.07, 0, 33.333]),
            "discount": draw.choice([0, 0, 20, 12.5]),
            "tax_ids": [Command.set(draw.choice(self.taxes).ids)],
            "analytic_distribution": draw.choice([False, {str(draw.choice(self.analytics).id): 100}]),
        }
        if values["product_id"] == self.calls.id:
            values["included_quantity"] = draw.choice([0, 5])
        if values["product_id"] == self.service.id and draw.random() < 0.4:
            agreed = [
                {"free_through": DAY + timedelta(days=40)},
                {"step_ids": [Command.create({"date": self._random_day(), "kind": "price", "value": 12.34})]},
                {"instalment_count": 2, "free_periods": 0},
            ]
            values |= draw.choice(agreed)
        return values

    def _random_contract(self, customer):
        draw = self.random
        values = {
            "partner_id": customer.id,
            "currency_id": draw.choice([self.company.currency_id, self.company.currency_id, self.foreign]).id,
            "payment_term_id": draw.choice([self.pay_terms_a, self.pay_terms_a, self.pay_terms_b]).id,
            "client_order_ref": draw.choice([False, "PO 7"]),
            "invoice_grouping": draw.choice([False, False, "contract", "order", "item"]),
        }
        while True:
            plan, start = draw.choice(self.plans), DAY + timedelta(days=draw.randrange(40))
            items = [self._random_item() for _number in range(draw.randint(1, 4))]
            try:
                with self.env.cr.savepoint():
                    return self._create_contract(start, items, plan_id=plan.id, **values)
            except (UserError, ValidationError):
                continue  # instalments that last longer than the contract

    def _happen(self, contract):
        """Let something happen to a contract, also back-dated; what is refused changes nothing."""
        draw = self.random
        item = draw.choice(contract.item_ids)
        kind = draw.choice(("price", "quantity", "discount", "tax", "payer", "suspend", "end", "renew", "renew"))
        day = max(item.date_start, self._random_day())
        try:
            with self.env.cr.savepoint():
                if kind == "renew":
                    self._renew(contract)
                else:
                    self._amend(item, kind, day, **self._random_values(kind))
        except (UserError, ValidationError):
            return

    def _random_values(self, kind):
        draw = self.random
        return {
            "price": {"price_unit": draw.choice([19.99, 250, 3])},
            "quantity": {"quantity": 1},
            "discount": {"discount": draw.choice([0, 50])},
            "tax": {"tax_ids": [Command.set(draw.choice(self.taxes).ids)]},
            "payer": {"payer_id": self._create_customer("Payer").id},
        }.get(kind, {})

    def _use(self, contract, day):
        for item in contract.item_ids.filtered(lambda i: i.charge_type == "usage"):
            self.env["recurring.usage"].create({"item_id": item.id, "date": day, "quantity": self.random.randint(1, 9)})

    def _renew(self, contract):
        """Sign a renewal of the contract, for a whole term or until another day."""
        contract._check_can_renew()
        if self.random.random() < 0.5:
            order = contract._create_renewal_orders([[contract]])
        else:
            end = (contract.date_end or date(2026, 6, 30)) + timedelta(days=self.random.randint(20, 70))
            wizard = self.env["recurring.contract.align"].create(
                {"contract_ids": contract.ids, "date_end": end, "document": "quotation"}
            )
            order = self.env["sale.order"].browse(wizard.action_confirm()["res_id"])
        if order.state != "sale":
            order.action_confirm()
        self.contracts.append(order.recurring_contract_id)

    # === COMPARING === #

    def _check_given(self, day):
        """Preview and bill through a day, and compare what Odoo is, or would be, given."""
        planned = {True: [], False: []}
        Biller = self.env.registry["recurring.biller"]
        origin = Biller._plan_invoices

        def plan_invoices(biller, charges, invoice_date, run=None, *args, **kwargs):
            plan = origin(biller, charges, invoice_date, run, *args, **kwargs)
            planned[run.state == "previewing"] += [self._get_given(invoice) for invoice in plan]
            return plan

        with patch.object(Biller, "_plan_invoices", plan_invoices):
            run = self._check(day)
        self.assertEqual(planned[True], planned[False])
        self.kinds |= set(run.preview_ids.mapped("kind"))

    def _get_given(self, invoice):
        """Return what Odoo is given of an invoice, in values that outlast the charges of a preview."""
        header = {name: value for name, value in invoice.values.items() if name != "invoice_line_ids"}
        lines = [
            {name: values.get(name) for name in NAMES} | {"display_type": values.get("display_type")}
            for _command, _id, values in invoice.values["invoice_line_ids"]
        ]
        return header, lines
