from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RecurringBillingCommon

DAY = date(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestInvoiceBatch(RecurringBillingCommon):
    """Invoices made in a batch are those that Odoo makes by itself, with less work."""

    BATCH = {"recurring_invoice_batch": True, "skip_is_manually_modified": True, "mail_create_nolog": True}

    def _create_invoices(self, *taxes):
        lines = [{"name": "Line", "price_unit": 10.0, "tax_ids": [(6, 0, tax.ids)]} for tax in taxes]
        invoice = {"move_type": "out_invoice", "partner_id": self.customer.id, "invoice_date": DAY}
        moves = self.env["account.move"].with_context(recurring_invoice_batch=True)
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

    def _post_invoices(self, vals_list, **context):
        moves = self.env["account.move"].with_context(**context).create(vals_list)
        moves._post(soft=False)
        self.env.flush_all()
        return moves.with_env(self.env)

    def _get_facts(self, record):
        """Return the stored values of a record, apart from those that differ between any two."""
        own = {"id", "name", "move_id", "move_name", "payment_reference", "access_token", "create_date", "write_date"}
        own |= {"sequence_number", "highest_name", "line_ids", "message_ids", "message_follower_ids"}
        names = [name for name, field in record._fields.items() if field.store and name not in own]
        return {name: record[name] for name in names if record._fields[name].type not in ("one2many", "many2many")} | {
            "taxes": record.tax_ids.ids if "tax_ids" in record else [],
            "tags": record.tax_tag_ids.ids if "tax_tag_ids" in record else [],
        }

    def _create_hard_cases(self):
        """Return the values of invoices and credit notes with what Odoo computes beyond their lines."""
        euro = self.setup_other_currency("EUR")
        included = self.tax.copy({"name": "20 % included", "price_include_override": "tax_included"})
        rounding = self.env["account.cash.rounding"].create(
            {"name": "0.05", "rounding": 0.05, "strategy": "biggest_tax", "rounding_method": "HALF-UP"}
        )
        early = self.env["account.payment.term"].create(
            {
                "name": "2 % early",
                "early_discount": True,
                "discount_percentage": 2.0,
                "discount_days": 10,
                "early_pay_discount_computation": "mixed",
                "line_ids": [(0, 0, {"value": "percent", "value_amount": 100.0, "nb_days": 30})],
            }
        )
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        analytic = self.env["account.analytic.account"].create({"name": "Alpha", "plan_id": plan.id})
        lines = [
            {"name": "Plain", "price_unit": 33.33, "quantity": 3.0, "tax_ids": [(6, 0, self.tax.ids)]},
            {"name": "Free", "price_unit": 7.77, "discount": 12.5, "tax_ids": [(6, 0, [])]},
            {"name": "Included", "price_unit": 19.99, "tax_ids": [(6, 0, included.ids)]},
            {"name": "Shared", "price_unit": 5.01, "analytic_distribution": {str(analytic.id): 100.0}},
        ]
        common = {"partner_id": self.customer.id, "invoice_date": DAY}
        headers = [
            {"move_type": "out_invoice"},
            {"move_type": "out_refund"},
            {"move_type": "out_invoice", "currency_id": euro.id},
            {"move_type": "out_invoice", "invoice_cash_rounding_id": rounding.id},
            {"move_type": "out_invoice", "invoice_payment_term_id": early.id},
            {"move_type": "out_invoice", "invoice_payment_term_id": self.pay_terms_b.id, "ref": "PO 7"},
        ]
        return [common | header | {"invoice_line_ids": [(0, 0, dict(line)) for line in lines]} for header in headers]

    def test_a_batch_makes_the_entries_that_odoo_makes_by_itself(self):
        cases = self._create_hard_cases()
        plain = self._post_invoices([dict(case) for case in cases])
        batch = self._post_invoices([dict(case) for case in cases], **self.BATCH)
        for one, other in zip(plain, batch, strict=True):
            self.assertEqual(self._get_facts(other), self._get_facts(one))
            self.assertEqual(other.state, "posted")
            lines = [record.line_ids.sorted(lambda line: (line.sequence, line.id)) for record in (one, other)]
            for line, twin in zip(*lines, strict=True):
                self.assertEqual(self._get_facts(twin), self._get_facts(line))
                self.assertEqual(
                    (twin.name or "").replace(other.payment_reference or "-", "-"),
                    (line.name or "").replace(one.payment_reference or "-", "-"),
                )
