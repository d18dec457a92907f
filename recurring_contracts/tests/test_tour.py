from datetime import date

from odoo.tests import HttpCase, new_test_user, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
class TestContractTour(RecurringContractsCommon, HttpCase):
    """What a sales person does in the browser, with his own rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "tour_seller", groups="sales_team.group_sale_salesman")
        cls.customer = cls.env["res.partner"].create({"name": "Tour Customer"})
        cls.plan = cls._create_plan("Tour Monthly")
        cls._create_service("Tour Hosting", 100.0)

    def test_sell_and_amend(self):
        self.start_tour("/odoo", "recurring_contracts_sell_and_amend", login=self.seller.login)

        contract = self.env["recurring.contract"].search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(
            contract,
            [{"user_id": self.seller.id, "plan_id": self.plan.id, "date_start": date(2025, 1, 1)}],
        )
        self.assertEqual(contract.order_ids.user_id, self.seller)
        self.assertEqual(contract.mrr, 200.0)
        # What was undone moves nothing, and neither does the undo.
        self.assertEqual(
            contract.amendment_ids.sorted("id").mapped(lambda a: (a.kind, a.date, a.mrr_delta)),
            [
                ("new", date(2025, 1, 1), 200.0),
                ("change", date(2025, 3, 1), 0.0),
                ("undo", date(2025, 3, 1), 0.0),
            ],
        )
