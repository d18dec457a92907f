from datetime import date, datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestUsage(RecurringBillingCommon):
    """F39, F43: what was used becomes priced charges by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "seller", "sales_team.group_sale_salesman", company_id=cls.company.id)
        cls.clerk = new_test_user(cls.env, "clerk", "account.group_account_invoice", company_id=cls.company.id)
        cls.water = cls._create_service("Water", recurring_charge_type="usage")
        cls.contract = cls._create_contract(
            items=[{}, {"product_id": cls.water.id, "price_unit": 3.20}], user_id=cls.seller.id
        )
        cls.item = cls.contract.item_ids[1]
        cls.Usage = cls.env["recurring.usage"].with_user(cls.seller)

    def _use(self, day, quantity, **values):
        return self.Usage.create({"item_id": self.item.id, "date": day, "quantity": quantity, **values})

    def _bill_as_clerk(self, day):
        run = self.env["recurring.bill.run"].with_user(self.clerk)
        run = run.create({"company_id": self.company.id, "date_through": day})
        run.action_start()
        return run.move_ids

    def test_f43_three_cubic_metres_are_billed_on_the_next_invoice(self):
        with Form(self.Usage) as form:
            form.item_id = self.item.with_user(self.seller)
            form.date, form.quantity = date(2026, 1, 10), 3
        usage = form.record
        self.assertEqual(usage.state, "open")
        first = self._bill_as_clerk(date(2026, 1, 1))
        self.assertEqual(first.amount_untaxed, 100)
        invoice = self._bill_as_clerk(date(2026, 2, 1))
        self.assertEqual(len(invoice), 1)
        line = invoice.invoice_line_ids.filtered(lambda line: line.product_id == self.water)
        self.assertRecordValues(line, [{"quantity": 3.0, "price_unit": 3.2, "price_subtotal": 9.6}])
        self.assertEqual(line.name, "Water\n3 × 3.20 (1 Jan to 31 Jan)")
        usage.invalidate_recordset()
        self.assertEqual((usage.state, usage.charge_id.kind), ("billed", "usage"))

    def test_f39_overage_above_the_included_quantity(self):
        contract = self._create_contract(
            items=[{"product_id": self.water.id, "price_unit": 3.20, "included_quantity": 100}], user_id=self.seller.id
        )
        for day, quantity in ((5, 60), (20, 70)):
            self.Usage.create({"item_id": contract.item_ids.id, "date": date(2026, 1, day), "quantity": quantity})
        self._bill_as_clerk(date(2026, 2, 1))
        charge = contract.charge_ids
        self.assertEqual(charge.explanation, "130 − 100 included = 30 × 3.20 (1 Jan to 31 Jan)")
        self.assertEqual(round(charge.amount, 2), 96.0)
        self.Usage.create({"item_id": contract.item_ids.id, "date": date(2026, 1, 31), "quantity": 15})
        (late,) = self._bill_as_clerk(date(2026, 2, 5)).invoice_line_ids.recurring_charge_ids
        self.assertEqual(late.explanation, "145 − 100 included − 30 billed before = 15 × 3.20 (1 Jan to 31 Jan)")
        self.assertEqual(round(late.amount, 2), 48.0)

    def test_usage_within_what_is_included(self):
        self.item._write_protected({"included_quantity": 10})
        usage = self._use(date(2026, 1, 10), 4)
        self._bill_as_clerk(date(2026, 2, 1))
        usage.invalidate_recordset()
        self.item.invalidate_recordset()
        self.assertEqual(usage.state, "included")
        self.assertFalse(self.item.charge_ids)

    def test_cancelled_usage_is_credited(self):
        kept, wrong = self._use(date(2026, 1, 10), 3), self._use(date(2026, 1, 12), 100)
        self._bill_as_clerk(date(2026, 2, 1))
        with self.assertRaisesRegex(UserError, "is billed. Cancel it"):
            wrong.quantity = 10
        with self.assertRaisesRegex(UserError, "is billed. Cancel it"):
            wrong.unlink()
        wrong.action_cancel()
        refund = self._bill_as_clerk(date(2026, 2, 10))
        self.assertEqual((refund.move_type, round(refund.amount_untaxed, 2)), ("out_refund", 320.0))
        self.assertEqual(round(sum(self.item.charge_ids.mapped("amount")), 2), 9.6)
        self.assertEqual((wrong.state, kept.state), ("cancelled", "billed"))
        self.assertEqual(kept.charge_id, self.item.charge_ids.sorted("id")[-1])

    def test_items_are_offered_to_a_new_reading(self):
        domain = self.env["recurring.usage"].fields_get(["item_id"])["item_id"]["domain"]
        new = self.env["recurring.usage"].new({})
        offered = safe_eval(str(domain), {"company_id": new.company_id.id})
        self.assertIn(self.item, self.env["recurring.contract.item"].search(offered))

    def test_usage_out_of_force_says_so(self):
        before = self._use(date(2025, 12, 31), 3)
        self.assertEqual(before.state, "unrated")
        self._bill_as_clerk(date(2026, 2, 1))
        self.assertFalse(self.item.charge_ids)
        with self.assertRaisesRegex(ValidationError, "takes no readings"):
            self.Usage.create({"item_id": self.contract.item_ids[0].id, "quantity": 1})

    def test_day_in_the_companys_time_zone(self):
        self.company.partner_id.tz = "Pacific/Auckland"
        usage = self.Usage.create({"item_id": self.item.id, "used_at": datetime(2026, 1, 31, 12, 0), "quantity": 1})
        self.assertEqual(usage.date, date(2026, 2, 1))

    def test_a_known_key_enters_nothing_twice(self):
        first = self._use(date(2026, 1, 10), 3, idempotency_key="meter-1")
        again = self._use(date(2026, 1, 10), 3, idempotency_key="meter-1")
        self.assertEqual(again, first)
        with self.assertRaisesRegex(ValidationError, "stands for another reading"):
            self._use(date(2026, 1, 10), 4, idempotency_key="meter-1")
        two = self.Usage.create(
            [{"item_id": self.item.id, "date": date(2026, 1, 11), "quantity": 1, "idempotency_key": "k"}] * 2
            + [{"item_id": self.item.id, "date": date(2026, 1, 11), "quantity": 1}]
        )
        self.assertEqual((len(two), len(set(two.ids))), (3, 2))

    @mute_logger("odoo.sql_db")
    def test_readings_sent_by_another_system(self):
        self._use(date(2026, 1, 10), 3, idempotency_key="known")
        good = {"item_id": self.item.id, "date": "2026-01-11", "quantity": 2, "idempotency_key": "new"}
        results = self.Usage.api_record_usage(
            [
                good,
                good,
                {**good, "idempotency_key": "known", "date": "2026-01-10", "quantity": 3},
                {**good, "idempotency_key": "known"},
                {**good, "idempotency_key": "zero", "quantity": 0},
                {"quantity": 1},
                {**good, "idempotency_key": "last"},
            ]
        )
        self.assertEqual(
            [result["status"] for result in results],
            ["created", "duplicate", "duplicate", "rejected", "rejected", "rejected", "created"],
        )
        self.assertIn("stands for another reading", results[3]["message"])
        self.assertIn("above zero", results[4]["message"])
        self.assertEqual(sum(self.item.usage_ids.mapped("quantity")), 7)

    def test_import_by_name(self):
        wizard = self.env["base_import.import"].with_user(self.seller)
        header = "item_id,date,quantity,idempotency_key"
        row = f"{self.item.display_name},2026-01-10,3,m-1"
        columns = header.split(",")
        for _time in range(2):
            record = wizard.create(
                {
                    "res_model": "recurring.usage",
                    "file": f"{header}\n{row}\n".encode(),
                    "file_type": "text/csv",
                }
            )
            options = {"quoting": '"', "separator": ",", "has_headers": True}
            result = record.execute_import(columns, columns, options)
            self.assertFalse([m for m in result["messages"] if m["type"] == "error"], result["messages"])
        self.assertEqual(self.item.usage_ids.mapped("quantity"), [3.0])
        (template,) = self.Usage.get_import_templates()
        self.assertIn("usage.csv", template["template"])

    def test_rights(self):
        usage = self._use(date(2026, 1, 10), 3)
        other = new_test_user(self.env, "other_seller", "sales_team.group_sale_salesman", company_id=self.company.id)
        with self.assertRaises(AccessError):
            usage.with_user(other).read(["quantity"])
        self.assertEqual(usage.with_user(self.clerk).quantity, 3)
        with self.assertRaises(AccessError):
            usage.with_user(self.clerk).action_cancel()
        with self.assertRaises(AccessError):
            self.env["recurring.usage"].with_user(other).create({"item_id": self.item.id, "quantity": 1})

    def test_contract_shows_its_usage(self):
        self._use(date(2026, 1, 10), 3)
        self.assertTrue(self.contract.has_usage_items)
        self.assertEqual(self.contract.usage_count, 1)
        action = self.contract.with_user(self.seller).action_view_usage()
        self.assertEqual(action["context"], {"default_item_id": self.item.id})
