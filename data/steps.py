"""The steps of a month. Each takes its date; none commits."""

from .amend import enter_alignments, enter_amendments
from .refs import acting, find, find_item, full_ref, remember

# Days of the month on which the demonstration bills; 31 is the last.
BILLING_DAYS = (1, 16, 31)


def billing_days(end):
    """Return the billing days of the month that ends on ``end``."""
    return [end.replace(day=min(day, end.day)) for day in BILLING_DAYS]


def agree(company, diary, day):
    """Enter what is agreed with the customers of a company and what they use by a day, each thing once.

    :param company: ``res.company``
    :param Diary diary: of the company
    :param date day: the day
    """
    enter_amendments(company, diary.amendments, day)
    enter_alignments(company, diary.alignments, day)
    confirm_orders(company, day)
    propose_renewals(company, day)
    decide_renewals(company, diary.decisions, day)
    record_usage(company, diary.usage, day)


def record_usage(company, readings, day):
    """Record the readings that arrive by a day, as another system sends them: each key counts once.

    :param company: ``res.company``
    :param list readings: :class:`data.diary.Reading` of the company
    :param date day: the day
    :raises RuntimeError: where one is refused
    """
    env = company.with_company(company).env
    values = [
        {
            "item_id": find_item(env, reading.item).id,
            "date": reading.day,
            "quantity": float(reading.quantity),
            "idempotency_key": reading.ref,
            "source": reading.source,
        }
        for reading in readings
        if reading.entered <= day
    ]
    for result in env["recurring.usage"].api_record_usage(values) if values else ():
        if result["status"] == "rejected":
            raise RuntimeError(result["message"])


def report_progress(company, reports, day, user):
    """Report what was done of projects by a day, each thing once.

    :param company: ``res.company``
    :param list reports: :class:`data.diary.Progress` of the company
    :param date day: the day
    :param user: ``res.users`` who reports it
    """
    env = acting(company.with_company(company), user).env
    for report in reports:
        if report.entered > day or find(env, report.ref):
            continue
        schedule = env["recurring.revenue.schedule"].search(
            [("item_id", "=", find_item(company.env, report.item).id), ("state", "=", "open")], limit=1
        )
        if report.milestone:
            step = schedule.step_ids.filtered(lambda step, name=report.milestone: step.name == name)
            step.date = report.entered
        else:
            values = {"date": report.entered, "percent": float(report.percent), "note": report.note}
            env["recurring.revenue.progress"].create(values | {"schedule_id": schedule.id}).action_report()
            step = schedule.step_ids.sorted("id")[-1]
        remember(step, report.ref)


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
        acting(order, order.user_id).action_confirm()
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


def start_billing(company, day, user):
    """Return the started billing run of a company through a day, the one there is if any.

    :param company: ``res.company``
    :param date day: everything due through this day (inclusive) is billed
    :param user: ``res.users`` who bills
    """
    run = acting(company.with_company(company), user).env["recurring.bill.run"]._create_run(company, day)
    run._check_may_bill()
    # Not action_start, which bills a short list at once: here the work is measured apart.
    run._as_engine()._start()
    return company.env["recurring.bill.run"].browse(run.id)


def is_closed(company, end):
    """Whether the month that ends on ``end`` is closed."""
    return bool(
        company.env["recurring.revenue.run"].search_count(
            [("company_id", "=", company.id), ("date_end", "=", end), ("state", "=", "done")]
        )
    )


def close_month(company, end, user):
    """Have a user close the month of a company that ends on ``end``."""
    runs = acting(company.with_company(company), user).env["recurring.revenue.run"]
    runs._create_run(company, end).action_close()


def refresh_caches(env, day):
    """Show every contract as it stands on a day."""
    contracts = env["recurring.contract"].search([("state", "not in", ("draft", "cancelled"))])
    contracts._refresh_caches(day)
