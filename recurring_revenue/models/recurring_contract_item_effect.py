import datetime

from odoo import models

from odoo.addons.recurring_billing.domain.charges import USAGE
from odoo.addons.recurring_contracts.domain.money import round_half_up, to_decimal

DAY = datetime.timedelta(days=1)


class RecurringContractItem(models.Model):
    _inherit = "recurring.contract.item"

    def _get_earned_of_piece(self, piece, rule, total, upto):
        """Return what a charge that is not invoiced has earned before a day, in its currency."""
        share = 0
        if upto > piece.start or self.charge_type == USAGE:
            share = self._get_earned_share(piece, rule, upto - DAY)
        numerator, denominator = share.as_integer_ratio()
        return round_half_up(total * numerator / denominator, to_decimal(self.currency_id.rounding))
