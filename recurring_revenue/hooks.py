def post_init_hook(env):
    """Give companies whose chart of accounts is there already what new ones get with theirs."""
    companies = env["res.company"].search([("chart_template", "!=", False)], order="parent_path")
    for company in companies:
        company._load_recurring_revenue_defaults()
    rule = env.ref("recurring_revenue.recurring_revenue_rule_by_day")
    env["res.company"].search([]).recurring_revenue_rule_id = rule
