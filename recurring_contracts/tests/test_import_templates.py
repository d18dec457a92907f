from datetime import date

from odoo.tests import tagged
from odoo.tools import file_open

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestImportTemplates(RecurringContractsCommon):
    """The files that the import screen offers can be imported as they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_service("Calls", 0.25, charge="usage")
        cls._create_service("Renewal", 75.0, charge="one_time")
        cls.customer = cls.env["res.partner"].create({"name": "Azure Interior"})

    def _import(self, model):
        templates = self.env[model].get_import_templates()
        self.assertEqual(len(templates), 1)
        with file_open(templates[0]["template"].lstrip("/"), "rb") as file:
            content = file.read()
        wizard = self.env["base_import.import"].create(
            {"res_model": model, "file": content, "file_name": "template.csv", "file_type": "text/csv"}
        )
        options = {
            "has_headers": True,
            "quoting": '"',
            "separator": ",",
            "encoding": "utf-8",
            "date_format": "%Y-%m-%d",
        }
        options |= {"float_thousand_separator": ",", "float_decimal_separator": "."}
        preview = wizard.parse_preview(options)
        self.assertNotIn("error", preview)
        self.assertEqual(len(preview["matches"]), len(preview["headers"]), "each column is recognised")
        columns = ["/".join(preview["matches"][index]) for index in range(len(preview["headers"]))]
        result = wizard.execute_import(columns, preview["headers"], preview["options"])
        self.assertFalse([message for message in result["messages"] if message["type"] == "error"])
        return self.env[model].browse(result["ids"])

    def test_plans_then_contracts_then_items(self):
        plans = self._import("recurring.plan")
        self.assertEqual(plans.mapped("name"), ["Service programme", "Quarterly"])
        self.assertEqual(plans[0].item_ids.mapped("role"), ["setup", "recurring", "overage", "renewal_fee"])
        self.assertEqual((plans[0].preview_period, plans[0].preview_renewal), (300.0, 75.0))
        contracts = self._import("recurring.contract")
        self.assertEqual(contracts.partner_id, self.customer)
        self.assertEqual(contracts.plan_id, plans)
        self.assertEqual(contracts[0].date_end, date(2026, 12, 31))
        self.assertEqual(contracts[0].item_ids.mapped("charge_type"), ["recurring", "usage"])
        items = self._import("recurring.contract.item")
        self.assertEqual(items.contract_id, contracts)
        contracts.action_start()
        self.assertEqual(contracts.mapped("mrr"), [540.0 + 300.0, 300.0])

    def test_price_indices(self):
        index = self._import("recurring.price.index")
        self.assertEqual(len(index.value_ids), 2)
        self._import("recurring.price.index.value")
        self.assertEqual(index.last_value_date, date(2026, 7, 1))
