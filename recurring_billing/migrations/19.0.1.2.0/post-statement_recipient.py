from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Send statements to the customer's invoice address, unless the company changed whom its template writes to."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    template = env.ref("recurring_billing.mail_template_recurring_statement", raise_if_not_found=False)
    if template and template.partner_to == "{{ object.partner_id.id }}":
        template.partner_to = "{{ object.recipient_id.id }}"
