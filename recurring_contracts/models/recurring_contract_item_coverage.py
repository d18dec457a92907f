from odoo import fields, models


class RecurringContractItem(models.Model):
    """The devices that an item covers."""

    _inherit = "recurring.contract.item"

    coverage_ids = fields.One2many("recurring.coverage", "item_id", "Covered Equipment")
    covered_count = fields.Integer("Devices Covered", compute="_compute_covered_count")
    is_coverage_exceeded = fields.Boolean("More Covered than Paid", compute="_compute_covered_count")

    def _compute_covered_count(self):
        Coverage = self.env["recurring.coverage"]
        domain = Coverage._get_current_domain() & fields.Domain("item_id", "in", self.ids)
        counts = dict(Coverage._read_group(domain, ["item_id"], ["__count"]))
        for item in self:
            item.covered_count = counts.get(item._origin, 0)
            item.is_coverage_exceeded = item.covered_count > item.quantity

    def _freeze_terms(self):
        """What carries an item on, by a renewal, a merge or a transfer, covers its devices too."""
        result = super()._freeze_terms()
        self._carry_coverage_on()
        return result

    def _get_carried_items(self):
        """Return the items that this one carries on; several where a renewal merged them."""
        self.ensure_one()
        return self.sale_line_id.recurring_origin_item_ids | self.origin_item_id

    def _carry_coverage_on(self):
        """Cover what the items covered on their last day which these ones carry on."""
        values = []
        for item in self.filtered(lambda i: i._get_carried_items() and not i.coverage_ids):
            carried = {}
            for coverage in item._get_carried_items().coverage_ids:
                last = coverage.item_id.date_end
                open_end = not coverage.date_end or last and coverage.date_end >= last
                if open_end and (not last or coverage.date_start <= last):
                    carried[coverage.equipment_id] = coverage
            for equipment, coverage in carried.items():
                goes_on = coverage.date_end and coverage.date_end >= item.date_start
                values.append(
                    {
                        "equipment_id": equipment.id,
                        "item_id": item.id,
                        "contract_id": item.contract_id.id,
                        "date_start": item.date_start,
                        "date_end": coverage.date_end if goes_on else False,
                    }
                )
        return self.env["recurring.coverage"].create(values)
