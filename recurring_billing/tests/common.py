from datetime import date

from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class RecurringBillingCommon(AccountTestInvoicingCommon):
    """Data and factories for billing: a company with a chart of accounts, plans, contracts."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("sales_team.group_sale_manager")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.tax = cls.company_data["default_tax_sale"]
        cls.tax.amount = 20.0
        cls.monthly = cls._create_plan()
        cls.service = cls._create_service("Hosting")
        cls.setup_fee = cls._create_service("Setup", recurring_charge_type="one_time")
        cls.customer = cls._create_customer("Azure")

    # === FACTORIES === #

    @classmethod
    def _create_plan(cls, **values):
        """Return a plan; by default monthly, in advance, from the contract's first day, evergreen."""
        return cls.env["recurring.plan"].create(
            {
                "name": "Monthly",
                "billing_unit": "month",
                "billing_count": 1,
                "billing_timing": "advance",
                "proration": "actual",
                "alignment": "anniversary",
                "term_count": 0,
                **values,
            }
        )

    @classmethod
    def _create_service(cls, name, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": 100.0,
                "recurring_charge_type": "recurring",
                "taxes_id": [Command.set(cls.tax.ids)],
                **values,
            }
        )

    @classmethod
    def _create_customer(cls, name, **values):
        return cls.env["res.partner"].create({"name": name, **values})

    @classmethod
    def _create_contract(cls, start=date(2026, 1, 1), items=None, started=True, **values):
        """Return a contract with its items, in force unless ``started`` is false.

        :param list[dict] items: values of the items; one hosting at 100.00 by default
        :param values: values of the contract, such as ``plan_id`` or ``partner_id``
        """
        items = items or [{}]
        contract = cls.env["recurring.contract"].create(
            {
                "partner_id": cls.customer.id,
                "plan_id": cls.monthly.id,
                "company_id": cls.company.id,
                "date_start": start,
                **values,
                "item_ids": [Command.create(cls._prepare_item(**item)) for item in items],
            }
        )
        if started:
            contract.action_start()
        return contract

    @classmethod
    def _prepare_item(cls, **values):
        return {
            "product_id": cls.service.id,
            "quantity": 1.0,
            "price_unit": 100.0,
            "tax_ids": [Command.set(cls.tax.ids)],
            **values,
        }

    @classmethod
    def _amend(cls, item, kind, day, **values):
        """Journal one change of an item with effect from a day."""
        return item.contract_id._amend("change", day, [item._prepare_event_values(kind, day, **values)])

    # === BILLING === #

    def _run(self, day, **values):
        """Return a finished billing run through a day."""
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": day, **values})
        run.action_start()
        return run

    def _bill(self, day, **values):
        """Bill everything due through a day with a run; return the invoices."""
        return self._run(day, **values).move_ids.sorted("id")

    def _decide(self, rows, decision, reason="Looked at"):
        """Release customers of a run, or leave them out."""
        action = rows.action_release() if decision == "release" else rows.action_reject()
        wizard = rows.env[action["res_model"]].with_context(**action["context"]).create({"reason": reason})
        return wizard.action_confirm()

    def assertCharges(self, contract, expected):
        """Compare the charges that are not void: ``(first day, last day, amount)``."""
        charges = contract.charge_ids.filtered(lambda c: not c.is_void).sorted("id")
        self.assertEqual([(str(c.date_start), str(c.date_end), round(c.amount, 3)) for c in charges], expected)
