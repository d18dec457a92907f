from odoo import api, fields, models


class RecurringPriceIndexValue(models.Model):
    _name = "recurring.price.index.value"
    _description = "Price Index Value"
    _order = "index_id, date desc"
    _rec_name = "date"

    index_id = fields.Many2one("recurring.price.index", required=True, index=True, ondelete="cascade")
    date = fields.Date("From", required=True, help="The value holds from this day to the next one.")
    value = fields.Float(digits=(16, 4), required=True, aggregator="avg")

    _date_unique = models.UniqueIndex("(index_id, date)", "A price index has one value for a day.")
    _value_positive = models.Constraint("CHECK(value > 0)", "The value of a price index is greater than zero.")

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import template for values of a price index"),
                "template": "/recurring_contracts/static/xls/recurring_price_index_value.csv",
            }
        ]
