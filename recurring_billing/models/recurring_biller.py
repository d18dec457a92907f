from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import format_date

from odoo.addons.recurring_contracts.domain.money import to_decimal


class PlannedInvoice(NamedTuple):
    """An invoice that is to be made.

    :param owner: what its charges have in common besides the key; in a run, the customer's id
    :param dict key: what its charges have in common, by name (``_get_grouping_key``)
    :param charges: its ``recurring.charge``, in order of its lines
    :param dict values: values of ``account.move``
    :param order_lines: lines of ordinary orders that come after the charges (``sale.order.line``)
    """

    owner: int | None
    key: dict
    charges: models.BaseModel
    values: dict
    order_lines: models.BaseModel


class RecurringBiller(models.AbstractModel):
    """Turns charges into invoices and credit notes, one for all that may share one."""

    _name = "recurring.biller"
    _description = "Recurring Biller"

    def _plan_invoices(self, charges, invoice_date, run=None, owners=None, order_lines=None):
        """Return the invoices that carry charges, one for all that may share one.

        Charges that all cost nothing make no invoice of their own: they wait for the next one.

        :param charges: ``recurring.charge`` of one company, on no invoice
        :param datetime.date invoice_date: the invoices' date, also when it lies in the future
        :param run: the ``recurring.bill.run`` that bills, if any
        :param dict owners: by item id, a value that charges must have in common as well to share
            an invoice
        :param order_lines: ready ``sale.order.line`` that are invoiced as well, on the same invoices
            where they may share one
        :rtype: list[PlannedInvoice]
        :raise UserError: where the accounting of the date is locked
        """
        groups = self._join_order_lines(self._group_charges(charges, owners or {}), order_lines)
        groups = [group for group in groups if group[3] or any(group[2].mapped("amount"))]
        if not groups:
            return []
        conversion = self._get_conversion(self.env["res.company"].browse(groups[0][1]["company_id"]), invoice_date)
        plan = []
        for owner, key, group, lines in groups:
            if group:
                values = self._prepare_invoice_values(group, invoice_date, run, conversion, key)
            else:
                values = self._prepare_order_invoice_values(key, lines, invoice_date, run)
            plan.append(PlannedInvoice(owner, key, group, self._add_order_lines(values, group, lines), lines))
        self._check_plan(plan, invoice_date)
        return plan

    def _post_invoices(self, plan, run=None):
        """Make the planned invoices and post them, in one batch.

        :param list[PlannedInvoice] plan: what ``_plan_invoices`` returned
        :param run: the ``recurring.bill.run`` that bills, if any
        :return: the posted ``account.move``, in the order of the plan
        """
        if not plan:
            return self.env["account.move"]
        groups = [planned.charges for planned in plan]
        # mail_create_nolog: one note for the whole batch says where the invoices come from.
        # recurring_invoice_batch: what Odoo writes although it stands, and checks line by line, is done once.
        # skip_is_manually_modified: what Odoo computes while it creates is nobody's change.
        moves = self.env["account.move"].with_context(
            mail_create_nolog=True, recurring_invoice_batch=True, skip_is_manually_modified=True
        )
        moves = moves.create([planned.values for planned in plan])
        self._link_charges(groups, moves)
        self._link_order_work(plan, moves)
        moves._message_log_batch(bodies=self._get_origin_notes(groups, moves, run))
        # Numbers are drawn last: the lock on the numbering lasts until the transaction ends.
        moves._post(soft=False)
        return moves.with_env(self.env)

    def _group_charges(self, charges, owners):
        """Part charges into those that share an invoice.

        :return: of each invoice the owner, the key, and its ``recurring.charge`` in order of the
            invoice lines
        :rtype: list[tuple]
        """
        journals, groups = {}, {}
        for charge in charges.sorted(self._get_line_order):
            key = self._complete_key(charge._get_grouping_key(), journals)
            owner = owners.get(charge.item_id.id)
            groups.setdefault((owner, *key.items()), (owner, key, []))[2].append(charge.id)
        # with_prefetch: what the invoices need is read for all of them at once
        prefetch = charges._prefetch_ids
        return [(owner, key, charges.browse(ids).with_prefetch(prefetch)) for owner, key, ids in groups.values()]

    def _complete_key(self, key, journals):
        """Name the journal in a grouping key that leaves it to the company.

        :param dict journals: the default journals found so far, by company id; added to
        """
        company_id = key["company_id"]
        if not key["journal_id"]:
            if company_id not in journals:
                journals[company_id] = self._get_default_journal(self.env["res.company"].browse(company_id)).id
            key["journal_id"] = journals[company_id]
        return key

    @api.model
    def _get_line_order(self, charge):
        """Return the sort key of a charge: contract by contract, item by item, day by day."""
        return (
            charge.contract_id.id,
            charge.item_id.sequence,
            charge.item_id.id,
            charge.date_start,
            charge.id,
        )

    @api.model
    def _get_default_journal(self, company):
        """Return the sales journal of invoices whose contract names none.

        :raise UserError: where the company has no sales journal
        """
        journal = self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(company), ("type", "=", "sale")],
            limit=1,
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no sales journal. Create one, or name one on the contract.",
                    company=company.display_name,
                )
            )
        return journal

    # === VALUES === #

    @api.model
    def _prepare_invoice_values(self, charges, invoice_date, run=None, conversion=None, key=None):
        """Return the values of the invoice, or of the credit note, that carries ``charges``.

        Hook: other addons extend it to add to the header.

        :param charges: ``recurring.charge`` that share an invoice, in order of its lines
        :param datetime.date invoice_date: the invoice's date
        :param run: the ``recurring.bill.run`` that bills, if any
        :param conversion: function of a currency and an amount in it that returns the amount in
            the company's currency
        :param dict key: what the charges have in common, its journal named, where it is known
        :return: values of ``account.move``; line ``n`` has the sequence that
            ``_get_line_sequence`` returns for it
        :rtype: dict
        """
        payer = charges.partner_id
        contracts = charges.contract_id
        refund = self._get_document_total(charges) < 0
        key = key or self._complete_key(charges[0]._get_grouping_key(), {})
        company = charges.company_id
        shipping = contracts.partner_shipping_id
        values = {
            "move_type": "out_refund" if refund else "out_invoice",
            "company_id": company.id,
            "journal_id": key["journal_id"],
            "partner_id": payer.id,
            "partner_shipping_id": (shipping if len(shipping) == 1 else payer).id,
            "currency_id": charges.currency_id.id,
            "invoice_date": invoice_date,
            "invoice_payment_term_id": key["payment_term_id"],
            "preferred_payment_method_line_id": key["payment_method_line_id"],
            "fiscal_position_id": key["fiscal_position_id"],
            "invoice_user_id": contracts.user_id.id if len(contracts.user_id) == 1 else False,
            "invoice_origin": ", ".join(contracts.mapped("name")),
            "ref": ", ".join(dict.fromkeys(filter(None, contracts.mapped("client_order_ref")))),
            "recurring_run_id": run.id if run else False,
        }
        if not key["payment_term_id"]:
            # Odoo would take the clock's day
            values["invoice_date_due"] = invoice_date
        if len(contracts.team_id) == 1:
            values["team_id"] = contracts.team_id.id
        transactions = self._get_transactions_to_link(contracts)
        if transactions and not refund:
            values["transaction_ids"] = [Command.set(transactions.ids)]
        if refund:
            values |= self._prepare_refund_values(charges)
            if "invoice_currency_rate" in values:
                conversion = None
        values["invoice_line_ids"] = self._prepare_line_commands(
            charges.with_context(lang=payer.lang), values["move_type"], conversion
        )
        return values

    @api.model
    def _get_document_total(self, charges):
        """Return an amount whose sign is that of the document which carries ``charges``.

        Where their taxes differ, as after a change of taxes, it is the total with tax: without, the
        credit of a higher tax and the charge of a lower one would seem to be nothing.

        :rtype: Decimal
        """
        if len({tuple(sorted(charge.tax_ids.ids)) for charge in charges}) == 1:
            return sum(to_decimal(charge.amount) for charge in charges)
        Tax = self.env["account.tax"]
        company, currency = charges.company_id, charges.currency_id
        lines = [
            Tax._prepare_base_line_for_taxes_computation(
                None,
                partner_id=charge.partner_id,
                currency_id=currency,
                product_id=charge.product_id,
                tax_ids=charge.tax_ids,
                price_unit=charge.amount,
                quantity=1.0,
                rate=1.0,
            )
            for charge in charges
        ]
        Tax._add_tax_details_in_base_lines(lines, company)
        Tax._round_base_lines_tax_details(lines, company)
        total = Tax._get_tax_totals_summary(lines, currency, company)["total_amount_currency"]
        return to_decimal(currency.round(total))

    def _get_transactions_to_link(self, contracts, orders=()):
        """Return the payments made with the contracts' orders, and others', which their first invoice takes."""
        return contracts.order_ids.union(*orders).transaction_ids.filtered(
            lambda tx: (
                not tx.invoice_ids
                and (tx.state in ("pending", "authorized") or (tx.state == "done" and not tx.payment_id.is_reconciled))
            )
        )

    def _prepare_refund_values(self, charges):
        """Return what a credit note takes over from the invoices that it corrects."""
        corrected = charges.corrected_charge_id.move_id.filtered(lambda m: m.state == "posted")
        values = {}
        if len(corrected) == 1:
            values["reversed_entry_id"] = corrected.id
        rates = set(corrected.mapped("invoice_currency_rate"))
        if len(rates) == 1 and charges.currency_id != charges.company_id.currency_id:
            values["invoice_currency_rate"] = rates.pop()
        return values

    def _prepare_line_commands(self, charges, move_type, conversion=None):
        """Return the commands of the invoice lines, under a heading where contracts are several."""
        commands = []
        several = len(charges.contract_id) > 1
        contract = None
        for index, charge in enumerate(charges):
            sequence = self._get_line_sequence(index)
            if several and charge.contract_id != contract:
                contract = charge.contract_id
                commands.append(Command.create(self._prepare_heading_values(self._get_heading(contract), sequence - 1)))
            values = charge._prepare_invoice_line_values(move_type)
            values["sequence"] = sequence
            if conversion and not any(tax.price_include for tax in charge.tax_ids):
                # Odoo computes these by itself, but by rewriting each line: passing them along
                # saves a third of the time of creation, and wrong ones would be corrected.
                values["currency_id"] = charge.currency_id.id
                values["amount_currency"] = -charge.amount
                values["balance"] = -conversion(charge.currency_id, charge.amount)
            commands.append(Command.create(values))
        return commands

    @api.model
    def _prepare_heading_values(self, name, sequence):
        """Return the values of a heading on an invoice, or on a credit note."""
        # Without amounts, Odoo would rewrite each heading to set them to nothing.
        nothing = {"amount_currency": 0.0, "balance": 0.0}
        return {"display_type": "line_section", "name": name, "sequence": sequence} | nothing

    @api.model
    def _get_line_sequence(self, index):
        """Return the sequence of the invoice line of the charge at ``index``."""
        return 10 * (index + 1)

    @api.model
    def _get_heading(self, contract):
        """Return the heading over a contract's lines on an invoice of several contracts."""
        return " - ".join(filter(None, [contract.name, contract.client_order_ref]))

    def _get_conversion(self, company, date):
        """Return a function that converts an amount of a currency to the company's, rounded."""
        rates = {company.currency_id: 1.0}

        def convert(currency, amount):
            if currency not in rates:
                rates[currency] = self.env["res.currency"]._get_conversion_rate(
                    company.currency_id, currency, company, date
                )
            return company.currency_id.round(amount / rates[currency])

        return convert

    def _get_origin_notes(self, groups, moves, run=None):
        """Return what the invoices' history says of where they come from, by invoice id."""
        if run:
            return dict.fromkeys(moves.ids, self.env._("Billed by %(run)s.", run=run._get_html_link()))
        return {
            move.id: self.env._("Billed from %(contract)s.", contract=group.contract_id[0]._get_html_link())
            for group, move in zip(groups, moves, strict=True)
        }

    # === CHECKS AND LINKS === #

    def _check_plan(self, plan, invoice_date):
        """Refuse what cannot be invoiced as things stand. Hook: other addons extend it.

        :param list[PlannedInvoice] plan: the invoices
        :param datetime.date invoice_date: their date
        :raise UserError: naming the record and the way out
        """
        self._check_payers(plan)
        self._check_journals(plan)
        self._check_lock_dates(plan, invoice_date)

    def _check_payers(self, plan):
        """Refuse invoices to customers who were archived: somebody blocked them."""
        for planned in plan:
            payer = self.env["res.partner"].browse(planned.key["partner_id"])
            if not payer.active:
                raise UserError(
                    self.env._(
                        "%(customer)s is archived. Unarchive the customer, or enter another invoice address on "
                        "%(contracts)s.",
                        customer=payer.display_name,
                        contracts=", ".join(self._get_source_names(planned)),
                    )
                )

    def _check_journals(self, plan):
        """Refuse invoices in journals that were archived."""
        for planned in plan:
            journal = self.env["account.journal"].browse(planned.values["journal_id"])
            if not journal.active:
                raise UserError(
                    self.env._(
                        "The journal %(journal)s is archived. Unarchive it, or enter another journal on %(contracts)s.",
                        journal=journal.display_name,
                        contracts=", ".join(self._get_source_names(planned)),
                    )
                )

    def _check_lock_dates(self, plan, date):
        """Refuse invoices that would be posted into a locked period."""
        checked = set()
        for planned in plan:
            journal = self.env["account.journal"].browse(planned.values["journal_id"])
            company = self.env["res.company"].browse(planned.key["company_id"])
            has_tax = bool(planned.charges.tax_ids or planned.order_lines.tax_ids)
            combination = (company, journal, has_tax)
            if combination in checked:
                continue
            checked.add(combination)
            self._check_lock_date(*combination, date)

    @api.model
    def _check_lock_date(self, company, journal, has_tax, date):
        """Refuse a date in a locked period, from which Odoo would silently move the invoice.

        :param company: ``res.company``
        :param journal: ``account.journal``
        :param bool has_tax: whether taxes are involved
        :param datetime.date date: the date of the invoice and of its entry
        :raise UserError: naming the lock and the way out
        """
        violated = company._get_violated_lock_dates(date, has_tax, journal)
        if violated:
            raise UserError(
                self.env._(
                    "The invoice date %(date)s lies in a locked period (%(locks)s). "
                    "Choose a later invoice date, or ask the accountant to unlock the period.",
                    date=format_date(self.env, date),
                    locks=self.env["res.company"]._format_lock_dates(violated),
                )
            )

    def _link_charges(self, groups, moves):
        """Link each charge to its line, found by the line's sequence."""
        charge_ids, line_ids = [], []
        for group, move in zip(groups, moves, strict=True):
            lines = {line.sequence: line.id for line in move.invoice_line_ids if line.display_type == "product"}
            for index, charge in enumerate(group):
                charge_ids.append(charge.id)
                line_ids.append(lines[self._get_line_sequence(index)])
        self.env["recurring.charge"].browse(charge_ids)._link_invoice_lines(line_ids)
