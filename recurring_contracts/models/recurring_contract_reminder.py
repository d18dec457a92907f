from odoo import api, fields, models
from odoo.tools import SQL, format_date

# What is reminded of: the field with the day, and the one that keeps the day that was reminded of.
REMINDERS = {
    "notice": ("notice_deadline", "notice_reminded_for"),
    "end": ("date_end", "end_reminded_for"),
}


class RecurringContract(models.Model):
    """Reminders before the notice deadline and before the end: once for each, at night.

    The day that was reminded of is kept, so another term, which brings another day, is reminded of
    again, a missed night is caught up, and a second run finds nothing.
    """

    _inherit = "recurring.contract"

    notice_reminded_for = fields.Date("Reminded of Notice By", readonly=True, copy=False)
    end_reminded_for = fields.Date("Reminded of End", readonly=True, copy=False)
    renewal_manager_id = fields.Many2one(
        "res.users",
        compute="_compute_renewal_manager_id",
        help="Who is told about the contract's deadlines: the sales team's leader, else the salesperson.",
    )

    @api.depends("team_id.user_id", "user_id")
    def _compute_renewal_manager_id(self):
        for contract in self:
            contract.renewal_manager_id = contract.team_id.user_id or contract.user_id

    # === WHO IS TO BE REMINDED === #

    @api.model
    def _get_to_remind(self, kind, date, company):
        """Return the contracts of whose notice deadline or end people are to be told on a day.

        A day that has passed is not reminded of.

        :param str kind: ``notice`` or ``end``
        :param datetime.date date: the day on which reminders are made
        :param company: the company
        """
        day, reminded = (SQL.identifier("contract", name) for name in REMINDERS[kind])
        own = SQL.identifier("plan", f"{kind}_reminder_days")
        general = SQL.identifier("company", f"recurring_{kind}_reminder_days")
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract.id
                  FROM recurring_contract contract
                  JOIN recurring_plan plan ON plan.id = contract.plan_id
                  JOIN res_company company ON company.id = contract.company_id
                 CROSS JOIN LATERAL (
                       SELECT CASE plan.reminder_rule WHEN 'own' THEN %(own)s WHEN 'none' THEN 0
                                   ELSE %(general)s END AS days
                       ) reminder
                 WHERE contract.company_id = %(company)s
                   AND contract.state NOT IN ('draft', 'cancelled')
                   AND contract.renewed_into_id IS NULL
                   AND (contract.notice_deadline IS NULL OR %(kind)s = 'notice')
                   AND %(day)s >= %(date)s
                   AND %(day)s - reminder.days <= %(date)s
                   AND %(reminded)s IS DISTINCT FROM %(day)s
                   AND reminder.days > 0
                 ORDER BY %(day)s, contract.id
                """,
                own=own,
                general=general,
                company=company.id,
                kind=kind,
                day=day,
                date=date,
                reminded=reminded,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _get_nightly_work(self, date, company):
        yield from super()._get_nightly_work(date, company)
        contracts = self.with_company(company)
        yield list(contracts._get_to_remind("notice", date, company)), contracts._remind_of_notice
        yield list(contracts._get_to_remind("end", date, company)), contracts._remind_of_end

    def _remind_of_notice(self, units):
        self.browse(contract.id for contract in units)._remind("notice")

    def _remind_of_end(self, units):
        self.browse(contract.id for contract in units)._remind("end")

    # === REMINDING === #

    def _remind(self, kind):
        """Tell people of the contracts' notice deadline or end, and keep that they were told.

        :param str kind: ``notice`` or ``end``
        """
        day, reminded = REMINDERS[kind]
        self._schedule_reminders(kind, day)
        self.filtered("company_id.recurring_remind_manager")._mail_manager(f"mail_template_{kind}_manager")
        self.filtered(lambda c: c._is_customer_reminded())._mail_customer(f"mail_template_{kind}_customer")
        for deadline, contracts in self.grouped(day).items():
            contracts.write({reminded: deadline})

    def _is_customer_reminded(self):
        """Tell whether the customer gets an email too: as the plan says, else the company."""
        self.ensure_one()
        plan = self.plan_id
        return plan.remind_customer if plan.reminder_rule == "own" else self.company_id.recurring_remind_customer

    def _schedule_reminders(self, kind, day):
        """Schedule an activity on each contract, all in one batch."""
        summaries = {
            "notice": self.env._("Notice is due by %(date)s, else the contract renews"),
            "end": self.env._("The contract ends on %(date)s"),
        }
        todo = self.env["ir.model.data"]._xmlid_to_res_id("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get_id(self._name)
        # The email tells people; an email about the activity would tell them twice.
        Activity = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        return Activity.create(
            [
                {
                    "res_model_id": model,
                    "res_id": contract.id,
                    "activity_type_id": todo,
                    "automated": True,
                    "date_deadline": contract[day],
                    "summary": summaries[kind] % {"date": format_date(self.env, contract[day])},
                    "user_id": contract._get_renewal_user().id,
                }
                for contract in self
            ]
        )

    def _mail_manager(self, template):
        """Queue an email to the manager of each contract, where there is one with an address."""
        self.filtered("renewal_manager_id.email")._queue_mails(template)

    def _mail_customer(self, template):
        """Queue an email to each customer who has an address."""
        self.filtered("partner_id.email")._queue_mails(template)

    def _queue_mails(self, name):
        """Queue an email for each contract by a template of this addon, unless it was deleted."""
        template = self.env.ref(f"recurring_contracts.{name}", raise_if_not_found=False)
        if template and self:
            template.send_mail_batch(self.ids, email_layout_xmlid="mail.mail_notification_light")

    def _make_nightly_renewals(self, units):
        """Tell the managers, too, that renewals were prepared."""
        result = super()._make_nightly_renewals(units)
        contracts = self.browse(contract.id for unit in units for contract in unit)
        contracts.filtered("company_id.recurring_remind_manager")._mail_manager("mail_template_renewal_prepared")
        return result
