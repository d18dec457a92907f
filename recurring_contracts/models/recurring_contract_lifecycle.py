from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .recurring_contract import RUNNING


class RecurringContract(models.Model):
    """How a contract starts, changes and ends: always by events of its journal."""

    _inherit = "recurring.contract"

    # === START, CANCEL === #

    def action_start(self):
        """Put draft contracts in force: journal their items' terms from their first day on.

        :raise UserError: naming the contract that is not a draft, has no item, or whose item
            lies outside its dates
        """
        self.check_access("write")
        for contract in self:
            contract._check_can_start()
        # sudo: the journal is closed to users; the caller may write the contracts (checked above)
        # and what is journalled are the values of their own draft items.
        self.sudo()._start()
        return True

    def _check_can_start(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("%(contract)s has been started already.", contract=self.display_name))
        if not self.item_ids:
            raise UserError(
                self.env._(
                    "%(contract)s has no items. Add what the customer subscribes to, then start it.",
                    contract=self.display_name,
                )
            )

    def _start(self):
        items = self.item_ids
        items._freeze_terms()
        self.env["recurring.amendment"]._record([contract._prepare_start_amendment_values() for contract in self])
        self._write_protected({"state": "active"})
        self._refresh_caches()
        self._after_start()

    def _prepare_start_amendment_values(self):
        """Return the values of the amendment, with its events, that puts a draft in force."""
        self.ensure_one()
        return {
            "contract_id": self.id,
            "kind": "new",
            "date": self.date_start,
            "order_id": self.order_ids[:1].id,
            "event_ids": [
                Command.create(values) for item in self.item_ids for values in item._prepare_start_event_values()
            ],
        }

    def _after_start(self):
        """Hook: called once with the contracts that were just put in force.

        Other addons extend it to open their own books for migrated items.
        """

    def _check_can_cancel(self):
        """Hook: raise a UserError where the contract has left traces that forbid to undo it.

        Other addons extend it, to refuse where something was billed.
        """

    def action_cancel(self):
        """Take contracts back as if they had never begun: every event of theirs is undone.

        :raise UserError: where something was billed, see ``_check_can_cancel``
        """
        self.check_access("write")
        for contract in self:
            contract._check_can_cancel()
        # sudo: the journal is closed to users; the caller may write the contracts (checked above).
        self.sudo()._cancel()
        return True

    def _cancel(self):
        started = self.filtered(lambda c: c.state != "draft")
        self.env["recurring.amendment"]._record(
            [
                {
                    "contract_id": contract.id,
                    "kind": "cancel",
                    "date": contract.date_start,
                    "event_ids": [
                        Command.create(event._prepare_undo_values()) for event in contract.event_ids._get_effective()
                    ],
                }
                for contract in started
            ]
        )
        self.item_ids._release_order_lines()
        self._write_protected({"state": "cancelled", "mrr": 0})

    # === AMENDMENTS === #

    def _amend(self, kind, date, event_values, reason=False, order=None, close_reason=None):
        """Journal one change of one contract.

        :param str kind: the amendment's kind
        :param datetime.date date: the first day on which the change is in force
        :param list[dict] event_values: values of ``recurring.contract.event``
        :param str reason: why, in the user's words
        :param order: the sale order that was signed for it, if any
        :param close_reason: of a cancellation, the ``recurring.close.reason``, if any
        :return: the amendment
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: the journal is closed to users; the caller may write the contract (checked above).
        amendment = (
            self.env["recurring.amendment"]
            .sudo()
            ._record(
                [
                    {
                        "contract_id": self.id,
                        "kind": kind,
                        "date": date,
                        "reason": reason,
                        "order_id": order and order.id,
                        "close_reason_id": close_reason and close_reason.id,
                        "event_ids": [Command.create(values) for values in event_values],
                    }
                ]
            )
        )
        # sudo: what is shown of today follows from the journal, as above
        self.sudo()._refresh_closing()
        self.sudo()._refresh_caches()
        return amendment

    def _refresh_closing(self):
        """Remember by which amendment contracts were closed, and why, as their history now says."""
        for contract in self:
            live = contract.amendment_ids.filtered(lambda a: a.kind in ("end", "extend", "transfer") and a._stands())
            last = live.sorted("id")[-1:]
            closing = last if last.kind != "extend" and last != contract._get_transfer_in() else last.browse()
            values = {"terminated_by_id": closing.id, "close_reason_id": closing.close_reason_id.id}
            if contract.terminated_by_id != closing:
                contract._write_protected(values)

    def _prepare_added_item_values(self, plan, charge_type):
        """Return what an item that is added to the contract takes over from it.

        It ends with the contract. Its billing periods are those of the contract's items with the
        same interval, so that it is invoiced together with them.

        :param plan: the ``recurring.plan`` under which it is sold
        :param str charge_type: ``recurring``, ``one_time`` or ``usage``
        :rtype: dict
        """
        self.ensure_one()
        values = {"date_end": self.date_end, "free_periods": 0}
        sibling = self._get_sibling_item(plan)
        if sibling and charge_type != "one_time":
            values |= {"anchor_date": sibling.anchor_date, "anchor_day": sibling.anchor_day}
        return values

    def _get_payer_on(self, date):
        """Return who pays for what begins on a day: as for the items in force then.

        :param datetime.date date: the day
        """
        self.ensure_one()
        if self.state == "draft":
            return self.partner_invoice_id
        in_force = self.item_ids.segment_ids.filtered(
            lambda s: s.date_start <= date and (not s.date_end or s.date_end >= date)
        )
        return in_force.sorted("item_id")[:1].payer_id or self.partner_invoice_id

    def _get_next_period_start(self, day):
        """Return the first day of the billing period after the one that holds a day.

        :param datetime.date day: the day; before the contract's first day, that day counts
        :rtype: datetime.date
        """
        self.ensure_one()
        if day < self.date_start:
            return self.date_start
        recurring = self.item_ids.filtered(lambda item: item.charge_type != "one_time" and item.anchor_date)
        grids = [item._get_grid() for item in recurring.filtered(lambda i: not i.date_end or i.date_end >= day)]
        grids = grids or [self.plan_id._get_grid(self.date_start, self.partner_id)]
        return min(grid.period_at(day).end for grid in grids)

    def _get_sibling_item(self, plan):
        """Return an item of the contract that is billed as often as ``plan`` says, if there is one."""
        return self.item_ids.filtered(
            lambda item: item.charge_type != "one_time" and item._get_interval() == plan._get_interval()
        )[:1]

    def _end(self, date_end, reason=False, owed_through=None, close_reason=None):
        """Decide the last day in force, and the last day owed, of all items but perpetual licences and deposits.

        A contract of nothing else ends with them.

        :param datetime.date date_end: the last day in force (inclusive); a day before the start
            of an item leaves that item out of force altogether; a day after the end renews what the
            contract renews up to it
        :param owed_through: function of an item that returns the last day that it owes (inclusive),
            or a day (datetime.date) for all; the last day in force by default
        :param close_reason: the ``recurring.close.reason``, if any
        :return: the amendment
        """
        self.ensure_one()
        first_day_out = fields.Date.add(date_end, days=1)
        renewed = self.date_end and self.date_end < date_end and self._get_items_to_renew()
        items = renewed or self._get_items_that_end().filtered(lambda i: not i.date_end or i.date_end >= date_end)
        journal = items._get_journal() if renewed else {}
        events = []
        for item in items:
            owed = owed_through(item) if callable(owed_through) else owed_through
            end = max(first_day_out, item.date_start)
            ending = item._prepare_extension_event_values(journal.get(item.id, ()), end)
            ending[-1]["owed_through"] = owed if owed and owed != date_end else False
            events += ending
        return self._amend("end", first_day_out, events, reason=reason, close_reason=close_reason)

    def _get_items_that_end(self):
        """Return the items that end with the contract, or all where none of them does."""
        self.ensure_one()
        return self.item_ids.filtered(lambda item: not item._is_open_ended()) or self.item_ids

    def action_amend(self):
        return self._open_wizard("recurring_contracts.recurring_contract_amend_action")

    def action_end(self):
        """Open the amendment that ends the contract."""
        action = self._open_wizard("recurring_contracts.recurring_contract_amend_action")
        return action | {
            "name": self.env._("Cancel Contract"),
            "context": action["context"] | {"default_action": "end"},
        }

    def action_move_periods(self):
        return self._open_wizard("recurring_contracts.recurring_contract_periods_action")

    def action_upsell(self):
        """Open a new quotation whose lines join the contract once it is confirmed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_quotations")
        return action | {
            "views": [(False, "form")],
            "domain": [],
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_partner_invoice_id": self.partner_invoice_id.id,
                "default_partner_shipping_id": self.partner_shipping_id.id,
                "default_pricelist_id": self.pricelist_id.id,
                "default_company_id": self.company_id.id,
                "default_recurring_added_contract_id": self.id,
                "default_recurring_plan_id": self.plan_id.id,
            },
        }

    def action_show_as_of(self):
        """Open the contract as of any day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("recurring_contracts.recurring_contract_snapshot_action")
        return action | {"context": {"default_contract_id": self.id}}

    def _open_wizard(self, xmlid):
        self.ensure_one()
        self.check_access("write")
        if self.state not in (*RUNNING, "ended"):
            raise UserError(
                self.env._(
                    "%(contract)s is a draft or was cancelled: it has no terms to amend.", contract=self.display_name
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return action | {"context": {"default_contract_id": self.id}}

    def action_undo(self):
        """Undo the last amendment of the contract, as an event of its own."""
        self.ensure_one()
        return self.amendment_ids._get_last_undoable().action_undo()
