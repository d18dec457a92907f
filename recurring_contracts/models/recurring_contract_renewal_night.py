import logging

from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# How many documents are made, and committed, together.
BATCH = 100


class RecurringContract(models.Model):
    """The nightly work on renewals: in batches, each committed; who fails stops nobody else."""

    _inherit = "recurring.contract"

    @api.model
    def _renew_on(self, date, company, commit=False):
        done = super()._renew_on(date, company, commit)
        return done and all(
            self._work_on_renewals(units, work, commit) for units, work in self._get_nightly_work(date, company)
        )

    @api.model
    def _get_nightly_work(self, date, company):
        """Yield what a day asks for, one kind of work after the other.

        Hook: other addons add work of their own. Each must find what is missing by itself, so that
        a missed night is caught up and a second run finds nothing.

        :return: pairs of a list of recordsets, each done or failed as one, and the method that takes such a list
        """
        contracts = self.with_company(company)._with_renewal_day(date)
        yield contracts._get_renewals_to_propose(date, company), contracts._make_nightly_renewals

    def _make_nightly_renewals(self, units):
        """Make renewal documents by the scheduled action, which tells people by one message only."""
        self.with_context(mail_activity_quick_update=True)._make_renewals(units)

    @api.model
    def _work_on_renewals(self, units, work, commit):
        """Work on units batch by batch.

        :param list units: recordsets, each done or failed as one
        :param work: the method that takes a list of them
        :param bool commit: make each batch final, for a scheduled action
        :return: whether there was time for all
        """
        if commit and units:
            self.env["ir.cron"]._commit_progress(remaining=len(units) + 1)
        for first in range(0, len(units), BATCH):
            batch = units[first : first + BATCH]
            self._work_isolated(batch, work)
            # A batch is complete in itself: committing it keeps it, whatever happens to the others.
            if commit and not self.env["ir.cron"]._commit_progress(len(batch)):
                return False
        return True

    @api.model
    def _work_isolated(self, units, work):
        """Work on units together; where that fails, in ever smaller parts, down to the culprits."""
        try:
            with self.env.cr.savepoint():
                work(units)
        except OperationalError:
            # Another transaction was in the way: the scheduled action is run again.
            raise
        except Exception as error:  # pylint: disable=broad-except
            # Whatever is wrong with one contract must not keep the others from being renewed.
            if len(units) > 1:
                half = len(units) // 2
                self._work_isolated(units[:half], work)
                self._work_isolated(units[half:], work)
                return
            units[0]._report_renewal_failure(error)

    def _report_renewal_failure(self, error):
        """Tell whoever is in charge why the nightly work failed; once, until it is done.

        :param Exception error: what was raised
        """
        reason = str(error.args[0]) if isinstance(error, UserError) and error.args else repr(error)
        _logger.warning("renewal of %s failed: %s", self.mapped("display_name"), reason)
        for contract in self:
            summary = self.env._("The nightly work on the renewal failed")
            contract.activity_search(
                ["mail.mail_activity_data_warning"], additional_domain=[("summary", "=", summary)]
            ).unlink()
            contract.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=reason,
                user_id=contract._get_renewal_user().id,
            )

    def _get_renewal_user(self):
        """Return who works on the renewal: the salesperson, else the team's leader, else the current user."""
        self.ensure_one()
        return self.user_id or self.team_id.user_id or self.env.user
