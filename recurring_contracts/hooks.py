from odoo.exceptions import UserError


def uninstall_hook(env):
    """Refuse to uninstall while contracts are in force.

    Without this addon Odoo's own invoicing would bill their orders once more.

    :raise UserError: naming how many contracts must be ended first
    """
    count = env["recurring.contract"].search_count([("state", "in", ("active", "suspended"))])
    if count:
        raise UserError(
            env._(
                "%(count)s contracts are in force. End or cancel them before uninstalling: "
                "their orders would otherwise be invoiced again.",
                count=count,
            )
        )
