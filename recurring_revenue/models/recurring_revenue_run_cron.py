import datetime
import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import date_utils, html2plaintext

from odoo.addons.recurring_billing.models.recurring_bill_run_work import CONCURRENCY_ERRORS

_logger = logging.getLogger(__name__)

TODO = "mail.mail_activity_data_todo"


class RecurringRevenueRun(models.Model):
    """The scheduled close of months that have ended."""

    _inherit = "recurring.revenue.run"

    @api.model
    def _cron_close(self):
        """Close, company by company, the months that have ended."""
        groups = self.env["recurring.revenue.schedule"]._read_group([], ["company_id"])
        companies = [company for (company,) in groups]
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            self._close_ended_months(company)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _close_ended_months(self, company):
        """Close the months of a company that have ended, each in a transaction of its own.

        A month that cannot be closed (say, because a revenue journal is missing) tells so in its
        own chatter and stops the months after it. Where the company has its closes prepared by a person,
        the first month is prepared and the others wait. Where somebody else closes a month, or changes its
        books, at the same moment, the month is left to the next night.

        :param company: the company
        """
        try:
            for date_end in self._get_ended_months(company, company._recurring_today()):
                run = self._create_run(company, date_end)
                if company.recurring_revenue_review or company.recurring_revenue_four_eyes:
                    if not run.prepared_by_id:
                        run._try_prepare()
                    return
                if not run._try_close():
                    return
                self.env["ir.cron"]._commit_progress()
        except CONCURRENCY_ERRORS as error:
            _logger.info("The close of %s collided with another session: %s", company.name, error)
            self.env.cr.rollback()

    @api.model
    def _get_ended_months(self, company, today):
        """Return the months to close: since the last closed one, without those that are locked.

        What was due in a locked month is caught up by the first one after it.

        :param company: the company
        :param datetime.date today: months that end before this day have ended
        :return: the last days of the months, in order
        :rtype: list[datetime.date]
        """
        last = self.search(
            [("company_id", "=", company.id), ("state", "=", "done")],
            order="date_end desc",
            limit=1,
        )
        first_day = last.date_end and last.date_end + datetime.timedelta(days=1)
        first_day = first_day or self._get_first_day(company)
        journal = company._get_recurring_setting("recurring_revenue_journal_id")
        months = []
        while first_day and (date_end := date_utils.end_of(first_day, "month")) < today:
            if not company._get_violated_lock_dates(date_end, False, journal):
                months.append(date_end)
            first_day = date_end + datetime.timedelta(days=1)
        return months

    @api.model
    def _get_first_day(self, company):
        """Return the day on which the company's first schedule was booked.

        An opening is booked on the last day that the other system closed.
        """
        self.env.cr.execute(
            """
            SELECT MIN(CASE WHEN is_opening THEN date + 1 ELSE date END)
              FROM recurring_revenue_schedule
             WHERE company_id = %s
            """,
            [company.id],
        )
        return self.env.cr.fetchone()[0]

    def _try_close(self):
        """Close, or leave the reason why not in the chatter.

        :return: whether the month is closed
        :rtype: bool
        """
        try:
            with self.env.cr.savepoint():
                self.action_close()
        except UserError as error:
            self._say_why_not(error)
            return False
        return True

    # === RESPONSIBLE === #

    def _say_why_not(self, error):
        """Leave in the chatter why the month was not prepared or closed, and tell whoever is responsible."""
        # said once, not every night
        if str(error) not in html2plaintext(self.message_ids[:1].body or ""):
            self.message_post(body=str(error))
        self._ask_responsible(self.env._("Find out why %(run)s is not closed", run=self.display_name), str(error))

    def _ask_responsible(self, summary, note=False):
        """Schedule an activity for the company's responsible, unless he has one already.

        :param str summary: what he is to do
        :param str note: why
        """
        user = self.company_id.recurring_revenue_user_id
        if user and not self.activity_search([TODO], user_id=user.id):
            self.activity_schedule(TODO, summary=summary, note=note, user_id=user.id)

    def _close(self):
        result = super()._close()
        self.filtered(lambda run: run.state == "done").activity_feedback([TODO])
        return result
