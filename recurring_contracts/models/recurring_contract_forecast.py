from odoo import fields, models
from odoo.tools import SQL

from ..domain.forecast import term_value
from ..domain.money import round_half_up, to_decimal

# Months in one unit, as MRR counts them.
MONTHS = {"day": 12 / 365, "week": 12 / 52, "month": 1.0, "year": 12.0}


class RecurringContract(models.Model):
    """What is at stake in a renewal: kept beyond the contract's end, when its MRR is nought."""

    _inherit = "recurring.contract"

    renewal_mrr = fields.Monetary(
        "MRR to Renew",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Monthly recurring revenue, on the contract's last day, of the items that a renewal carries on.",
    )
    renewal_value = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="What the items that a renewal carries on come to over another term, at the prices of the "
        "contract's last day; over a year where the contract has no term. In the company's currency.",
    )

    def _get_draft_only_fields(self):
        return super()._get_draft_only_fields() | {"renewal_mrr", "renewal_value"}

    def _refresh_caches(self, date=None):
        result = super()._refresh_caches(date)
        self._refresh_renewal_forecast()
        return result

    def _refresh_renewal_forecast(self):
        """Bring what is at stake up to date, set-based."""
        if not self:
            return
        self.env.flush_all()
        months = SQL("(VALUES %s)", SQL(", ").join(SQL("(%s, %s)", unit, factor) for unit, factor in MONTHS.items()))
        self.env.cr.execute(
            SQL(
                """
                UPDATE recurring_contract contract
                   SET renewal_mrr = COALESCE(fresh.mrr, 0),
                       renewal_value = COALESCE(fresh.value, 0)
                  FROM recurring_contract known
                  LEFT JOIN (
                        SELECT contract.id,
                               SUM(segment.mrr) AS mrr,
                               SUM(ROUND((
                                   ROUND((segment.quantity * segment.price_unit
                                          * (1 - COALESCE(segment.discount, 0) / 100.0))::numeric,
                                         currency.decimal_places)
                                   / COALESCE(NULLIF(item.currency_rate, 0), 1)
                                   * CASE WHEN contract.term_count > 0
                                          THEN contract.term_count * term.months ELSE 12 END
                                   / (item.billing_count * period.months))::numeric,
                                   own.decimal_places)) AS value
                          FROM recurring_contract contract
                          JOIN recurring_contract_item item
                            ON item.contract_id = contract.id AND item.date_end = contract.date_end
                           AND item.renewable AND item.charge_type = 'recurring'
                          JOIN recurring_contract_segment segment
                            ON segment.item_id = item.id
                           AND segment.date_start <= item.date_end
                           AND COALESCE(segment.date_end, 'infinity') >= item.date_end
                          JOIN res_currency currency ON currency.id = contract.currency_id
                          JOIN res_company company ON company.id = contract.company_id
                          JOIN res_currency own ON own.id = company.currency_id
                          JOIN %(months)s AS period (unit, months) ON period.unit = item.billing_unit
                          LEFT JOIN %(months)s AS term (unit, months) ON term.unit = contract.term_unit
                         WHERE contract.id = ANY(%(ids)s)
                         GROUP BY contract.id
                       ) fresh ON fresh.id = known.id
                 WHERE contract.id = known.id AND known.id = ANY(%(ids)s)
                   AND (contract.renewal_mrr, contract.renewal_value)
                       IS DISTINCT FROM (COALESCE(fresh.mrr, 0), COALESCE(fresh.value, 0))
                """,
                months=months,
                ids=self.ids,
            )
        )
        self.invalidate_recordset(["renewal_mrr", "renewal_value"])

    def _get_renewal_offer_amount(self, segments=None):
        """Return what the renewal of these contracts offers over the next term, its price rules applied.

        :param dict segments: the terms of their items over time, see ``_get_segments``
        :return: the untaxed amount in the contracts' currency
        :rtype: Decimal
        """
        first = self[0]
        rounding = to_decimal(first.currency_id.rounding)
        items = self.env["recurring.contract.item"].browse(
            item.id for contract in self for item in contract._get_items_to_renew()
        )
        total = to_decimal(0.0)
        for item in items.filtered(lambda item: item.charge_type == "recurring"):
            price, _note = item._get_renewal_price(segments)
            offer = item._get_renewal_offer(price, segments)
            amount = round_half_up(offer.exact, rounding)
            total += round_half_up(term_value(amount, first.plan_id._get_interval(), first._get_term()), rounding)
        return total
