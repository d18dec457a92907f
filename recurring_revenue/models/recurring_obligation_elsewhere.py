from odoo import models

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up, to_decimal

from .recurring_contract_obligation import DAY
from .recurring_contract_obligation_opening import Elsewhere


class RecurringObligation(models.Model):
    """Obligations that another system has billed and recognised in part."""

    _inherit = "recurring.obligation"

    def _get_elsewhere(self, through):
        """Return what another system billed and recognised of the obligation.

        It has recognised what was entered, else what the obligation has earned through the day. Foreign
        currency is converted at the rate of the day on which it was billed.

        :param datetime.date through: the last day recognised elsewhere
        :rtype: Elsewhere
        """
        self.ensure_one()
        company, currency = self.company_id, self.currency_id
        charges = self.env["recurring.charge"].search(
            [
                ("item_id", "=", self.item_id.id),
                ("kind", "=", "opening"),
                ("is_void", "=", False),
                ("date_start", ">=", self.date_start),
            ]
        )
        billed = billed_currency = ZERO
        for charge in charges:
            net = charge._get_net_amount()
            billed_currency += to_decimal(net)
            billed += to_decimal(currency._convert(net, company.currency_id, company, charge.due_date))
        entered = self.item_id.opening_recognised_amount
        pieces = self._get_pieces()[self]
        recognised_currency = to_decimal(entered) if entered else self._get_earned(pieces, through + DAY)
        rate = billed / billed_currency if billed_currency else to_decimal(self.allocation_id.currency_rate)
        recognised = round_half_up(recognised_currency * rate, to_decimal(company.currency_id.rounding))
        return Elsewhere(billed, billed_currency, recognised, recognised_currency)
