from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domain import modification
from ..domain.recognition import STEPPED


class RecurringRevenueRule(models.Model):
    """What a rule says of contracts whose revenue follows from their promises, not from invoices."""

    _inherit = "recurring.revenue.rule"

    basis = fields.Selection(
        [("invoice", "Invoice: what is invoiced is spread"), ("contract", "Contract: obligations share its price")],
        required=True,
        default="invoice",
        help="Invoice: each invoice line is spread over its service period.\n"
        "Contract: the items of a contract are performance obligations (IFRS 15, ASC 606). They share the price of "
        "the whole term by their stand-alone selling prices, and are recognised over the term, invoiced or not. "
        "It holds for contracts that start from now on.",
    )
    modification = fields.Selection(
        [
            (modification.AUTOMATIC, "By the tests of the standard"),
            (modification.SEPARATE, "Always a separate contract"),
            (modification.PROSPECTIVE, "Always from the change on"),
            (modification.CATCH_UP, "Always catch up at once"),
        ],
        "Contract Changes",
        required=True,
        default=modification.AUTOMATIC,
        help="By the tests: what is added at its stand-alone selling price is a separate contract. Otherwise the "
        "price not recognised yet is spread anew over what remains; or, where that is not distinct from what was "
        "delivered, the revenue so far is adjusted at once (IFRS 15.20 and 15.21).",
    )
    standalone_tolerance = fields.Float(
        "Tolerance (%)",
        help="By how many per cent an added item's price may differ from its stand-alone selling price and still "
        "count as a separate contract.",
    )

    @api.constrains("basis", "method", "modification", "standalone_tolerance")
    def _check_basis(self):
        for rule in self:
            if rule.basis == "contract" and rule.method in STEPPED and rule.modification == modification.PROSPECTIVE:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: what is measured by steps or progress is one whole, of which nothing is distinct "
                        "(IFRS 15.21(b)). Have contract changes follow the tests of the standard, or catch them up.",
                        rule=rule.display_name,
                    )
                )
            if rule.standalone_tolerance < 0:
                raise ValidationError(self.env._("%(rule)s: the tolerance cannot be negative.", rule=rule.display_name))
