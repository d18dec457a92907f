from odoo import models
from odoo.tools.misc import format_date


class AccountMove(models.Model):
    """What the contracts' own invoice report shows beyond Odoo's."""

    _inherit = "account.move"

    def _get_recurring_report_lines(self):
        """Return the lines to print, in order.

        :rtype: account.move.line
        """
        self.ensure_one()
        return self._get_move_lines_to_report()

    def _get_recurring_report_period(self):
        """Return the days from the first to the last that the invoice charges, in the reader's language.

        :return: such as ``Jan 1, 2026 – Jan 31, 2026``; empty where no line has a service period
        :rtype: str
        """
        self.ensure_one()
        charged = self.invoice_line_ids.filtered("recurring_date_start")
        if not charged:
            return ""
        first, last = min(charged.mapped("recurring_date_start")), max(charged.mapped("recurring_date_end"))
        return self.env._(
            "%(first)s – %(last)s",
            first=format_date(self.env, first),
            last=format_date(self.env, last),
        )
