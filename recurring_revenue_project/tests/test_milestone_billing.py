from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.recurring_billing.tests.common import RecurringBillingCommon


@tagged("post_install", "-at_install")
class TestMilestoneBilling(RecurringBillingCommon):
    """F50, F52: what of Odoo's own service products is reached or delivered joins the contracts' invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.recurring_join_orders = True
        cls.migration = cls._create_work("Migration", service_policy="delivered_milestones")
        cls.training = cls._create_work("Training", service_policy="delivered_manual")
        cls.licence = cls._create_work("Licence", service_policy="ordered_prepaid")

    @classmethod
    def _create_work(cls, name, **values):
        return cls.env["product.product"].create(
            {"name": name, "type": "service", "taxes_id": [Command.set(cls.tax.ids)], **values}
        )

    def _sell(self, *products):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 10, "price_unit": 100})
                    for product in products
                ],
            }
        )
        order.action_confirm()
        return order

    def _plan_milestones(self, line, *percentages):
        env = self.env(su=True)  # sudo: whoever plans the projects is not the subject here
        project = env["project.project"].create(
            {"name": "Move", "allow_milestones": True, "allow_billable": True, "partner_id": self.customer.id}
        )
        return env["project.milestone"].create(
            [
                {
                    "name": f"Part {number}",
                    "project_id": project.id,
                    "sale_line_id": line.id,
                    "quantity_percentage": percentage,
                }
                for number, percentage in enumerate(percentages)
            ]
        )

    def _bill_both(self, day):
        """Preview and bill through a day; return the amounts without tax by product name."""
        run = self.env["recurring.bill.run"].create({"company_id": self.company.id, "date_through": day})
        run.action_preview()
        shown = {row.product_id.name: row.amount_untaxed for row in run.preview_ids}
        run.action_start()
        self.assertEqual((run.state, run.invoice_count), ("done", 1), run.customer_ids.mapped("message"))
        lines = run.move_ids.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        posted = {line.product_id.name: line.price_subtotal for line in lines}
        self.assertEqual(posted, shown)
        return posted

    def test_f50_milestones_join_as_they_are_reached(self):
        self._create_contract()
        line = self._sell(self.migration).order_line
        first, second = self._plan_milestones(line, 0.3, 0.7)
        self.assertEqual(self._bill_both(date(2026, 1, 1)), {"Hosting": 100.0})
        first.is_reached = True
        self.assertEqual(self._bill_both(date(2026, 2, 1)), {"Hosting": 100.0, "Migration": 300.0})
        second.is_reached = True
        self.assertEqual(self._bill_both(date(2026, 3, 1)), {"Hosting": 100.0, "Migration": 700.0})
        self.assertEqual((line.qty_invoiced, line.order_id.invoice_status), (10.0, "invoiced"))
        self.assertEqual(self._bill_both(date(2026, 4, 1)), {"Hosting": 100.0})

    def test_f50_a_milestone_that_was_not_reached_after_all_is_credited(self):
        self._create_contract(items=[{"price_unit": 500}])
        line = self._sell(self.migration).order_line
        milestone = self._plan_milestones(line, 0.4)
        milestone.is_reached = True
        self.assertEqual(self._bill_both(date(2026, 1, 1)), {"Hosting": 500.0, "Migration": 400.0})
        milestone.is_reached = False
        self.assertEqual(self._bill_both(date(2026, 2, 1)), {"Hosting": 500.0, "Migration": -400.0})
        self.assertEqual(line.qty_invoiced, 0.0)

    def test_f52_delivered_and_prepaid_services_join(self):
        self._create_contract()
        order = self._sell(self.training, self.licence)
        order.order_line[0].qty_delivered = 2.5
        self.assertEqual(
            self._bill_both(date(2026, 1, 1)), {"Hosting": 100.0, "Training": 250.0, "Licence": 1000.0}
        )  # fmt: skip
        order.order_line[0].qty_delivered = 4
        self.assertEqual(self._bill_both(date(2026, 2, 1)), {"Hosting": 100.0, "Training": 150.0})

    def test_f50_the_whole_order_waits_for_its_last_milestone(self):
        self._create_contract()
        order = self._sell(self.migration)
        order.recurring_invoice_when = "complete"
        first, second = self._plan_milestones(order.order_line, 0.3, 0.7)
        first.is_reached = True
        self.assertEqual(self._bill_both(date(2026, 1, 1)), {"Hosting": 100.0})
        second.is_reached = True
        self.assertEqual(self._bill_both(date(2026, 2, 1)), {"Hosting": 100.0, "Migration": 1000.0})

    def test_f50_hours_of_timesheets_join_and_say_on_which_invoice_they_stand(self):
        self._create_contract()
        support = self._create_work(
            "Support", service_policy="delivered_timesheet", uom_id=self.env.ref("uom.product_uom_hour").id
        )
        line = self._sell(support).order_line
        env = self.env(su=True)  # sudo: whoever records his time is not the subject here
        project = env["project.project"].create(
            {
                "name": "Help desk",
                "allow_timesheets": True,
                "allow_billable": True,
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "sale_line_id": line.id,
            }
        )
        employee = env["hr.employee"].create({"name": "Ann", "company_id": self.company.id})
        work = {"name": "Call", "project_id": project.id, "employee_id": employee.id, "so_line": line.id}
        first = env["account.analytic.line"].create(work | {"unit_amount": 3, "date": date(2026, 1, 1)})
        self.assertEqual(self._bill_both(date(2026, 1, 1)), {"Hosting": 100.0, "Support": 300.0})
        invoice = line.invoice_lines.move_id
        self.assertEqual(first.timesheet_invoice_id, invoice)
        second = env["account.analytic.line"].create(work | {"unit_amount": 2, "date": date(2026, 1, 20)})
        self.assertEqual(self._bill_both(date(2026, 2, 1)), {"Hosting": 100.0, "Support": 200.0})
        self.assertEqual(first.timesheet_invoice_id, invoice)
        self.assertEqual(second.timesheet_invoice_id, line.invoice_lines.move_id - invoice)
