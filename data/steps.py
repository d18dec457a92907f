"""The steps of a month. Each takes its date; none commits."""

# Days of the month on which the demonstration bills; 31 is the last.
BILLING_DAYS = (1, 16, 31)


def billing_days(end):
    """Return the billing days of the month that ends on ``end``."""
    return [end.replace(day=min(day, end.day)) for day in BILLING_DAYS]


def confirm_orders(company, day):
    """Confirm the quotations of a company whose contracts start by a day.

    :param company: ``res.company``
    :param date day: the day
    :return: the confirmed orders
    """
    orders = company.env["sale.order"].search(
        [
            ("company_id", "=", company.id),
            ("state", "in", ("draft", "sent")),
            ("recurring_plan_id", "!=", False),
            ("recurring_date_start", "<=", day),
        ],
        order="recurring_date_start, id",
    )
    for order in orders.with_company(company):
        order.action_confirm()
        # Confirming stamps the order with the moment; the demonstration has dates of its own.
        order.date_order = order.recurring_date_start
    return orders


def start_billing(company, day):
    """Return the started billing run of a company through a day, the one there is if any.

    :param company: ``res.company``
    :param date day: everything due through this day (inclusive) is billed
    """
    run = company.env["recurring.bill.run"].with_company(company)._create_run(company, day)
    # Not action_start, which bills a short list at once: here the work is measured apart.
    run._start()
    return run


def is_closed(company, end):
    """Whether the month that ends on ``end`` is closed."""
    return bool(
        company.env["recurring.revenue.run"].search_count(
            [("company_id", "=", company.id), ("date_end", "=", end), ("state", "=", "done")]
        )
    )


def close_month(company, end):
    """Close the month of a company that ends on ``end``."""
    runs = company.env["recurring.revenue.run"].with_company(company)
    runs._create_run(company, end).action_close()


def refresh_caches(env, day):
    """Show every contract as it stands on a day."""
    contracts = env["recurring.contract"].search([("state", "not in", ("draft", "cancelled"))])
    contracts._refresh_caches(day)
