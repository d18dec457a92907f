from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestCompanyCheck(RecurringBillingCommon):
    """What the lines of a batch of invoices share is checked against the company once."""

    def _create_invoices(self, *taxes):
        lines = [{"name": "Line", "price_unit": 10.0, "tax_ids": [(6, 0, tax.ids)]} for tax in taxes]
        invoice = {"move_type": "out_invoice", "partner_id": self.customer.id, "invoice_date": DAY}
        moves = self.env["account.move"].with_context(recurring_check_company_once=True)
        return moves.create([invoice | {"invoice_line_ids": [(0, 0, line) for line in lines]} for _i in range(3)])

    def test_a_single_line_with_a_foreign_tax_is_refused(self):
        own = self.company_data["default_tax_sale"]
        other = self.setup_other_company()["default_tax_sale"]
        self.assertEqual(len(self._create_invoices(own, own).invoice_line_ids), 6)
        with self.assertRaisesRegex(UserError, "company inconsistencies"):
            self._create_invoices(own, own, other)

    def test_a_run_sets_aside_whom_a_foreign_tax_would_be_invoiced(self):
        other = self.setup_other_company()["default_tax_sale"]
        self._create_contract()
        Charge = type(self.env["recurring.charge"])
        prepare = Charge._prepare_invoice_line_values

        def prepare_foreign(charge, move_type):
            return prepare(charge, move_type) | {"tax_ids": [(6, 0, other.ids)]}

        with patch.object(Charge, "_prepare_invoice_line_values", prepare_foreign):
            run = self._run(DAY)
        self.assertEqual((run.customer_ids.state, run.move_ids), ("failed", self.env["account.move"]))
        self.assertIn("company inconsistencies", run.customer_ids.message)
