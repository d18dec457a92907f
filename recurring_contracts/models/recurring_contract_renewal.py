from odoo import api, fields, models
from odoo.fields import Command, Domain


class RecurringContract(models.Model):
    """Tacit renewal, and the nightly refresh of what is shown of today."""

    _inherit = "recurring.contract"

    def _get_next_end(self, date):
        """Return the last day after as many tacit renewals as are due on ``date``.

        :param datetime.date date: the day on which renewals are decided
        :rtype: datetime.date
        """
        terms = self._get_added_terms(date)
        return terms[-1][1] if terms else self.date_end

    def _get_added_terms(self, date):
        """Return the first and the last day of each term that tacit renewals due on ``date`` add.

        :param datetime.date date: the day on which renewals are decided
        :rtype: list[tuple[datetime.date, datetime.date]]
        """
        self.ensure_one()
        grid = self._get_renewal_grid()
        first = index = grid.index(fields.Date.add(self.date_end, days=1))
        while fields.Date.subtract(grid.boundary(index), days=1 + self.notice_days) < date:
            index += 1
        periods = [grid.period(n) for n in range(first, index)]
        return [(period.start, fields.Date.subtract(period.end, days=1)) for period in periods]

    @api.model
    def _get_tacit_renewal_domain(self, date):
        """Return the domain of contracts whose notice deadline has passed on ``date``.

        It reads dates only: the state is a cache and may be a day behind.
        """
        return Domain(
            [
                ("state", "not in", ("draft", "cancelled")),
                ("notice_deadline", "<", date),
            ]
        )

    @api.model
    def _renew_tacitly(self, date, company=None):
        """Extend, at unchanged content, all contracts whose notice deadline has passed.

        Running it again on the same day finds nothing left to extend; forgotten terms are caught
        up in one go.

        :param datetime.date date: the day on which the renewals are decided
        :param company: the company, or ``None`` for all
        :return: the contracts that were extended
        """
        domain = self._get_tacit_renewal_domain(date)
        if company:
            domain &= Domain("company_id", "=", company.id)
        contracts = self.search(domain).filtered(lambda c: c._get_items_to_renew())
        journal = contracts.item_ids._get_journal()
        successors = contracts._create_tacit_successors(date)
        fees = contracts._create_renewal_fee_items(date)
        values = [contract._prepare_renewal_amendment_values(date, journal, successors) for contract in contracts]
        for amendment in values:
            amendment["event_ids"] += [Command.create(event) for event in fees[amendment["contract_id"]]]
        self.env["recurring.amendment"]._record(values)
        contracts._refresh_caches(date)
        return contracts

    def _get_items_to_renew(self):
        """Return the items that a renewal carries on.

        They are renewable, not charged once only, and in force to the contract's end.
        """
        self.ensure_one()
        return self.item_ids.filtered(
            lambda item: item.renewable and item.charge_type != "one_time" and item.date_end == self.date_end
        )

    def _create_tacit_successors(self, date):
        """Hook: create the items that follow those which a tacit renewal cannot extend as they are.

        :param datetime.date date: the day on which the renewals are decided
        :return: the successor of each such item, created but not in force yet
        :rtype: dict
        """
        return {}

    def _prepare_renewal_amendment_values(self, date, journal, successors):
        """Return the values of the amendment that extends the contract as of ``date``.

        :param dict journal: the domain events of its items, see ``_get_journal``
        :param dict successors: see ``_create_tacit_successors``
        """
        self.ensure_one()
        start = fields.Date.add(self.date_end, days=1)
        end = fields.Date.add(self._get_next_end(date), days=1)
        return {
            "contract_id": self.id,
            "kind": "renewal",
            "date": start,
            "event_ids": [
                Command.create(values)
                for item in self._get_items_to_renew()
                for values in (
                    successors[item]._prepare_start_event_values()
                    if item in successors
                    else item._prepare_extension_event_values(journal[item.id], end)
                )
            ],
        }

    @api.model
    def _renew_on(self, date, company, commit=False):
        """Do all that renewals ask for on a day; extended where there are more kinds of them.

        :param bool commit: make parts final as they are done, for a scheduled action
        :return: whether there was time for all
        :rtype: bool
        """
        self._renew_tacitly(date, company)
        return True

    @api.model
    def _cron_renew(self):
        """Extend what renews tacitly and refresh what crosses a day, company by company."""
        groups = self._read_group([("state", "not in", ("draft", "cancelled"))], ["company_id"])
        companies = [company for (company,) in groups]
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for number, company in enumerate(companies, 1):
            date = company._recurring_today()
            if not self._renew_on(date, company, commit=True):
                break
            self.search([("company_id", "=", company.id), ("state", "not in", ("draft", "cancelled"))])._refresh_caches(
                date
            )
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(companies) - number):
                break

    # === CACHES === #

    def _refresh_caches(self, date=None):
        """Bring what is shown of today up to date: state, dates, MRR and the items' terms.

        Set-based, whatever the number of contracts; engines read dates and need none of it.

        :param datetime.date date: the day that counts as today; each company's own by default
        """
        if not self:
            return
        self.env.flush_all()
        for company, contracts in self.grouped("company_id").items():
            day = date or company._recurring_today()
            contracts.item_ids._refresh_item_caches(day)
            self.env.cr.execute(
                """
                UPDATE recurring_contract contract
                   SET mrr = fresh.mrr,
                       arr = 12 * fresh.mrr,
                       partner_invoice_id = COALESCE(fresh.payer_id, contract.partner_invoice_id),
                       date_start = COALESCE(
                           fresh.date_start,
                           (SELECT date FROM recurring_amendment WHERE contract_id = contract.id ORDER BY id LIMIT 1),
                           contract.date_start
                       ),
                       date_end = fresh.date_end,
                       state = CASE WHEN fresh.last_day < %(day)s THEN 'ended'
                                    WHEN fresh.suspended THEN 'suspended'
                                    ELSE 'active' END
                  FROM (
                        SELECT item.contract_id AS id,
                               COALESCE(SUM(segment.mrr) FILTER (
                                   WHERE segment.date_start <= %(day)s
                                     AND COALESCE(segment.date_end, 'infinity') >= %(day)s
                               ), 0) AS mrr,
                               (ARRAY_AGG(segment.payer_id ORDER BY item.id) FILTER (
                                   WHERE segment.date_start <= %(day)s
                                     AND COALESCE(segment.date_end, 'infinity') >= %(day)s
                               ))[1] AS payer_id,
                               MIN(segment.date_start) AS date_start,
                               NULLIF(COALESCE(
                                   MAX(COALESCE(segment.date_end, 'infinity'))
                                       FILTER (WHERE segment.id IS NOT NULL AND ends_with_contract),
                                   MAX(COALESCE(segment.date_end, 'infinity'))
                                       FILTER (WHERE segment.id IS NOT NULL)
                               ), 'infinity') AS date_end,
                               COALESCE(
                                   MAX(COALESCE(segment.date_end, 'infinity'))
                                       FILTER (WHERE segment.id IS NOT NULL AND ends_with_contract),
                                   MAX(COALESCE(segment.date_end, 'infinity'))
                                       FILTER (WHERE segment.id IS NOT NULL),
                                   '-infinity'
                               ) AS last_day,
                               BOOL_AND(segment.suspended) FILTER (
                                   WHERE segment.date_start <= %(day)s
                                     AND COALESCE(segment.date_end, 'infinity') >= %(day)s
                               ) AS suspended
                          FROM recurring_contract_item item
                         CROSS JOIN LATERAL (
                               SELECT (item.perpetual OR item.is_deposit) IS NOT TRUE AS ends_with_contract
                               ) kind
                          LEFT JOIN recurring_contract_segment segment ON segment.item_id = item.id
                         WHERE item.contract_id = ANY(%(ids)s)
                         GROUP BY item.contract_id
                       ) fresh
                 WHERE contract.id = fresh.id AND contract.state NOT IN ('draft', 'cancelled')
                """,
                {"day": day, "ids": contracts.ids},
            )
        self.invalidate_recordset(["mrr", "arr", "partner_invoice_id", "date_start", "date_end", "state"])
        self.env.add_to_compute(self._fields["notice_deadline"], self)
