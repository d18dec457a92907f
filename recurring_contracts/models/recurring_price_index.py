from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..domain.money import HUNDRED, to_decimal


class RecurringPriceIndex(models.Model):
    _name = "recurring.price.index"
    _description = "Price Index"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    source = fields.Char(help="Who publishes the index, and where.")
    value_ids = fields.One2many("recurring.price.index.value", "index_id", "Values")
    last_value_date = fields.Date("Last Value", compute="_compute_last_value_date")

    @api.depends("value_ids.date")
    def _compute_last_value_date(self):
        for index in self:
            index.last_value_date = max(index.value_ids.mapped("date"), default=False)

    def _get_percent(self, base_date, date):
        """Return by how many percent the index rose between two days.

        :param datetime.date base_date: the day of the old price
        :param datetime.date date: the day of the new price
        :rtype: Decimal
        :raise UserError: where the index has no value for one of the days
        """
        self.ensure_one()
        base, current = self._get_value(base_date), self._get_value(date)
        return (to_decimal(current.value) / to_decimal(base.value) - 1) * HUNDRED

    def _get_value(self, date):
        """Return the last value that was known on a day."""
        known = self.value_ids.filtered(lambda value: value.date <= date)
        if not known:
            raise UserError(
                self.env._(
                    "%(index)s has no value for %(date)s. Add it to the index.",
                    index=self.display_name,
                    date=format_date(self.env, date),
                )
            )
        return known.sorted("date")[-1]

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import template for price indices with their values"),
                "template": "/recurring_contracts/static/xls/recurring_price_index.csv",
            }
        ]
