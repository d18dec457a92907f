from odoo import api, fields, models

TODO = "mail.mail_activity_data_todo"


class RecurringBillRun(models.Model):
    """Runs that the scheduled action makes at night: their review, and who is told of them."""

    _name = "recurring.bill.run"
    _inherit = ["recurring.bill.run", "mail.activity.mixin"]

    is_scheduled = fields.Boolean(
        "Scheduled",
        readonly=True,
        copy=False,
        help="The scheduled action made this run; whoever is responsible for billing is told where it needs somebody.",
    )

    @api.model
    def _get_engine_fields(self):
        return super()._get_engine_fields() | {"is_scheduled"}

    @api.model
    def _create_scheduled_run(self, company, date):
        """Return the run of a company's night: one that waits for review goes on to the day.

        :param company: ``res.company``
        :param datetime.date date: the last day on which something may be due (inclusive)
        """
        if company.recurring_bill_review:
            domain = [("company_id", "=", company.id), ("is_scheduled", "=", True)]
            waiting = self.search([*domain, ("state", "in", ("draft", "previewed"))], order="id desc", limit=1)
            if waiting:
                if waiting.date_through != date:
                    # The preview is for other dates; whom somebody left out stays out.
                    waiting.state = "draft"
                    waiting.date_through = date
                return waiting
        run = self._create_run(company, date)
        if run.state == "draft":
            run.is_scheduled = True
        return run

    def _start_scheduled(self):
        """Bill what is due or, where the company reviews its runs, compute what would be billed."""
        if self.is_scheduled and self.company_id.recurring_bill_review:
            self._try_scheduled(self._start_preview)
        elif self.state == "draft":
            # A run with a preview waits for somebody to approve it.
            self._try_scheduled(self._start)

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.filtered("is_scheduled")._tell_responsible()
        return result

    def _tell_responsible(self):
        """Ask whoever is responsible to look at scheduled runs that wait; take it back where none does."""
        for run in self:
            if run.state == "previewed":
                run._ask_responsible(self.env._("Review what %(run)s would bill, and approve it", run=run.name))
            elif run.state == "attention":
                run._ask_responsible(self.env._("Look at the customers whom %(run)s left held or failed", run=run.name))
            elif run.state == "draft":
                run.activity_unlink([TODO])
            else:
                run.activity_feedback([TODO])

    def _ask_responsible(self, summary, note=False):
        """Schedule an activity for the company's responsible, unless he has one already.

        :param str summary: what he is to do
        :param str note: why
        """
        user = self.company_id.recurring_billing_user_id
        if user and not self.activity_search([TODO], user_id=user.id):
            self.activity_schedule(TODO, summary=summary, note=note, user_id=user.id)
