import datetime
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal

from ..domain.recognition import STEPPED

DAY = datetime.timedelta(days=1)
BATCH = 5000


class RecurringRevenueRemaining(models.TransientModel):
    """What was promised by contracts and not yet rendered on any day, and when it will be (IFRS 15.120)."""

    _name = "recurring.revenue.remaining"
    _description = "Remaining Obligations"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        "As of",
        required=True,
        default=lambda self: self._get_default_date(),
        help="Contracts and changes that were agreed by this day count, and progress through it.",
    )
    leaves_out_short = fields.Boolean(
        "Leave Out Terms of a Year or Less",
        help="Obligations of accounting terms that were expected to last a year or less need not be disclosed "
        "(IFRS 15.121).",
    )
    line_ids = fields.One2many("recurring.revenue.remaining.line", "report_id", "Lines", readonly=True)

    @api.model
    def _get_default_date(self):
        """Return the last month that was closed, else the one that ended last."""
        last = self.env["recurring.revenue.run"].search(
            [("company_id", "=", self.env.company.id), ("state", "=", "done")], order="date_end desc", limit=1
        )
        return last.date_end or self.env.company._recurring_today().replace(day=1) - DAY

    def action_show(self):
        """Compute the lines and open them."""
        self.ensure_one()
        self._compute_lines()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recurring_revenue.recurring_revenue_remaining_line_action"
        )
        return action | {
            "name": self.env._("Remaining Obligations on %(date)s", date=format_date(self.env, self.date)),
            "domain": [("report_id", "=", self.id)],
        }

    def _compute_lines(self):
        # the report shows the books as a whole: who may not read its sources is refused
        self.env["recurring.revenue.waterfall"].check_access("read")
        self.line_ids.unlink()
        rows = self._get_remaining()
        self.env["recurring.revenue.remaining.line"].create(
            [{"report_id": self.id, "obligation_id": obligation.id, **row} for obligation, row in rows.items()]
        )

    def _get_remaining(self):
        """Return what remains of each obligation, in the company's currency at the rate of its contract.

        :rtype: dict[recurring.obligation, dict]
        """
        self.ensure_one()
        Schedules = self.env["recurring.revenue.schedule"]
        known = Schedules.search(self._get_known_domain(), order="id").ids
        unfinished = Domain("date_end", ">", self.date) | Domain("method", "in", STEPPED) | Domain("on_hold", "=", True)
        ids = Schedules.search(self._get_known_domain() & unfinished, order="id").ids
        sums = defaultdict(lambda: [ZERO, ZERO, ZERO])
        year = self.date + relativedelta(years=1) + DAY
        for start in range(0, len(ids), BATCH):
            for schedule, state in Schedules.browse(ids[start : start + BATCH])._get_states({}, known):
                amounts = sums[schedule.obligation_id]
                rounding = to_decimal(schedule.currency_id.rounding)
                if state.on_hold:
                    earned = in_a_year = state.recognised_currency
                else:
                    earned, in_a_year = (
                        state._earned("total_currency", upto, rounding) for upto in (self.date + DAY, year)
                    )
                amounts[0] += state.total_currency
                amounts[1] += in_a_year - earned
                amounts[2] += state.total_currency - in_a_year
        return {
            obligation: obligation._prepare_remaining_values(*amounts)
            for obligation, amounts in sums.items()
            if (amounts[1] or amounts[2]) and not (self.leaves_out_short and obligation._is_short())
        }

    def _get_known_domain(self):
        """Return the domain of the schedules that were agreed by the day, or count from it or a day before."""
        agreed = Domain("date", "<=", self.date) | Domain("create_date", "<", self.date + DAY)
        return agreed & Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("obligation_id", "!=", False),
                ("state", "!=", "cancelled"),
            ]
        )
