from collections import defaultdict
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from odoo.addons.recurring_contracts.domain.money import ZERO, to_decimal


class Taken(NamedTuple):
    """What an item's schedules come to on a day: amounts in the company's currency and in their own.

    :param list[Decimal] recognised: of the term that runs
    :param dict left: what each schedule has left
    :param dict conceded: what credits that no amendment explains have taken back so far, each for itself
    """

    recognised: list
    left: dict
    conceded: dict

    def add(self, amounts):
        for number, amount in enumerate(amounts):
            self.recognised[number] += amount


class RecurringAccountingDecision(models.Model):
    """Moves a contract in mid-term from the invoice basis to the contract basis.

    Its schedules end with the day before. What they have left moves from deferred revenue to the contract
    balance; what they have recognised is what the obligations begin with, and the next close books what
    these have earned beyond it.
    """

    _inherit = "recurring.accounting.decision"

    kind = fields.Selection(selection_add=[("basis", "Contract basis")], ondelete={"basis": "cascade"})
    move_ids = fields.One2many("account.move", "recurring_decision_id", "Journal Entries", readonly=True)
    adjustment_ids = fields.One2many("recurring.revenue.adjustment", "decision_id", "Schedules Ended", readonly=True)
    schedule_ids = fields.One2many("recurring.revenue.schedule", "decision_id", "Moved", readonly=True)
    allocation_id = fields.Many2one("recurring.revenue.allocation", readonly=True, ondelete="restrict")

    # === DECIDING === #

    def _apply_basis(self):
        """Open the obligations of the contract's current term, and have them take over from its schedules.

        :raise UserError: where the period is closed or locked, or the contract cannot be moved
        """
        contract = self.contract_id.with_company(self.company_id)
        self._check_basis_date()
        items = self._get_basis_items()
        self._check_basis_items(items)
        segments = items._get_segments()
        starts = {item: item._get_accounting_start(self.date, segments[item.id]) for item in items}
        taken = self._take_over(items, starts)
        self._open_taken_over(contract, items, segments, starts, taken)
        self._move_deferred(taken)

    def _check_basis_date(self):
        contract, company = self.contract_id, self.company_id
        first_day = max(filter(None, [contract.date_start, company._get_recurring_first_open_day()]))
        if self.date < first_day:
            raise UserError(
                self.env._(
                    "%(contract)s can be moved from %(date)s on: before that day it did not run, or the books are "
                    "closed or locked. Choose that day or a later one.",
                    contract=contract.display_name,
                    date=format_date(self.env, first_day),
                )
            )
        if self.date > company._recurring_today():
            raise UserError(
                self.env._(
                    "%(contract)s: choose today or an earlier day. What is invoiced until a later one would not be "
                    "known yet.",
                    contract=contract.display_name,
                )
            )
        company._check_recurring_revenue_locks(self.date, self.env._("Move the lock, or choose a later day."))

    def _get_basis_items(self):
        """Return the items that become obligations: in force on the day, by a rule with the contract basis.

        What was charged once belongs to the term in which it was.
        """
        items = self.contract_id.item_ids.filtered(lambda item: item._get_obligation_rule())
        segments = items._get_segments()
        recurring = items.filtered(
            lambda i: (
                i.charge_type == "recurring"
                and segments[i.id]
                and (not segments[i.id][-1].end or segments[i.id][-1].end > self.date)
            )
        )
        begin = min((item._get_accounting_start(self.date, segments[item.id]) for item in recurring), default=self.date)
        once = items.filtered(
            lambda i: (
                i.charge_type != "recurring"
                and segments[i.id]
                and (
                    segments[i.id][0].start >= begin
                    or i._get_accounting_end(segments[i.id][0].start, segments[i.id]) > self.date
                )
            )
        )
        return recurring | once

    def _check_basis_items(self, items):
        contract = self.contract_id
        if contract.state not in ("active", "suspended"):
            raise UserError(
                self.env._(
                    "%(contract)s is not in force: a contract follows the rules of its products when it starts.",
                    contract=contract.display_name,
                )
            )
        if contract.revenue_allocation_id:
            raise UserError(
                self.env._("%(contract)s follows the contract basis already.", contract=contract.display_name)
            )
        if not items:
            raise UserError(
                self.env._(
                    "Nothing of %(contract)s is sold by a revenue rule with the contract basis. Give its products "
                    "such a rule first.",
                    contract=contract.display_name,
                )
            )
        charges = self.env["recurring.charge"].search([("item_id", "in", items.ids), ("is_void", "=", False)])
        drafts = charges.filtered(lambda c: c.move_id.state == "draft").move_id
        if drafts:
            raise UserError(
                self.env._(
                    "%(contract)s has invoices that are not posted: %(invoices)s. Post or delete them first.",
                    contract=contract.display_name,
                    invoices=", ".join(drafts.mapped("display_name")),
                )
            )
        shared = charges.invoice_line_id.filtered(lambda line: len(line.recurring_charge_ids.item_id) > 1)
        if shared:
            raise UserError(
                self.env._(
                    "%(invoice)s bills several items of %(contract)s on one line, so that what each has recognised "
                    "is not known. Let it run out, and move the contract from a later day.",
                    invoice=shared[0].move_id.display_name,
                    contract=contract.display_name,
                )
            )

    # === WHAT THERE IS === #

    def _take_over(self, items, starts):
        """Return what the items' schedules have recognised of the term by the day, and what they have left.

        Services of before the term stay on the invoice basis, such as one whose progress is not complete:
        no obligation would recognise what they have left.

        :param dict starts: the first day of the term by item
        :rtype: dict[recurring.contract.item, Taken]
        """
        taken = {item: Taken([ZERO, ZERO], {}, {}) for item in items}
        schedules = self.env["recurring.revenue.schedule"].search(
            Domain([("obligation_id", "=", False), ("state", "!=", "cancelled")])
            & (Domain("item_id", "in", items.ids) | Domain("corrected_schedule_id.item_id", "in", items.ids)),
            order="id",
        )
        roundings = {c: to_decimal(c.rounding) for c in schedules.currency_id | schedules.company_currency_id}
        for schedule, state in schedules._get_states({}):
            item = schedule.item_id or schedule.corrected_schedule_id.item_id
            if (schedule.corrected_schedule_id or schedule).date_end < starts[item]:
                continue
            earned, left = [], []
            for name, currency in (("total", schedule.company_currency_id), ("total_currency", schedule.currency_id)):
                before, through = (state._earned(name, day, roundings[currency]) for day in (starts[item], self.date))
                earned.append(through - before)
                left.append(getattr(state, name) - through)
            if any(left):
                taken[item].left[schedule] = left
            if schedule.item_id:
                taken[item].add(earned)
            elif schedule.date_end >= starts[item]:
                taken[item].conceded[schedule] = earned
        for charge in self._get_charges_without_schedule(items, schedules):
            if charge.date_start >= starts[charge.item_id]:
                taken[charge.item_id].add(self._get_recognised_at_once(charge))
        return taken

    def _get_charges_without_schedule(self, items, schedules):
        """Return the charges whose revenue did not wait, or was left to another system."""
        charges = self.env["recurring.charge"].search([("item_id", "in", items.ids), ("is_void", "=", False)])
        return charges.filtered(
            lambda c: (
                (c.kind == "opening" or c.invoice_line_id.parent_state == "posted")
                and c.invoice_line_id not in schedules.source_line_id
                and c not in schedules.charge_id
            )
        )

    def _get_recognised_at_once(self, charge):
        """Return the net amount of a charge in the company's currency, and in its own."""
        line = charge.invoice_line_id
        net = charge._get_net_amount()
        if line and len(line.recurring_charge_ids) == 1:
            return -to_decimal(line.balance), -to_decimal(line.amount_currency)
        own = charge.currency_id._convert(net, self.company_id.currency_id, self.company_id, charge.due_date)
        return to_decimal(own), to_decimal(net)

    # === WHAT TAKES OVER === #

    def _open_taken_over(self, contract, items, segments, starts, taken):
        """Open the allocation and the obligations of the term, with what was recognised of them before."""
        allocation = self.env["recurring.revenue.allocation"].create(contract._prepare_allocation_values(items))
        contract._write_protected({"revenue_allocation_id": allocation.id})
        self.allocation_id = allocation
        obligations = items._open_terms(allocation, segments, starts)
        obligations.write({"is_taken_over": True, "date": self.date})
        allocation._allocate()
        for obligation in obligations:
            found = taken[obligation.item_id]
            obligation._begin_with(*found.recognised, self.date)
            for schedule, earned in found.conceded.items():
                obligation._take_over_concession(schedule, earned)

    def _move_deferred(self, taken):
        """End the schedules with the day before, and move what they have left to the contract balance."""
        by_day = defaultdict(list)
        obligations = self.allocation_id.obligation_ids.grouped("item_id")
        for item, found in taken.items():
            for schedule, left in found.left.items():
                by_day[max(self.date, schedule.date)].append((schedule, obligations[item], left))
        originals = {schedule.corrected_schedule_id or schedule for rows in by_day.values() for schedule, *_ in rows}
        self.env["recurring.revenue.adjustment"].create(
            [
                {
                    "schedule_id": schedule.id,
                    "kind": "moved",
                    "date": max(self.date, schedule.date),
                    "amount": 0.0,
                    "reason": self.reason,
                    "user_id": self.user_id.id,
                    "decision_id": self.id,
                }
                for schedule in originals
            ]
        )
        ended = self.env["recurring.revenue.schedule"].browse(s.id for s in originals)
        # credits of days to come count as well, with the rest that they take from
        ended = ended.concat(*(schedule for rows in by_day.values() for schedule, *_ in rows))
        ended.write({"is_adjusted": True})
        for day, rows in sorted(by_day.items()):
            move = self.env["account.move"].create(self._prepare_basis_move_values(day, rows))
            move._post(soft=False)
            values = [schedule._prepare_moved_values(left, day) for schedule, _obligation, left in rows]
            self.env["recurring.revenue.schedule"]._create_silently(
                [each | {"decision_id": self.id, "source_move_id": move.id} for each in values]
            )

    def _prepare_basis_move_values(self, day, rows):
        """Return the values of the journal entry that moves what schedules have left.

        :param datetime.date day: its date
        :param list rows: the schedule, the obligation that takes over, and the amounts
        :rtype: dict
        """
        env = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang).env
        label = env._("%(contract)s: to the contract basis", contract=self.contract_id.name)
        lines = []
        for schedule, obligation, (own, foreign) in rows:
            # under cut-off booking the invoice has credited revenue, and nothing stands in deferred revenue
            is_cutoff = schedule.booking == "cutoff"
            account = schedule.revenue_account_id if is_cutoff else schedule.deferred_account_id
            common = {
                "name": f"{label}, {schedule.name}",
                "currency_id": schedule.currency_id.id,
                "partner_id": schedule.partner_id.id,
            }
            for account_id, sign, values in (
                (account.id, 1, {"analytic_distribution": schedule.analytic_distribution}),
                (obligation.allocation_id.balance_account_id.id, -1, {"recurring_obligation_id": obligation.id}),
            ):
                amounts = {"balance": sign * float(own), "amount_currency": sign * float(foreign)}
                lines.append(common | {"account_id": account_id, "analytic_distribution": False} | values | amounts)
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": self.company_id._get_recurring_revenue_journal().id,
            "date": day,
            "ref": label,
            "recurring_decision_id": self.id,
            "line_ids": [Command.create(line) for line in lines],
        }

    # === UNDOING === #

    def _get_obligations(self):
        return super()._get_obligations() | self.allocation_id.obligation_ids

    def _check_can_undo(self):
        result = super()._check_can_undo()
        if self.kind != "basis":
            return result
        run = self.env["recurring.revenue.run"].search(
            [("company_id", "=", self.company_id.id), ("state", "=", "done"), ("date_end", ">=", self.date)],
            order="date_end",
            limit=1,
        )
        if run:
            raise UserError(
                self.env._(
                    "%(decision)s cannot be undone: %(run)s is closed. Reopen it first.",
                    decision=self.display_name,
                    run=run.display_name,
                )
            )
        lines = self.env["account.move.line"].search(
            [
                ("recurring_obligation_id", "in", self.allocation_id.obligation_ids.ids),
                ("move_id", "not in", self.move_ids.ids),
                ("parent_state", "!=", "cancel"),
            ]
        )
        if lines:
            raise UserError(
                self.env._(
                    "%(decision)s cannot be undone: %(invoices)s bills the contract under it already.",
                    decision=self.display_name,
                    invoices=", ".join(lines.move_id.mapped("display_name")),
                )
            )
        return result

    def _undo_basis(self):
        """Reverse the entries; the schedules go on as if they had not ended."""
        moves = self.move_ids.with_context(recurring_undoing_decision=True)
        reversals = moves._reverse_moves(
            [{"date": move.date, "ref": self.env._("Reversal: %(entry)s", entry=move.ref)} for move in moves]
        )
        reversals._post(soft=False)
        today = self.company_id._recurring_today()
        self.adjustment_ids.write({"is_undone": True, "undone_user_id": self.env.user.id, "undone_date": today})
        self.adjustment_ids.schedule_id._reopen_done()
        self.schedule_ids._cancel_by_undo()
        self.allocation_id.obligation_ids._withdraw()
        self.allocation_id.obligation_ids.active = False
        self.contract_id._write_protected({"revenue_allocation_id": False})
        self.allocation_id.active = False

    def _get_entry_lines(self):
        """Return what the decision has posted, as plain values for a preview.

        :rtype: list[dict]
        """
        # sudo: who decides may read the entries that follow; a preview shows them before they are there
        return [
            {
                "date": line.date,
                "account": line.account_id.display_name,
                "name": line.name,
                "debit": line.debit,
                "credit": line.credit,
            }
            for line in self.sudo().move_ids.line_ids.sorted(lambda line: (line.date, line.id))
        ]

    def action_open_moves(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_journal_line")
        return action | {"domain": [("recurring_decision_id", "in", self.ids)], "context": {}}
