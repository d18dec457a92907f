from collections import defaultdict

import pytz
from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from odoo.addons.recurring_contracts.domain.money import to_decimal

from ..domain.usage import Used


class RecurringUsage(models.Model):
    """How much of an item was used, and when: entered by hand, imported or sent by another system.

    What is used of a period above what the item includes is charged once the period is over. A
    reading that comes late, or is cancelled, corrects its own period.
    """

    _name = "recurring.usage"
    _inherit = ["recurring.engine.fields.mixin"]
    _description = "Usage"
    _order = "date desc, id desc"
    _check_company_auto = True

    item_id = fields.Many2one(
        "recurring.contract.item",
        "Contract Item",
        required=True,
        index=True,
        ondelete="restrict",
        # without check_company: the company follows from the item, and offers none before one is chosen
        domain="[('charge_type', '=', 'usage'), ('state', 'in', ('active', 'suspended', 'ended'))]",
    )
    contract_id = fields.Many2one(related="item_id.contract_id", store=True, precompute=True, index=True)
    company_id = fields.Many2one(related="item_id.company_id", store=True, precompute=True, index=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    product_id = fields.Many2one(related="item_id.product_id", store=True, precompute=True)
    product_uom_id = fields.Many2one(related="item_id.product_uom_id", string="Unit")
    used_at = fields.Datetime(help="The moment of use, where it is known; it decides the day.")
    date = fields.Date(
        "Day",
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
        help="The day of use, in the company's time zone. Its billing period and its price follow from it.",
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    idempotency_key = fields.Char(
        "Key",
        copy=False,
        help="What the sender calls this reading. A reading whose key is known in the company is not entered again.",
    )
    source = fields.Char(help="Where the reading comes from, such as a meter or another system.")
    note = fields.Char()
    is_cancelled = fields.Boolean("Cancelled", readonly=True, copy=False)
    charge_id = fields.Many2one(
        "recurring.charge", "Charged By", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("open", "To bill"),
            ("billed", "Billed"),
            ("included", "Included"),
            ("unrated", "Not in force"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_state",
        help="Included: the period is billed, and the reading was no more than it includes. Not in force: the item "
        "has no price on that day, so that nothing is billed.",
    )

    _key_once = models.UniqueIndex(
        "(company_id, idempotency_key) WHERE idempotency_key IS NOT NULL",
        "A reading with this key exists already.",
    )
    _item_date_index = models.Index("(item_id, date) WHERE is_cancelled IS NOT TRUE")

    # === COMPUTES === #

    @api.depends("used_at")
    def _compute_date(self):
        for usage in self:
            company = usage.item_id.company_id or self.env.company
            if usage.used_at:
                zone = pytz.timezone(company.partner_id.tz or self.env.user.tz or "UTC")
                usage.date = pytz.utc.localize(usage.used_at).astimezone(zone).date()
            else:
                usage.date = usage.date or company._recurring_today()

    @api.depends("is_cancelled", "charge_id", "date", "item_id.settled_until")
    def _compute_state(self):
        segments = self.item_id._get_segments() if self.item_id else {}
        for usage in self:
            known = segments.get(usage.item_id.id, [])
            settled = usage.item_id.settled_until
            if usage.is_cancelled:
                usage.state = "cancelled"
            elif usage.charge_id:
                usage.state = "billed"
            elif not any(s.covers(usage.date) and not s.terms.suspended for s in known if usage.date):
                usage.state = "unrated"
            elif settled and usage.date < settled:
                usage.state = "included"
            else:
                usage.state = "open"

    @api.depends("item_id", "date", "quantity")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for usage in self:
            usage.display_name = self.env._(
                "%(item)s, %(date)s: %(quantity)s",
                item=usage.item_id.display_name,
                date=format_date(self.env, usage.date),
                quantity=f"{usage.quantity:g}",
            )

    # === CONSTRAINTS AND CRUD === #

    @api.constrains("item_id")
    def _check_item(self):
        for usage in self:
            item = usage.item_id
            if item.charge_type != "usage" or item.contract_id.state in ("draft", "cancelled"):
                raise ValidationError(
                    self.env._(
                        "%(item)s takes no readings. Choose an item that is charged by usage, of a contract in force.",
                        item=item.display_name,
                    )
                )

    @api.constrains("quantity")
    def _check_quantity(self):
        for usage in self.filtered(lambda u: u.quantity <= 0):
            raise ValidationError(
                self.env._(
                    "%(usage)s: a quantity used is above zero. Cancel a reading to take it back.",
                    usage=usage.display_name,
                )
            )

    @api.model
    def _get_content_fields(self):
        """Return the names of the fields that decide what is billed, and that a known key must repeat."""
        return ("item_id", "date", "quantity")

    @api.model
    def _get_engine_fields(self):
        return super()._get_engine_fields() | {"charge_id", "is_cancelled"}

    @api.model_create_multi
    def create(self, vals_list):
        """Enter readings; one whose key is known is not entered again, but returned as it is.

        :raise ValidationError: where a known key comes with another item, day or quantity
        """
        known = self._get_known_keys(vals_list)
        fresh, places = [], {}
        for vals in vals_list:
            key = vals.get("idempotency_key")
            if key and (key in known or key in places):
                continue
            if key:
                places[key] = len(fresh)
            fresh.append(vals)
        created = super().create(fresh)
        created._reopen()
        by_key = {usage.idempotency_key: usage for usage in created if usage.idempotency_key} | known
        rest, result = iter(created.filtered(lambda usage: not usage.idempotency_key)), self.browse()
        for vals in vals_list:
            key = vals.get("idempotency_key")
            usage = by_key[key] if key else next(rest)
            usage._check_same_content(vals)
            result += usage
        return result

    def _get_known_keys(self, vals_list):
        """Return the readings that exist under the keys of ``vals_list``, by key."""
        keys = [vals["idempotency_key"] for vals in vals_list if vals.get("idempotency_key")]
        if not keys:
            return {}
        companies = self.env["recurring.contract.item"].browse({vals["item_id"] for vals in vals_list}).company_id
        usages = self.search([("company_id", "in", companies.ids), ("idempotency_key", "in", keys)])
        return {usage.idempotency_key: usage for usage in usages}

    def _check_same_content(self, vals):
        """Refuse other content under a key that is taken.

        :raise ValidationError: naming the key and what it stands for
        """
        if not self.idempotency_key or self._has_content(vals):
            return
        raise ValidationError(
            self.env._(
                "The key %(key)s stands for another reading (%(usage)s). Send this one under a key of its own, or "
                "cancel the other first and send the right one under a new key.",
                key=self.idempotency_key,
                usage=self.display_name,
            )
        )

    def _has_content(self, vals):
        """Tell whether values say the same as the reading, as far as they say anything."""
        self.ensure_one()
        for name in self._get_content_fields():
            if name in vals and self._fields[name].convert_to_cache(vals[name], self) != self._fields[
                name
            ].convert_to_cache(self[name], self):
                return False
        return True

    def write(self, vals):
        content = set(self._get_content_fields()) | {"used_at"}
        if content & vals.keys():
            self._check_not_billed()
            self._reopen()
        result = super().write(vals)
        if content & vals.keys():
            self._reopen()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_billed(self):
        self._check_not_billed()
        self._reopen()

    def _check_not_billed(self):
        """Refuse to change what an invoice stands on.

        :raise UserError: naming the reading
        """
        for usage in self.filtered("charge_id"):
            raise UserError(
                self.env._(
                    "%(usage)s is billed. Cancel it, and enter the right reading: the next billing corrects the "
                    "period.",
                    usage=usage.display_name,
                )
            )

    def _write_protected(self, vals):
        """Write what follows from billing; for the engine only."""
        # Passes by this class's own write(), which guards what is billed.
        # sudo: callers check that the user may change the reading; these fields are the engine's
        return super(RecurringUsage, self.sudo()).write(vals)  # pylint: disable=super-method-mismatch

    # === ACTIONS === #

    def action_cancel(self):
        """Take readings back; what was billed of them is corrected by the next billing."""
        self.check_access("write")
        live = self.filtered(lambda usage: not usage.is_cancelled)
        live._write_protected({"is_cancelled": True, "charge_id": False})
        live._reopen()
        return True

    def _reopen(self):
        """Have the items compared again from the day of the first reading on."""
        first_days = {}
        for usage in self:
            item = usage.item_id.id
            first_days[item] = min(usage.date, first_days.get(item, usage.date))
        # sudo: whoever enters a reading makes billing look at the item again, and nothing else
        self.env["recurring.contract.item"].sudo()._reopen_from(first_days)

    @api.model
    def api_record_usage(self, vals_list: list[dict]) -> list[dict]:
        """Record readings sent by another system; each one stands or falls by itself.

        Sending a reading again, under the same key, changes nothing.

        :param vals_list: of each reading ``item_id`` (id), ``quantity``, ``date`` or ``used_at`` (UTC),
            and, strongly advised, ``idempotency_key``; ``source`` and ``note`` where you like
        :return: in the same order, of each reading ``status`` (``created``, ``duplicate`` or
            ``rejected``), ``id`` (``False`` where rejected) and ``message`` (why it was rejected)
        """
        return self._record_isolated(vals_list)

    def _record_isolated(self, vals_list):
        """Record readings together; where that fails, in ever smaller parts, down to the culprits.

        :return: see ``api_record_usage``
        :rtype: list[dict]
        """
        try:
            with self.env.cr.savepoint():
                known = set(self._get_known_keys(vals_list))
                usages = self.create(vals_list)
                usages.flush_recordset()
        except (UserError, ValueError, TypeError, KeyError, IntegrityError) as error:
            if len(vals_list) > 1:
                half = len(vals_list) // 2
                return self._record_isolated(vals_list[:half]) + self._record_isolated(vals_list[half:])
            if isinstance(error, IntegrityError):
                message = self.env["base"]._sql_error_to_message(error)
            elif isinstance(error, UserError):
                message = str(error.args[0])
            else:
                message = self.env._("Not a reading: item, quantity and day are needed (%(error)s).", error=error)
            return [{"status": "rejected", "id": False, "message": message}]
        results = []
        for vals, usage in zip(vals_list, usages, strict=True):
            key = vals.get("idempotency_key")
            results.append({"status": "duplicate" if key in known else "created", "id": usage.id, "message": ""})
            if key:
                known.add(key)
        return results

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Usage"),
                "template": "/recurring_billing/static/csv/usage.csv",
            }
        ]

    # === BILLING === #

    @api.model
    def _get_used(self, items):
        """Return what was used of items in periods that are not settled, day by day, in one query.

        :param items: ``recurring.contract.item``
        :rtype: dict[int, list[Used]]
        """
        self.flush_model(["item_id", "date", "quantity", "is_cancelled"])
        items.flush_model(["settled_until"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT usage.item_id, usage.date, SUM(usage.quantity::numeric)
                  FROM recurring_usage usage
                  JOIN recurring_contract_item item ON item.id = usage.item_id
                 WHERE usage.item_id IN %s AND usage.is_cancelled IS NOT TRUE
                   -- the settled day may lie within a period, whose first days count as well
                   AND (item.settled_until IS NULL OR usage.date >= item.settled_until - 31
                        - (item.billing_count || ' ' || item.billing_unit)::interval)
                 GROUP BY usage.item_id, usage.date
                """,
                tuple(items.ids) or (0,),
            )
        )
        used = defaultdict(list)
        for item, day, quantity in rows:
            used[item].append(Used(day, to_decimal(quantity)))
        return used

    @api.model
    def _link_charges(self, charges):
        """Say on readings which charge bills them: the latest one of their period at the terms of their day.

        :param charges: new ``recurring.charge`` for usage; those that credit take the link off
        """
        if not charges:
            return
        self.flush_model()
        charges.flush_recordset()
        self.env.execute_query(
            SQL(
                """
                UPDATE recurring_usage usage
                   SET charge_id = (
                           SELECT charge.id
                             FROM recurring_charge charge
                            WHERE charge.item_id = usage.item_id AND charge.kind = 'usage'
                              AND charge.is_void IS NOT TRUE AND charge.corrected_charge_id IS NULL
                              AND usage.date BETWEEN charge.date_start AND charge.date_end
                              AND NOT EXISTS (
                                      SELECT FROM recurring_charge credit
                                       WHERE credit.corrected_charge_id = charge.id
                                         AND credit.is_void IS NOT TRUE
                                  )
                            ORDER BY charge.id DESC LIMIT 1
                       )
                  FROM recurring_charge booked
                 WHERE booked.id IN %s AND usage.item_id = booked.item_id AND usage.is_cancelled IS NOT TRUE
                   AND usage.date BETWEEN booked.period_start AND booked.period_end
             RETURNING usage.id
                """,
                tuple(charges.ids),
            )
        )
        self.invalidate_model(["charge_id"])
