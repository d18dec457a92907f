from datetime import date

from odoo.tests import Form, tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestViews(RecurringBillingCommon):
    """The forms open and the buttons lead somewhere."""

    def test_run_by_form(self):
        self._create_contract()
        form = Form(self.env["recurring.bill.run"])
        form.date_through = DAY
        self.assertEqual(form.invoice_date, DAY)
        run = form.save()
        run.action_start()
        self.assertEqual(Form(run).progress, 100.0)
        self.assertEqual(self._opened(run.action_view_invoices()), run.move_ids)
        self.assertEqual(self._opened(run.action_view_charges()), run.charge_ids)
        self.assertEqual(self._opened(run.action_view_customers()), run.customer_ids)

    def _opened(self, action):
        records = self.env[action["res_model"]]
        if action.get("res_id"):
            return records.browse(action["res_id"])
        return records.search(action["domain"])

    def test_contract_charge_and_invoice(self):
        contract = self._create_contract()
        invoice = self._bill(DAY)
        self.assertEqual(Form(contract).invoice_count, 1)
        self.assertEqual(self._opened(contract.action_view_invoices()), invoice)
        charge = contract.charge_ids
        self.assertEqual(self._opened(contract.action_view_charges()), charge)
        self.assertEqual(self._opened(charge.action_open_invoice()), invoice)
        self.assertEqual(Form(charge).explanation, "1 × 100.00 (1 Jan to 31 Jan)")
        self.assertEqual(Form(invoice).recurring_contract_count, 1)
        self.assertEqual(self._opened(invoice.action_view_recurring_contracts()), contract)
        Form(contract.item_ids)

    def test_charges_are_found_by_state(self):
        contract = self._create_contract(items=[{}, {"opening_billed_through": DAY}])
        invoice = self._bill(DAY)
        invoice.button_draft()
        Charge = self.env["recurring.charge"]
        for state in ("draft", "opening", "posted", "to_invoice", "void"):
            found = Charge.search([("state", "=", state), ("contract_id", "=", contract.id)])
            expected = contract.charge_ids.filtered(lambda c, s=state: c.state == s)
            self.assertEqual(found, expected, state)
