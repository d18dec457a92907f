from datetime import date
from unittest.mock import patch

from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RecurringContractsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10")
class TestReminder(RecurringContractsCommon):
    """F13: people are told of deadlines early, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "reminder_seller", groups="sales_team.group_sale_salesman", email="seller@example.com"
        )
        cls.manager = new_test_user(
            cls.env, "reminder_manager", groups="sales_team.group_sale_manager", email="manager@example.com"
        )
        cls.team = cls.env["crm.team"].create({"name": "Reminders", "user_id": cls.manager.id})
        cls.partner.email = "customer@example.com"
        cls.tacit = cls._create_plan("A year, tacitly", term_count=12, notice_days=60)
        cls.order = cls._create_plan("A year, by order", term_count=12, renewal_policy="order")
        cls.ending = cls._create_plan("A year, then ends", term_count=12, renewal_policy="end")

    def _contract(self, plan, **values):
        values = {"plan": plan, "user_id": self.seller.id, "team_id": self.team.id} | values
        return self._create_contract([(self.service, 1, 100.0)], **values)

    def _night(self, day):
        self.env["recurring.contract"]._renew_on(day, self.env.company)

    def _mails(self, contract):
        return self.env["mail.mail"].search([("model", "=", contract._name), ("res_id", "=", contract.id)])

    def _told(self, contract):
        return self._mails(contract).recipient_ids.mapped("email")

    def test_f13_before_the_notice_deadline(self):
        contract = self._contract(self.tacit)
        self.assertEqual(contract.notice_deadline, date(2026, 11, 1))
        self._night(date(2026, 10, 1))
        self.assertFalse(contract.activity_ids, "31 days before")
        self._night(date(2026, 10, 2))
        self.assertEqual(contract.activity_ids.user_id, self.seller)
        self.assertEqual(contract.activity_ids.date_deadline, date(2026, 11, 1))
        self.assertEqual(self._told(contract), ["manager@example.com"])
        self.assertIn("11/01/2026", self._mails(contract).subject)
        self._night(date(2026, 10, 3))
        self.assertEqual((len(contract.activity_ids), len(self._mails(contract))), (1, 1), "once")

    def test_f13_again_for_the_next_term(self):
        contract = self._contract(self.tacit)
        self._night(date(2026, 10, 2))
        self._night(date(2026, 11, 2))
        self.assertEqual(contract.notice_deadline, date(2027, 11, 1), "renewed for a year")
        self.assertEqual(len(self._mails(contract)), 1)
        self._night(date(2027, 10, 2))
        self.assertEqual(len(self._mails(contract)), 2)

    def test_f13_missed_nights_are_caught_up_until_the_deadline(self):
        contract = self._contract(self.tacit)
        self._night(date(2026, 10, 25))
        self.assertEqual(len(self._mails(contract)), 1)
        late = self._contract(self.tacit)
        self._night(date(2026, 11, 5))
        self.assertFalse(self._mails(late), "the deadline had passed: the next term is reminded of")

    def test_f13_before_the_end(self):
        contract = self._contract(self.ending)
        self._night(date(2026, 12, 1))
        self._night(date(2026, 12, 2))
        self.assertEqual(contract.activity_ids.date_deadline, date(2026, 12, 31))
        self.assertEqual(self._told(contract), ["manager@example.com"])

    def test_f13_the_customer_where_plan_or_company_says_so(self):
        self.env.company.recurring_remind_customer = True
        contract = self._contract(self.tacit)
        self._night(date(2026, 10, 2))
        self.assertEqual(sorted(self._told(contract)), ["customer@example.com", "manager@example.com"])
        self.tacit.write({"reminder_rule": "own", "notice_reminder_days": 10, "remind_customer": False})
        contract = self._contract(self.tacit)
        self._night(date(2026, 10, 2))
        self.assertFalse(self._mails(contract))
        self._night(date(2026, 10, 22))
        self.assertEqual(self._told(contract), ["manager@example.com"])
        self.tacit.reminder_rule = "none"
        contract = self._contract(self.tacit)
        self._night(date(2026, 10, 31))
        self.assertFalse(self._mails(contract) or contract.activity_ids)

    def test_f13_no_reminder_of_what_is_renewed(self):
        contract = self._contract(self.order)
        contract._create_renewal_orders([contract]).action_confirm()
        self._night(date(2026, 12, 20))
        self.assertFalse(contract.end_reminded_for)

    def test_f16_at_120_days_each_exists_once(self):
        self.order.renewal_window_days = 120
        contract = self._contract(self.order)
        self._night(date(2026, 9, 1))
        self.assertFalse(contract.renewal_order_ids or self._mails(contract))
        for day in (date(2026, 9, 2), date(2026, 9, 3)):
            self._night(day)
            self.assertEqual(len(contract.renewal_order_ids), 1)
            self.assertEqual(len(contract.renewal_order_ids.activity_ids), 1)
            self.assertEqual(self._told(contract), ["manager@example.com"])

    @mute_logger("odoo.addons.recurring_contracts.models.recurring_contract_renewal_night")
    def test_f13_a_failing_email_stops_no_other(self):
        contracts = self._contract(self.tacit) | self._contract(self.tacit) | self._contract(self.tacit)
        Template, broken = self.env.registry["mail.template"], contracts[1]
        send = Template.send_mail_batch

        def fail(template, res_ids, **values):
            if broken.id in res_ids:
                raise ValueError("no such placeholder")
            return send(template, res_ids, **values)

        with patch.object(Template, "send_mail_batch", fail):
            self._night(date(2026, 10, 2))
        self.assertEqual([len(self._mails(contract)) for contract in contracts], [1, 0, 1])
        self.assertIn("no such placeholder", broken.activity_ids.note)
        self._night(date(2026, 10, 3))
        self.assertEqual(len(self._mails(broken)), 1, "made up for")

    def test_f13_statements_do_not_grow_with_the_batch(self):
        def queries(count):
            for _number in range(count):
                self._contract(self.tacit)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._night(date(2026, 10, 2))
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(2)
        few, many = queries(5), queries(45)
        self.assertLess((many - few) / 40, 3, (few, many))
