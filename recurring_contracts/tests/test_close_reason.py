from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestCloseReason(RecurringContractsCommon):
    def test_f7_sales_managers_keep_the_list(self):
        manager = new_test_user(self.env, "reason_manager", groups="sales_team.group_sale_manager")
        seller = new_test_user(self.env, "reason_seller", groups="sales_team.group_sale_salesman")
        Reason = self.env["recurring.close.reason"]
        reason = Reason.with_user(manager).create({"name": "Moved abroad"})
        self.assertIn(reason, Reason.with_user(seller).search([]))
        with self.assertRaises(AccessError):
            reason.with_user(seller).name = "Gone"

    def test_f7_contracts_are_counted_by_reason(self):
        reason = self.env.ref("recurring_contracts.close_reason_price")
        before = reason.contract_count
        contract = self._create_contract([(self.service, 1, 100.0)])
        contract.close_reason_id = reason
        reason.invalidate_recordset(["contract_count"])
        self.assertEqual(reason.contract_count, before + 1)
        group = self.env["recurring.contract"]._read_group([("id", "=", contract.id)], ["close_reason_id"], ["__count"])
        self.assertEqual(group, [(reason, 1)])
