from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Work out what is at stake in the renewal of each contract."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["recurring.contract"].search([])._refresh_renewal_forecast()
