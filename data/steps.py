"""The steps of a month. Each takes its date; none commits."""

from .amend import enter_amendments
from .refs import full_ref

# Days of the month on which the demonstration bills; 31 is the last.
BILLING_DAYS = (1, 16, 31)


def billing_days(end):
    """Return the billing days of the month that ends on ``end``."""
    return [end.replace(day=min(day, end.day)) for day in BILLING_DAYS]


def agree(company, amendments, decisions, day):
    """Enter what is agreed with the customers of a company by a day, each thing once.

    :param company: ``res.company``
    :param list amendments: :class:`data.diary.Amendment` of the company
    :param list decisions: :class:`data.diary.Decision` of the company
    :param date day: the day
    """
    enter_amendments(company, amendments, day)
    confirm_orders(company, day)
    propose_renewals(company, day)
    decide_renewals(company, decisions, day)


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
            ("recurring_renewed_contract_ids", "=", False),
        ],
        order="recurring_date_start, id",
    )
    for order in orders.with_company(company):
        approve_order(order)
        order.action_confirm()
        # Confirming stamps the order with the moment; the demonstration has dates of its own.
        order.date_order = order.recurring_date_start
    return orders


def approve_order(order):
    """Have a sales manager approve what a quotation asks for beyond the limits, if it does."""
    if order.recurring_approval_state == "needed":
        order.action_recurring_request_approval()
    if order.recurring_approval_state == "requested":
        manager = order._get_recurring_approver()
        order.with_user(manager).with_context(allowed_company_ids=order.company_id.ids).action_recurring_approve()


def propose_renewals(company, day):
    """Prepare the renewal orders whose window is open on a day.

    :param company: ``res.company``
    :param date day: the day; a plan may have its orders confirmed at once
    :return: the orders
    """
    orders = company.env["recurring.contract"].with_company(company)._propose_renewals(day, company)
    orders.date_order = day
    return orders


def decide_renewals(company, decisions, day):
    """Confirm or cancel the renewal quotations that customers answered by a day, once each.

    :param company: ``res.company``
    :param list decisions: :class:`data.diary.Decision` of the company
    :param date day: the day
    """
    for decision in decisions:
        if decision.day > day:
            continue
        contract = company.env.ref(full_ref(decision.contract)).with_company(company)
        for order in contract.renewal_order_ids.filtered(lambda order: order.state in ("draft", "sent")):
            if decision.signed:
                approve_order(order)
                order.action_confirm()
            else:
                order._action_cancel()
            order.date_order = decision.day


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
