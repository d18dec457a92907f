from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class RecurringStatementWizard(models.TransientModel):
    """Asks as of which day statements of account are printed or sent."""

    _name = "recurring.statement.wizard"
    _description = "Statements of Account"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date = fields.Date("As Of", required=True, default=lambda self: self.env.company._recurring_today())
    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    only_open = fields.Boolean(
        "Only Who Owes", default=True, help="Leave out customers for whom nothing is open on that day."
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "res.partner" and "partner_ids" in fields:
            partners = self.env["res.partner"].browse(self.env.context.get("active_ids", []))
            values["partner_ids"] = [Command.set(partners.commercial_partner_id.ids)]
        return values

    def action_print(self):
        """Print the statements."""
        return self._create_statements().action_print()

    def action_send(self):
        """Send the statements in the background, and list them."""
        statements = self._create_statements()
        statements.action_send()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_statement_action")
        return action | {"domain": [("id", "in", statements.ids)]}

    def _create_statements(self):
        """Return a statement for each customer.

        :raise UserError: where nothing is open for any of them
        """
        self.ensure_one()
        partners = self.partner_ids.commercial_partner_id
        statements = self.env["recurring.statement"].create(
            [{"partner_id": partner.id, "company_id": self.company_id.id, "date": self.date} for partner in partners]
        )
        if self.only_open:
            settled = statements.filtered(lambda statement: not statement._get_open_items())
            statements -= settled
            settled.unlink()
        if not statements:
            raise UserError(self.env._("Nothing is open for these customers on that day."))
        return statements
