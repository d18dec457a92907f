from odoo import api, fields, models

EXTENDING = ("renewal", "extend")


class RecurringAmendment(models.Model):
    """Amendments of contracts under the contract basis change what is recognised from their day on."""

    _name = "recurring.amendment"
    _inherit = ["recurring.amendment", "recurring.obligation.modifier"]

    obligation_change_ids = fields.One2many(
        "recurring.obligation.change",
        "amendment_id",
        "Effect on Revenue",
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    @api.model
    def _record(self, vals_list):
        contracts = self.env["recurring.contract"].browse(vals["contract_id"] for vals in vals_list)
        # sudo: whoever amends a contract need not see the books that follow from it
        contracts = contracts.sudo().filtered("revenue_allocation_id")
        dates = {vals["contract_id"]: fields.Date.to_date(vals["date"]) for vals in vals_list}
        before = contracts._get_promised(dates)
        amendments = super()._record(vals_list)
        changing = amendments.sudo().filtered(lambda a: a.contract_id in contracts and a.kind not in ("undo", "cancel"))
        if changing:
            after = contracts._get_promised(dates)
            for amendment in changing:
                amendment._change_obligations(before, after)
        for amendment in changing.filtered(lambda a: a.kind in EXTENDING):
            amendment.contract_id._extend_terms()
        return amendments

    def _undo(self):
        undo = super()._undo()
        # sudo: as in _record
        self.sudo().obligation_change_ids._undo()
        return undo

    def _prepare_change_origin(self):
        return super()._prepare_change_origin() | {"amendment_id": self.id}
