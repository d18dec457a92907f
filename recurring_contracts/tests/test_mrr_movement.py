from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestMrrMovement(RecurringContractsCommon):
    def _movements(self, contracts):
        self.env.flush_all()
        rows = self.env["recurring.mrr.movement"].search([("contract_id", "in", contracts.ids)], order="date, id")
        return [(row.date.isoformat(), row.category, row.amount) for row in rows]

    def _amend(self, contract, action="change", **values):
        wizard = self.env["recurring.contract.amend"].create(
            {"contract_id": contract.id, "action": action, "reason": "agreed", **values}
        )
        self.assertTrue(wizard.line_ids.item_id)
        return wizard

    def test_each_reason(self):
        contract = self._create_contract([(self.service, 2, 100.0), (self.support, 1, 40.0)])
        for day, changes in (
            (date(2026, 2, 1), {"quantity": 3.0}),
            (date(2026, 3, 1), {"quantity": 1.0}),
            (date(2026, 4, 1), {"price_unit": 110.0}),
        ):
            wizard = self._amend(contract, date=day)
            wizard.line_ids[0].write(changes)
            wizard.action_confirm()
        wizard = self._amend(contract, date=date(2026, 5, 1))
        wizard.line_ids = [Command.create({"product_id": self.support.id})]
        wizard.action_confirm()
        wizard = self._amend(contract, date=date(2026, 6, 1))
        wizard.line_ids.filtered(lambda line: line.item_id == contract.item_ids[1]).remove = True
        wizard.action_confirm()
        self._amend(contract, "suspend", date=date(2026, 7, 1)).action_confirm()
        self._amend(contract, "resume", date=date(2026, 8, 1)).action_confirm()
        contract._end(date(2026, 8, 31), reason="left")
        self.assertEqual(
            self._movements(contract),
            [
                ("2026-01-01", "new", 200.0),
                ("2026-01-01", "new", 40.0),
                ("2026-02-01", "expansion", 100.0),
                ("2026-03-01", "contraction", -200.0),
                ("2026-04-01", "price", 10.0),
                ("2026-05-01", "expansion", 40.0),
                ("2026-06-01", "contraction", -40.0),
                ("2026-07-01", "suspension", -110.0),
                ("2026-07-01", "suspension", -40.0),
                ("2026-08-01", "reactivation", 110.0),
                ("2026-08-01", "reactivation", 40.0),
                ("2026-09-01", "churn", -110.0),
                ("2026-09-01", "churn", -40.0),
            ],
        )

    def test_a_tacit_renewal_is_no_churn(self):
        plan = self._create_plan("A year", term_count=12)
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan)
        self.assertEqual(self._movements(contract)[-1], ("2027-01-01", "churn", -100.0))
        self.env["recurring.contract"]._renew_tacitly(date(2027, 1, 1))
        self.assertEqual(
            self._movements(contract)[1:],
            [
                ("2027-01-01", "renewal", -100.0),
                ("2027-01-01", "renewal", 100.0),
                ("2028-01-01", "churn", -100.0),
            ],
        )

    def test_a_renewal_by_an_order_is_no_churn(self):
        plan = self._create_plan("A year", term_count=12, renewal_policy="order")
        contract = self._create_contract([(self.service, 1, 100.0)], plan=plan)
        order = contract._create_renewal_orders([[contract]])
        order.order_line.price_unit = 105.0
        order.action_confirm()
        self.assertEqual(
            self._movements(contract | contract.renewed_into_id)[1:3],
            [("2027-01-01", "renewal", -100.0), ("2027-01-01", "renewal", 105.0)],
        )

    def test_movements_add_up_to_the_mrr(self):
        contract = self._create_contract([(self.service, 2, 100.0)])
        self._amend(contract, "suspend", date=date(2026, 7, 1)).action_confirm()
        contract.action_undo()
        rows = [row for row in self._movements(contract) if row[0] <= "2026-11-10"]
        self.assertEqual(sum(row[2] for row in rows), contract.mrr)
