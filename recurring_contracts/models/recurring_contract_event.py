from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domain import replay
from ..domain.replay import Event


class RecurringContractEvent(models.Model):
    """The journal: append-only. Only the movement, which the replay computes, is ever refreshed."""

    _name = "recurring.contract.event"
    _description = "Contract Event"
    _order = "contract_id, date desc, id desc"

    item_id = fields.Many2one("recurring.contract.item", required=True, readonly=True, index=True, ondelete="restrict")
    contract_id = fields.Many2one("recurring.contract", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="item_id.company_id", store=True, precompute=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    partner_id = fields.Many2one(related="contract_id.partner_id")
    plan_id = fields.Many2one(related="contract_id.plan_id", store=True, precompute=True)
    product_id = fields.Many2one(related="item_id.product_id", store=True, precompute=True)
    amendment_id = fields.Many2one("recurring.amendment", required=True, readonly=True, index=True, ondelete="restrict")
    date = fields.Date("Effective", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            (replay.NEW, "New"),
            (replay.QUANTITY, "Quantity"),
            (replay.PRICE, "Price"),
            (replay.DISCOUNT, "Discount"),
            (replay.TAX, "Taxes"),
            (replay.PAYER, "Payer"),
            (replay.END, "End"),
            (replay.RENEWAL, "Renewal"),
            (replay.SUSPEND, "Suspension"),
            (replay.RESUME, "Resumption"),
            (replay.ANCHOR, "Billing periods moved"),
            (replay.UNDO, "Undo"),
        ],
        required=True,
        readonly=True,
    )
    quantity = fields.Float(digits="Product Unit", readonly=True, help="New: the quantity. Quantity: the difference.")
    price_unit = fields.Float("Unit Price", min_display_digits="Product Price", readonly=True)
    discount = fields.Float("Discount (%)", digits="Discount", readonly=True)
    tax_ids = fields.Many2many("account.tax", string="Taxes", readonly=True, context={"active_test": False})
    payer_id = fields.Many2one("res.partner", "Invoiced To", readonly=True)
    anchor_date = fields.Date(
        "Periods Counted From", readonly=True, help="Periods moved: a day on which they begin from then on."
    )
    anchor_day = fields.Integer(
        "Day of the Month", readonly=True, help="Periods moved: the day of the month on which they begin."
    )
    suspension_billed = fields.Boolean(
        "Billed While Suspended", readonly=True, help="Suspension: whether its days are billed all the same."
    )
    suspension_shifts_end = fields.Boolean(
        "Puts Off the End",
        readonly=True,
        help="Suspension: whether the end moves by the suspended days when the item resumes.",
    )
    owed_from = fields.Date(readonly=True, help="New: the first day billed, where it is not the first day in force.")
    owed_through = fields.Date(readonly=True, help="End: the last day billed, where it is not the last day in force.")
    undone_event_id = fields.Many2one("recurring.contract.event", "Undoes", readonly=True, ondelete="restrict")
    value_before = fields.Float("Before", digits=0, readonly=True)
    value_after = fields.Float("After", digits=0, readonly=True)
    mrr_delta = fields.Monetary(
        "MRR Movement",
        currency_field="company_currency_id",
        readonly=True,
        help="By how much this event moves the MRR from its day on.",
    )
    create_uid = fields.Many2one("res.users", "Entered By", readonly=True)
    create_date = fields.Datetime("Entered On", readonly=True)
    reason = fields.Char(related="amendment_id.reason")

    _undo_names_event = models.Constraint(
        "CHECK((kind = 'undo') = (undone_event_id IS NOT NULL))",
        "An undo names the event that it undoes.",
    )

    def write(self, vals):  # pylint: disable=method-required-super  # refuses always
        raise UserError(self.env._("The history of a contract cannot be changed. Enter an amendment."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of a contract cannot be deleted. Undo the amendment."))

    def _prepare_undo_values(self):
        """Return the values of the event that undoes this one."""
        self.ensure_one()
        return {
            "item_id": self.item_id.id,
            "contract_id": self.contract_id.id,
            "kind": replay.UNDO,
            "date": self.date,
            "undone_event_id": self.id,
        }

    def _get_effective(self):
        """Return those of the events that no later event undid."""
        events = [Event(date=e.date, sequence=e.id, kind=e.kind, undoes=e.undone_event_id.id) for e in self]
        return self.browse([event.sequence for event in replay.effective(events)])

    @api.model
    def _store_movements(self, movements):
        """Refresh the MRR movement of events, the one figure that later events may shift.

        The values before and after stay as they were when the event was entered.

        :param dict movements: domain ``Movement`` (company currency) by event id
        """
        if not movements:
            return
        rows = list(movements.values())
        self.env.cr.execute(
            SQL(
                """
                UPDATE recurring_contract_event event
                   SET mrr_delta = fresh.delta,
                       value_before = COALESCE(event.value_before, fresh.before),
                       value_after = COALESCE(event.value_after, fresh.after)
                  FROM UNNEST(%s, %s::numeric[], %s::numeric[], %s::numeric[])
                       AS fresh(id, delta, before, after)
                 WHERE event.id = fresh.id
                   AND (event.mrr_delta IS DISTINCT FROM fresh.delta
                        OR event.value_before IS NULL AND fresh.before IS NOT NULL)
                """,
                list(movements),
                [movement.delta for movement in rows],
                [movement.before for movement in rows],
                [movement.after for movement in rows],
            )
        )
        self.browse(movements).invalidate_recordset(["mrr_delta", "value_before", "value_after"])
