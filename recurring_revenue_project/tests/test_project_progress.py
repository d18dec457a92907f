from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recurring_revenue.tests.common import RecurringRevenueCommon

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-02")
class TestProjectProgress(RecurringRevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "account.group_account_manager,project.group_project_user"
        cls.accountant = cls._create_user("rr_accountant", groups)
        cls.stranger = cls._create_user("rr_stranger", "account.group_account_manager")
        cls.clerk = cls._create_clerk()
        cls.rule = cls.rule_by_day.copy({"name": "Percent", "method": "percent"})
        cls.schedule = cls._open_schedule().with_user(cls.accountant)
        Project = cls.env["project.project"].sudo()  # sudo: whoever plans the projects is not the subject here
        cls.project = Project.create({"name": "Warehouse", "company_id": cls.company.id, "allow_milestones": True})
        cls.empty = Project.create({"name": "Nothing Planned", "company_id": cls.company.id})
        cls.tasks = (
            cls.env["project.task"]
            .sudo()
            .create(
                [
                    {"name": name, "project_id": cls.project.id, "allocated_hours": hours}
                    for name, hours in (("Plan", 40), ("Build", 20), ("Hand over", 40))
                ]
            )
        )
        cls.has_timesheets = "timesheet_ids" in cls.tasks._fields
        if cls.has_timesheets:
            # sudo: whoever keeps the employees is not the subject here
            cls.employee = cls.env["hr.employee"].sudo().create({"name": "Mason", "company_id": cls.company.id})

    @classmethod
    def _open_schedule(cls, **values):
        line = cls._line(200000, recurring_revenue_rule_id=cls.rule.id, **values)
        return cls._schedules(cls._create_document([line], date(2026, 1, 5)))

    def _wizard(self, user):
        action = self.schedule.with_user(user).action_report_progress()
        return Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"]))

    def _follow(self, source, day):
        """Choose the source as the accountant does; return the percentage that the screen shows."""
        form = self._wizard(self.accountant)
        form.date = day
        form.project_id = self.project
        form.progress_source = source
        form.save().action_report()
        return form.percent

    def _close_as(self, day, user=None):
        run = self.env["recurring.revenue.run"]._create_run(self.company, day).with_user(user or self.accountant)
        run.action_close()
        return run

    def _milestones(self, *names):
        values = [{"name": name, "project_id": self.project.id} for name in names]
        return self.env["project.milestone"].sudo().create(values)

    def _finish(self, tasks, day, state="1_done"):
        tasks.write({"state": state, "date_end": day})

    def _spend(self, task, day, hours):
        """Record time on a task, where timesheets are installed."""
        if self.has_timesheets:
            values = {"name": "/", "employee_id": self.employee.id, "project_id": self.project.id}
            task.timesheet_ids = [Command.create({**values, "unit_amount": hours, "date": day})]

    def test_f75_40_then_60_of_200000_from_hours(self):
        self._spend(self.tasks[0], JANUARY, 40)
        self._finish(self.tasks[0], "2026-01-20 09:00:00")
        self.assertEqual(self._follow("hours", JANUARY), 40)
        self.assertEqual(self._close_as(JANUARY).amount, 80000)
        self._spend(self.tasks[1], FEBRUARY, 20)
        self._finish(self.tasks[1], "2026-02-28 09:00:00")
        self.assertEqual(self._close_as(FEBRUARY).amount, 40000)
        self.assertIn("60 of 100", self.schedule.message_ids[0].body)
        self.assertRecordValues(self.schedule, [{"recognised": 120000, "remaining": 80000, "percent_complete": 60}])
        self.assertTies()

    def test_f75_time_counts_on_its_day_whether_or_not_tasks_are_closed(self):
        if not self.has_timesheets:
            self.skipTest("Needs timesheets")
        self.schedule._set_progress_source(self.project, "hours")
        part = self.tasks[1].copy({"name": "Walls", "parent_id": self.tasks[1].id, "allocated_hours": 0})
        dropped = self.tasks[2].copy({"name": "Not done", "allocated_hours": 0})
        self._spend(self.tasks[0], date(2026, 1, 10), 10)
        self._spend(part, JANUARY, 15)
        self._spend(self.tasks[0], date(2026, 2, 1), 25)
        self._spend(dropped, JANUARY, 50)
        dropped.state = "1_canceled"
        # who closes sees neither the project nor its time
        self.project.privacy_visibility = "followers"
        self.env.invalidate_all()
        self.assertEqual(self._close_as(JANUARY, self.stranger).amount, 50000)
        self.assertEqual(self._close_as(FEBRUARY, self.stranger).amount, 50000)
        self._spend(self.tasks[2], MARCH, 60)
        self.assertEqual(self._close_as(MARCH, self.stranger).amount, 100000)
        self.assertEqual(self.schedule.percent_complete, 100)
        self.assertTies()

    def test_f75_less_than_before_is_taken_back(self):
        self.schedule._set_progress_source(self.project, "tasks")
        self._finish(self.tasks, "2026-01-20 09:00:00")
        self.assertEqual(self._close_as(JANUARY).amount, 200000)
        self.assertEqual(self.schedule.state, "done")
        self.tasks |= self.tasks[0].copy({"name": "Once more", "state": "01_in_progress"})
        self.assertEqual(self._close_as(FEBRUARY).amount, -50000)
        self.assertEqual(self._balance(self.income_account, through=JANUARY), 200000)
        self.assertTies()

    def test_f75_more_hours_than_planned_are_complete(self):
        self.tasks.write({"state": "1_done"})
        self.schedule._set_progress_source(self.project, "hours")
        project_class = type(self.env["project.project"])
        self.patch(project_class, "_get_recurring_progress", lambda *args: (110.0, 100.0))
        self.assertEqual(self._close_as(JANUARY).amount, 200000)
        self.assertEqual(self.schedule.percent_complete, 100)

    def test_f75_what_is_done_after_the_month_waits(self):
        self.schedule._set_progress_source(self.project, "tasks")
        self._finish(self.tasks[0], "2026-01-31 12:00:00")
        self._finish(self.tasks[1], "2026-02-01 12:00:00")
        self._finish(self.tasks[2], "2026-01-10 12:00:00", "1_canceled")
        self.assertEqual(self._close_as(JANUARY).amount, 100000)
        self.assertEqual(self._close_as(FEBRUARY).amount, 100000)
        self.assertTies()

    def test_f75_a_later_report_does_not_hide_the_month(self):
        self.schedule._set_progress_source(self.project, "tasks")
        self._finish(self.tasks, "2026-02-10 09:00:00")
        self.schedule.action_follow_project()
        self.assertEqual(self._close_as(JANUARY).amount, 0)
        self.assertEqual(self._close_as(FEBRUARY).amount, 200000)
        self.assertEqual(self._close_as(MARCH).amount, 0)

    def test_f75_from_milestones(self):
        milestones = self._milestones("Delivered", "Accepted")
        milestones.is_reached = True
        milestones[0].reached_date = date(2026, 1, 10)
        self.assertEqual(self._follow("milestones", JANUARY), 50)
        self.assertEqual(self._close_as(JANUARY).amount, 100000)
        self.assertEqual(self._close_as(FEBRUARY).amount, 0)
        self.schedule.action_follow_project()
        self.assertEqual(self.schedule.percent_complete, 100)

    def test_f75_the_project_and_milestones_of_the_order_line(self):
        order = (
            self.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": self.partner_a.id,
                    "order_line": [Command.create({"product_id": self.hosting.id, "product_uom_qty": 10})] * 2,
                }
            )
        )
        order.action_confirm()
        first, second = order.order_line
        order.order_line.project_id = self.project
        milestones = self._milestones("Delivered", "Accepted", "Other")
        for milestone, line, share in zip(milestones, first + first + second, (0.4, 0.6, 1.0), strict=True):
            milestone.write({"sale_line_id": line.id, "quantity_percentage": share})
        reached = milestones[0] | milestones[2]
        reached.is_reached = True
        reached.reached_date = JANUARY
        schedule = self._open_schedule(sale_line_ids=[Command.set(first.ids)]).with_user(self.accountant)
        self.assertEqual(schedule.project_id, self.project)
        schedule._set_progress_source(schedule.project_id, "milestones")
        self.assertEqual(self._close_as(JANUARY).amount, 80000)

    def test_f75_a_project_of_another_company_is_not_taken(self):
        other = self.env["res.company"].create({"name": "Another Company"})
        order = (
            self.env["sale.order"]
            .sudo()
            .create({"partner_id": self.partner_a.id, "order_line": [Command.create({"product_id": self.hosting.id})]})
        )
        order.action_confirm()
        foreign = self.env["project.project"].sudo().create({"name": "Abroad", "company_id": other.id})
        self.env.cr.execute(
            "UPDATE sale_order_line SET project_id = %s WHERE id = %s", [foreign.id, order.order_line.id]
        )
        self.env.invalidate_all()
        schedule = self._open_schedule(sale_line_ids=[Command.set(order.order_line.ids)])
        self.assertFalse(schedule.project_id)

    def test_nothing_to_measure_by(self):
        self.schedule._report_progress(date(2026, 1, 20), 25)
        self.schedule._set_progress_source(self.empty, "hours")
        with self.assertRaisesRegex(UserError, "Nothing Planned has nothing to measure by"):
            self.schedule.action_follow_project()
        run = self._close_as(JANUARY)  # the month is closed with what was reported, and says so
        self.assertEqual(run.amount, 50000)
        self.assertIn("has nothing to measure by", "".join(run.message_ids.mapped("body")))

    def test_back_to_by_hand(self):
        self.assertEqual(self._follow("tasks", JANUARY), 0)
        form = self._wizard(self.accountant)
        form.date = JANUARY
        form.progress_source = False
        form.percent = 30
        form.save().action_report()
        self.assertEqual(self._close_as(JANUARY).amount, 60000)

    def test_who_may(self):
        self.project.privacy_visibility = "followers"
        with self.assertRaises(AccessError):
            self.schedule.with_user(self.clerk)._set_progress_source(self.project, "tasks")
        with self.assertRaises(AccessError):
            self.schedule.with_user(self.clerk).action_follow_project()
        with self.assertRaises(AccessError):
            self.schedule.with_user(self.stranger)._set_progress_source(self.project.with_user(self.stranger), "tasks")

    def test_an_accountant_without_projects_closes(self):
        self.schedule._set_progress_source(self.project, "tasks")
        self.project.privacy_visibility = "followers"
        self.env.invalidate_all()
        self._finish(self.tasks[:1], "2026-01-20 09:00:00")
        form = self._wizard(self.stranger)
        form.date = JANUARY
        self.assertAlmostEqual(form.percent, 100 / 3, 4)
        form.save().action_report()
        self.assertEqual(self._close_as(JANUARY, self.stranger).amount, 66666.6)

    def test_f75_an_invoice_posted_anew_keeps_its_project(self):
        self._finish(self.tasks[0], JANUARY)
        self._follow("tasks", JANUARY)
        self._close_as(JANUARY)
        line = self.schedule.sudo().source_line_id
        line.move_id.button_draft()
        line.recurring_revenue_account_id = self.income_account.copy({"code": "400077"})
        line.move_id._post(soft=False)
        schedule = self._schedules(line.move_id).filtered(lambda schedule: schedule.state == "open")
        self.assertNotEqual(schedule, self.schedule)
        self.assertRecordValues(schedule, [{"project_id": self.project.id, "progress_source": "tasks"}])

    def test_f75_of_an_obligation(self):
        """The progress of a project is that of the obligation which its order line promises."""
        rule = self.rule.copy({"name": "Percent, by contract", "basis": "contract"})
        self.hosting.write({"recurring_revenue_rule_id": rule.id, "recurring_charge_type": "one_time"})
        plan = self.env["recurring.plan"].sudo().create({"name": "A year", "term_count": 1, "term_unit": "year"})
        order = (
            self.env["sale.order"]
            .sudo()
            .create({"partner_id": self.partner_a.id, "order_line": [Command.create({"product_id": self.hosting.id})]})
        )
        order.action_confirm()
        order.order_line.project_id = self.project
        item = {
            "product_id": self.hosting.id,
            "charge_type": "one_time",
            "price_unit": 200000,
            "tax_ids": [],
            "sale_line_id": order.order_line.id,
        }
        contract = (
            self.env["recurring.contract"]
            .sudo()
            .create(
                {
                    "partner_id": self.partner_a.id,
                    "plan_id": plan.id,
                    "company_id": self.company.id,
                    "date_start": date(2026, 1, 1),
                    "item_ids": [Command.create(item)],
                }
            )
        )
        contract.action_start()
        schedule = contract.revenue_allocation_id.obligation_ids.schedule_ids.with_user(self.accountant)
        self.assertEqual(schedule.project_id, self.project)
        schedule._set_progress_source(self.project, "hours")
        self.patch(type(self.env["project.project"]), "_get_recurring_progress", lambda *args: (40.0, 100.0))
        self.company.recurring_contract_asset_account_id = self.env["account.account"].create(
            {"name": "Contract assets", "code": "141999", "account_type": "asset_current"}
        )
        self.assertEqual(self._close_as(JANUARY).amount, 80000)
        self.patch(type(self.env["project.project"]), "_get_recurring_progress", lambda *args: (60.0, 100.0))
        self.assertEqual(self._close_as(FEBRUARY).amount, 40000)
