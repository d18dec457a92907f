from odoo import api, fields, models


class RecurringContract(models.Model):
    """Renewals that are prepared as an opportunity."""

    _inherit = "recurring.contract"

    renewal_document = fields.Selection(
        selection_add=[("opportunity", "Opportunity"), ("quotation",)],
        ondelete={"opportunity": lambda contracts: contracts.write({"renewal_document": "quotation"})},
    )
    renewal_opportunity_ids = fields.Many2many(
        "crm.lead",
        "recurring_contract_renewal_lead_rel",
        "contract_id",
        "lead_id",
        "Renewal Opportunities",
        readonly=True,
        copy=False,
        context={"active_test": False},
    )

    @api.depends("renewal_opportunity_ids.won_status")
    def _compute_renewal_state(self):
        return super()._compute_renewal_state()

    def _get_renewal_documents_state(self):
        """An opportunity is open until it is lost; once it has an order, a won one is what its order is."""
        state = super()._get_renewal_documents_state()
        leads = self.renewal_opportunity_ids
        if state == "open" or not leads:
            return state
        pending = leads.filtered(lambda lead: lead.won_status == "pending")
        won = leads.filtered(lambda lead: lead.won_status == "won" and not lead.order_ids)
        return "open" if pending or won else "closed"

    # === PROPOSING === #

    def _get_renewal_makers(self):
        return super()._get_renewal_makers() | {"opportunity": self._create_renewal_opportunities}

    def _create_renewal_opportunities(self, units):
        """Create one opportunity for each group of contracts, all in one batch.

        :param list units: recordsets of contracts of one customer, company and currency
        :rtype: crm.lead
        """
        everything = self.browse(contract.id for unit in units for contract in unit)
        segments = everything.item_ids._get_segments()
        leads = self.env["crm.lead"].create(
            [unit.with_prefetch(everything.ids)._prepare_renewal_opportunity_values(segments) for unit in units]
        )
        everything._set_renewal_prepared()
        leads._schedule_renewal_activities()
        return leads

    def _prepare_renewal_opportunity_values(self, segments):
        """Return the values of the opportunity to renew these contracts of one customer.

        :param dict segments: the terms of their items over time, see ``_get_segments``
        :rtype: dict
        """
        first, end = self[0], min(self.mapped("date_end"))
        amount = float(self._get_renewal_offer_amount(segments))
        own = first.company_id.currency_id
        return {
            "type": "opportunity",
            "name": self.env._("Renewal of %(contracts)s", contracts=", ".join(self.mapped("name"))),
            "partner_id": first.partner_id.id,
            "company_id": first.company_id.id,
            "user_id": first.user_id.id,
            "team_id": first.team_id.id,
            "date_deadline": end,
            "expected_revenue": first.currency_id._convert(amount, own, first.company_id, end),
            "recurring_renewed_contract_ids": [fields.Command.set(self.ids)],
        }

    def _prepare_renewal_order_values(self, segments):
        """The order belongs to the opportunity that is open for the contracts."""
        values = super()._prepare_renewal_order_values(segments)
        leads = self.renewal_opportunity_ids.filtered(lambda lead: lead.active and lead.won_status != "lost")
        if leads:
            lead = leads.sorted("id")[-1]
            values |= {
                "opportunity_id": lead.id,
                "campaign_id": lead.campaign_id.id,
                "medium_id": lead.medium_id.id,
                "source_id": lead.source_id.id,
            }
        return values

    def _open_renewal_documents(self):
        """Open the opportunities where there is no order yet."""
        if any(order.state != "cancel" for order in self.renewal_order_ids):
            return super()._open_renewal_documents()
        leads = self.renewal_opportunity_ids.filtered(lambda lead: lead.won_status != "lost")
        return leads._open_recurring_opportunities() if leads else super()._open_renewal_documents()

    # === NIGHTLY === #

    def _get_nightly_work(self, date, company):
        leads = self.env["crm.lead"].with_company(company)._get_expired_renewals(date, company)
        yield list(leads), self._expire_renewal_opportunities
        yield from super()._get_nightly_work(date, company)

    def _expire_renewal_opportunities(self, leads):
        """Lose the opportunities whose contracts have ended.

        :param list leads: opportunities
        """
        self.env["crm.lead"].browse(lead.id for lead in leads)._expire_renewals()
