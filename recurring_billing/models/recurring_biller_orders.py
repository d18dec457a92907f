from odoo import models
from odoo.fields import Command


class RecurringBiller(models.AbstractModel):
    """Lines of ordinary orders on the contracts' invoices, by Odoo's own values and links."""

    _inherit = "recurring.biller"

    def _join_order_lines(self, groups, order_lines):
        """Put order lines with the charges with which they may share an invoice.

        :param list[tuple] groups: owner, key and charges of each invoice
        :param order_lines: ready ``sale.order.line``, order by order; ``None`` for none
        :return: owner, key, charges and order lines of each invoice; those that share with no
            charges make invoices of their own
        :rtype: list[tuple]
        """
        order_lines = self.env["sale.order.line"] if order_lines is None else order_lines
        joined = {(owner, *key.items()): (owner, key, charges, []) for owner, key, charges in groups}
        charges, journals = self.env["recurring.charge"], {}
        for order, lines in order_lines.grouped("order_id").items():
            owner = order.partner_invoice_id.commercial_partner_id.id
            key = self._get_order_key(order, [key for mine, key, _charges in groups if mine == owner], journals)
            joined.setdefault((owner, *key.items()), (owner, key, charges, []))[3].extend(lines.ids)
        return [(owner, key, charges, order_lines.browse(ids)) for owner, key, charges, ids in joined.values()]

    def _get_order_key(self, order, keys, journals):
        """Return what an order has of the properties that charges must have in common.

        Hook: whoever extends ``_get_grouping_key`` of charges extends this, or leaves his property
        empty for orders.

        :param order: ``sale.order``
        :param list[dict] keys: the keys of the charges of the same customer
        :param dict journals: the default journals found so far, by company id; added to
        :rtype: dict
        """
        names = keys[0] if keys else self.env["recurring.charge"]._get_grouping_labels()
        by_reference = any(key["client_order_ref"] for key in keys)
        return dict.fromkeys(names, False) | self._complete_key(
            {
                "company_id": order.company_id.id,
                "partner_id": order.partner_invoice_id.id,
                "currency_id": order.currency_id.id,
                "payment_term_id": order.payment_term_id.id,
                "payment_method_line_id": order.preferred_payment_method_line_id.id,
                "fiscal_position_id": order.fiscal_position_id.id,
                "journal_id": order.journal_id.id,
                "client_order_ref": by_reference and order.client_order_ref,
            },
            journals,
        )

    def _link_order_work(self, plan, moves):
        """Note on what was worked for orders on which draft invoice it stands, as Odoo's own invoicing does.

        Hook: called between creating and posting; bridges to further apps extend it.

        :param list[PlannedInvoice] plan: the invoices as planned
        :param moves: the draft invoices that were made of the plan, in its order
        """
        joined = moves.browse(move.id for planned, move in zip(plan, moves, strict=True) if planned.order_lines)
        # Timesheets, where they are invoiced at all: nothing of sale_timesheet is needed but this one call.
        if joined and hasattr(joined, "_link_timesheets_to_invoice"):
            joined._link_timesheets_to_invoice()

    def _prepare_order_invoice_values(self, key, lines, invoice_date, run=None):
        """Return the values of an invoice that carries order lines and no charges, without its lines.

        :param dict key: what the orders have in common
        :param lines: ``sale.order.line``
        :param datetime.date invoice_date: the invoice's date
        :param run: the ``recurring.bill.run`` that bills, if any
        :rtype: dict
        """
        orders = lines.order_id
        return orders[0]._prepare_invoice() | {
            "journal_id": key["journal_id"],
            "invoice_date": invoice_date,
            "invoice_origin": False,
            "ref": False,
            "recurring_run_id": run.id if run else False,
            "invoice_line_ids": [],
            # Odoo would take the clock's day
            **({} if key["payment_term_id"] else {"invoice_date_due": invoice_date}),
        }

    def _add_order_lines(self, values, charges, lines):
        """Add order lines to the values of an invoice, below its charges.

        Where they turn the sign of the total, an invoice becomes a credit note or the other way round.

        :param dict values: values of ``account.move``
        :param charges: the ``recurring.charge`` of the invoice
        :param lines: its ``sale.order.line``
        :return: the values of the invoice
        :rtype: dict
        """
        if not lines:
            return values
        orders = lines.order_id
        payer = self.env["res.partner"].browse(values["partner_id"])
        commands = self._prepare_order_line_commands(lines.with_context(lang=payer.lang), charges)
        if len(charges.contract_id) == 1:
            heading = self._get_heading(charges.contract_id)
            values["invoice_line_ids"].insert(
                0, Command.create(self._prepare_heading_values(heading, self._get_line_sequence(0) - 1))
            )
        owed = sum(charges.mapped("amount")) + sum(
            line["quantity"] * line["price_unit"] * (1 - (line["discount"] or 0.0) / 100.0)
            for _command, _id, line in commands
            if line.get("display_type", "product") == "product"
        )
        refund = orders.currency_id.compare_amounts(owed, 0.0) < 0
        if refund:
            self._turn_signs(commands)
        if charges and refund != (values["move_type"] == "out_refund"):
            self._turn_signs(values["invoice_line_ids"])
        references = [values["ref"], *orders.mapped("client_order_ref")]
        values |= {
            "move_type": "out_refund" if refund else "out_invoice",
            "invoice_line_ids": values["invoice_line_ids"] + commands,
            "invoice_origin": ", ".join(filter(None, [values["invoice_origin"], *orders.mapped("name")])),
            "ref": ", ".join(dict.fromkeys(filter(None, references))),
        }
        transactions = self._get_transactions_to_link(charges.contract_id, orders)
        if not refund:
            values["transaction_ids"] = [Command.set(transactions.ids)]
            values.pop("reversed_entry_id", None)
        return values

    def _prepare_order_line_commands(self, lines, charges):
        """Return the commands of the lines, under a heading for each order where there is more than one source."""
        several = len(lines.order_id) + len(charges.contract_id) > 1
        sequence = self._get_line_sequence(len(charges))
        commands = []
        for order, mine in lines.grouped("order_id").items():
            values_list = self._prepare_order_line_values(order, mine)
            if several:
                heading = " - ".join(filter(None, [order.name, order.client_order_ref]))
                values_list.insert(0, {"display_type": "line_section", "name": heading})
            for values in values_list:
                commands.append(Command.create(values | {"sequence": sequence}))
                sequence += 1
        return commands

    def _prepare_order_line_values(self, order, lines):
        """Return the values of the invoice lines of an order, as Odoo's own invoicing prepares them."""
        result, in_down_payments = [], False
        for line in lines:
            optional = {}
            if line.is_downpayment:
                if not in_down_payments:
                    result.append(order._prepare_down_payment_section_line())
                    in_down_payments = True
                extra = self.env["account.tax"]._reverse_quantity_base_line_extra_tax_data(line.extra_tax_data)
                optional = {"quantity": -1.0, "extra_tax_data": extra}
            result += line._prepare_invoice_lines_vals_list(**optional)
        return result

    def _turn_signs(self, commands):
        """Turn the quantities of invoice lines, from those of an invoice to those of a credit note or back."""
        for _command, _id, values in commands:
            if values.get("display_type", "product") == "product":
                values["quantity"] = -values["quantity"]
                values.pop("amount_currency", None)
                values.pop("balance", None)
                if values.get("extra_tax_data"):
                    values["extra_tax_data"] = self.env["account.tax"]._reverse_quantity_base_line_extra_tax_data(
                        values["extra_tax_data"]
                    )
