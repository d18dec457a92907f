from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.misc import clean_context, format_date

from ..domain.charges import NEVER
from .recurring_grouping_mixin import CUSTOMER


class RecurringContract(models.Model):
    _name = "recurring.contract"
    _inherit = ["recurring.contract", "recurring.grouping.mixin"]

    charge_ids = fields.One2many("recurring.charge", "contract_id", "Charges")
    charge_count = fields.Integer("Number of Charges", compute="_compute_charge_count")
    usage_count = fields.Integer("Number of Readings", compute="_compute_usage_count")
    has_usage_items = fields.Boolean(compute="_compute_usage_count")
    invoice_count = fields.Integer("Number of Invoices", compute="_compute_invoice_count")
    next_billing_date = fields.Date(
        "Next Billing",
        compute="_compute_next_billing_date",
        help="Nothing is due before this day.",
    )

    # === COMPUTES === #

    def _compute_charge_count(self):
        counts = dict(
            self.env["recurring.charge"]._read_group(
                [("contract_id", "in", self.ids), ("is_void", "=", False)],
                ["contract_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.charge_count = counts.get(contract, 0)

    def _compute_usage_count(self):
        counts = dict(
            self.env["recurring.usage"]._read_group(
                [("contract_id", "in", self.ids), ("is_cancelled", "=", False)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.usage_count = counts.get(contract, 0)
            contract.has_usage_items = "usage" in contract.item_ids.mapped("charge_type")

    def action_view_usage(self):
        """Open the readings of the contract's items."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_usage_action")
        items = self.item_ids.filtered(lambda item: item.charge_type == "usage")
        context = {"default_item_id": items.id} if len(items) == 1 else {}
        return action | {"domain": [("contract_id", "=", self.id)], "context": context}

    def _compute_invoice_count(self):
        # sudo: how many invoices there are may be known by whoever sees the contract
        counts = dict(
            self.env["recurring.charge"]
            .sudo()
            ._read_group(
                [("contract_id", "in", self.ids), ("move_id", "!=", False)],
                ["contract_id"],
                ["move_id:count_distinct"],
            )
        )
        for contract in self:
            contract.invoice_count = counts.get(contract.sudo(), 0)

    @api.depends("item_ids.next_billing_date", "item_ids.date_start", "state")
    def _compute_next_billing_date(self):
        for contract in self:
            days = []
            if contract.state not in ("draft", "cancelled"):
                days = [
                    item.next_billing_date or (item.charge_type != "usage" and item.date_start)
                    for item in contract.item_ids
                ]
            day = min(filter(None, days), default=NEVER)
            contract.next_billing_date = day if day < NEVER else False

    # === HOOKS OF THE CONTRACT === #

    def _after_start(self):
        result = super()._after_start()
        self.item_ids._create_opening_charges()
        return result

    def _check_can_cancel(self):
        result = super()._check_can_cancel()
        for contract in self:
            billed = contract.charge_ids.filtered(lambda c: c.state in ("draft", "posted", "opening"))
            if billed:
                # sudo: whoever may cancel is told which invoices stand against it
                invoices = ", ".join(filter(None, billed.sudo().move_id.mapped("display_name")))
                raise UserError(
                    self.env._(
                        "%(contract)s has been billed already (%(invoices)s) and cannot be taken "
                        "back. End it instead, or first cancel or delete what was billed.",
                        contract=contract.display_name,
                        invoices=invoices or self.env._("in another system"),
                    )
                )
        return result

    def _cancel(self):
        result = super()._cancel()
        self.charge_ids.filtered(lambda c: c.state == "to_invoice")._void()
        return result

    @api.model
    def _get_tacit_renewal_domain(self, date):
        domain = super()._get_tacit_renewal_domain(date)
        # A preview renews, and undoes it, only what the customers of its batch pay.
        partner_ids = self.env.context.get("recurring_renew_partner_ids")
        if partner_ids is not None:
            domain &= Domain("partner_invoice_id.commercial_partner_id", "in", partner_ids)
        # A run for some contracts renews no others.
        contract_ids = self.env.context.get("recurring_renew_contract_ids")
        if contract_ids is not None:
            domain &= Domain("id", "in", contract_ids)
        return domain

    def _prepare_renewal_amendment_values(self, date, journal, successors):
        """Extend with what renewed the contract, where a billing run did."""
        values = super()._prepare_renewal_amendment_values(date, journal, successors)
        reason = self.env.context.get("recurring_renewal_reason")
        return values | {"reason": reason} if reason else values

    # === BILLING === #

    def _get_invoice_grouping(self):
        """Return what shares an invoice with the contract: as it says itself, its plan, or its customer.

        :return: ``customer``, ``contract``, ``order`` or ``item``
        :rtype: str
        """
        self.ensure_one()
        payer = self.partner_invoice_id.commercial_partner_id.with_company(self.company_id)
        return self.invoice_grouping or self.plan_id.invoice_grouping or payer.recurring_invoice_grouping or CUSTOMER

    def _bill(self, date=None):
        """Bill all that the contracts owe through a day, by a run for them alone in each company.

        :param datetime.date date: the last day on which something may be due (inclusive); by default
            each company's today
        :return: the runs
        :rtype: recurring.bill.run
        """
        runs = self.env["recurring.bill.run"]
        for company, contracts in self.grouped("company_id").items():
            # The context is replaced, to be rid of the screen's defaults.
            own = runs.with_company(company).with_context(clean_context(self.env.context))  # pylint: disable=context-overridden
            runs += own._create_for_contracts(contracts, date or company._recurring_today()).with_env(self.env)
        runs.action_start()
        return runs

    def action_bill_now(self):
        """Bill what the contracts owe through today, and open what was invoiced.

        It is what a run does for these contracts: ready order lines of their customers join, and who is
        charged far from before is held. Where somebody has to look, the run opens instead.

        :raise AccessError: for a user who may not post invoices
        :raise UserError: where nothing is due, or where nothing could be billed
        """
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only users who may post invoices may bill a contract."))
        runs = self._bill()
        rows = runs.customer_ids.filtered(lambda row: row.state != "nothing")
        if not rows:
            raise UserError(self._get_nothing_due_message())
        failed = rows.filtered(lambda row: row.state == "failed")
        if rows == failed:
            # Nothing is done, so that no run is left behind either.
            raise UserError("\n".join(dict.fromkeys(failed.mapped("message"))))
        if runs.filtered(lambda run: run.state != "done"):
            return runs._get_open_action()
        return runs.move_ids._get_recurring_action()

    def _get_nothing_due_message(self):
        dates = [contract.next_billing_date for contract in self if contract.next_billing_date]
        if not dates:
            return self.env._("Nothing is due, and nothing will be unless the contract changes.")
        return self.env._(
            "Nothing is due today. The next billing is on %(date)s.",
            date=format_date(self.env, min(dates)),
        )

    # === ACTIONS === #

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_billing.recurring_charge_action")
        return action | {"domain": [("contract_id", "=", self.id)], "context": {}}

    def action_view_invoices(self):
        self.ensure_one()
        # Whoever may not read invoices is told so by the list that opens.
        # sudo: only the ids pass through it; the list that opens reads with the user's own rights
        moves = self.charge_ids.sudo().move_id.with_env(self.env)
        return moves._get_recurring_action()
