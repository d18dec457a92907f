from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL


class RecurringBillRun(models.Model):
    """A run for some contracts only: what *Bill Now* starts, and what a clerk may choose."""

    _inherit = "recurring.bill.run"

    contract_ids = fields.Many2many(
        "recurring.contract",
        string="Only Contracts",
        check_company=True,
        copy=False,
        domain="[('company_id', '=', company_id), ('state', 'not in', ('draft', 'cancelled'))]",
        help="Bill these contracts only. Ready lines of their customers' ordinary orders join as in any run. "
        "Empty: everything that is due.",
    )

    @api.model
    def _create_for_contracts(self, contracts, date):
        """Return a new run that bills some contracts only.

        :param contracts: ``recurring.contract`` of one company
        :param datetime.date date: the last day on which something may be due (inclusive)
        """
        values = {"company_id": contracts.company_id.id, "date_through": date}
        return self.create(values | {"contract_ids": [Command.set(contracts.ids)]})

    def _get_scope_partners(self):
        """Return the paying companies that the run is for; ``None`` where it is for all."""
        return self.contract_ids.partner_invoice_id.commercial_partner_id if self.contract_ids else None

    def _get_open_action(self):
        """Return the action that opens these runs."""
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_bill_run_action")
        if len(self) == 1:
            return action | {"res_id": self.id, "views": [(False, "form")], "view_mode": "form"}
        return action | {"domain": [("id", "in", self.ids)], "context": {}}

    # === SCOPE === #

    @api.model
    def _get_due_items_query(self, company, date, partner_ids=None):
        query = super()._get_due_items_query(company, date, partner_ids)
        if not self.contract_ids:
            return query
        return SQL(
            """
            SELECT due.item_id, due.partner_id
              FROM (%s) AS due
              JOIN recurring_contract_item item ON item.id = due.item_id
             WHERE item.contract_id IN %s
            """,
            query,
            tuple(self.contract_ids.ids),
        )

    def _get_waiting_charges_domain(self, partners):
        domain = super()._get_waiting_charges_domain(partners)
        return domain & Domain("contract_id", "in", self.contract_ids.ids) if self.contract_ids else domain

    def _get_renewing_contracts(self):
        contracts = super()._get_renewing_contracts()
        return contracts.with_context(recurring_renew_contract_ids=self.contract_ids.ids or None)

    # === COMPARISON === #

    def _compare_with_previous(self):
        """Leave out runs for some contracts: all others' would seem to be gone."""
        return super(RecurringBillRun, self.filtered(lambda run: not run.contract_ids))._compare_with_previous()

    def _get_previous_run_domain(self):
        return super()._get_previous_run_domain() & Domain("contract_ids", "=", False)

    @api.model
    def _get_run_domain(self, company, date_through):
        return super()._get_run_domain(company, date_through) & Domain("contract_ids", "=", False)

    # === CRUD === #

    def write(self, vals):
        for run in self:
            if "contract_ids" in vals and run.state != "draft":
                raise UserError(
                    self.env._(
                        "%(run)s has been started: it bills what it was started for. Create another run.",
                        run=run.display_name,
                    )
                )
        return super().write(vals)
