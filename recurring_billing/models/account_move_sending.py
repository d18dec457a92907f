from odoo import fields, models


class AccountMove(models.Model):
    """Sending the invoices of a run by Odoo's own machinery, each by its customer's preferred way."""

    _inherit = "account.move"

    recurring_sending_error = fields.Char(
        "Not Sent", readonly=True, copy=False, help="Why the invoice could not be sent."
    )

    def _queue_recurring_sending(self):
        """Have invoices sent in the background, in the name of the current user.

        Those that cannot be sent as things stand say why and are left out; asked again, they are tried again.

        :return: the invoices that will be sent
        """
        reasons = {move: move._get_recurring_sending_obstacle() for move in self}
        for move, reason in reasons.items():
            if (move.recurring_sending_error or False) != reason:
                move.recurring_sending_error = reason
        ready = self.filtered(lambda move: not reasons[move])
        if ready:
            author = {"author_user_id": self.env.user.id, "author_partner_id": self.env.user.partner_id.id}
            ready.sending_data = author
            # sudo: whoever may send invoices may wake up the scheduled action that does it
            self.env.ref("account.ir_cron_account_move_send").sudo()._trigger()
        return ready

    def _get_recurring_sending_obstacle(self):
        """Return why the invoice cannot be sent by its customer's preferred way, in plain words, or ``False``."""
        self.ensure_one()
        methods = self.env["account.move.send"]._get_default_sending_methods(self)
        if "email" in methods and not (self.partner_id.email or self.commercial_partner_id.email):
            return self.env._(
                "%(customer)s has no email address. Enter one, or choose another way of sending on the customer.",
                customer=self.partner_id.display_name,
            )
        return False
