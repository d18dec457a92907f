from odoo.exceptions import UserError


def post_init_hook(env):
    """Give companies whose chart of accounts is there already what new ones get with theirs."""
    companies = env["res.company"].search([("chart_template", "!=", False)], order="parent_path")
    for company in companies:
        company._load_recurring_revenue_defaults()
    rule = env.ref("recurring_revenue.recurring_revenue_rule_by_day")
    env["res.company"].search([]).recurring_revenue_rule_id = rule


def uninstall_hook(env):
    """Refuse to uninstall while revenue waits: nothing would ever bring it from the balance sheet to revenue.

    :raise UserError: naming how many schedules are not recognised yet
    """
    count = env["recurring.revenue.schedule"].search_count([("remaining", "!=", 0), ("state", "!=", "cancelled")])
    if count:
        raise UserError(
            env._(
                "%(count)s revenue schedules are not recognised in full. Close the months through their end, or write "
                "their remainders off and close once more, before uninstalling: what they hold would stay in the "
                "deferred revenue accounts.",
                count=count,
            )
        )
