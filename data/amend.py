"""Amendments of the diary, entered through the same wizards as a user's, by the users whose job it is."""

from datetime import timedelta

from odoo.fields import Command

from .refs import acting, find, find_item, full_ref, remember

DAY = timedelta(days=1)
MANAGER = "sales_team.group_sale_manager"
# What the diary calls an action, where the wizard has another name for it.
CHANGES = ("change", "add", "swap")


def enter_amendments(company, amendments, day):
    """Enter the amendments of a company that are due by a day and not entered yet.

    Each one leaves its external id on the ``recurring.amendment`` that came of it: that is how a
    second call knows.

    :param company: ``res.company``
    :param list amendments: :class:`data.diary.Amendment` of the company, in order of entry
    :param date day: the day
    """
    env = company.with_company(company).env
    for amendment in amendments:
        if amendment.entered > day or find(env, amendment.ref):
            continue
        contract = env.ref(full_ref(amendment.contract))
        known = contract.amendment_ids
        _enter(acting(contract, _get_user(contract, amendment)), amendment)
        remember(contract.amendment_ids - known, amendment.ref)


def _get_user(contract, amendment):
    """Return who enters an amendment: the salesperson, or a manager where it may cut a term short."""
    user = contract.user_id
    if amendment.action in ("end", "transfer") and user and not user.has_group(MANAGER):
        return contract.company_id._get_recurring_approver(contract.team_id)
    return user


def _enter(contract, amendment):
    if amendment.action == "undo":
        contract.action_undo()
    else:
        _open_wizard(contract, amendment).action_confirm()


def _open_wizard(contract, amendment):
    """Return the filled in wizard."""
    env, action = contract.env, amendment.action
    values = {"contract_id": contract.id, "reason": amendment.reason, "action": action}
    whole = action == "end" and not amendment.item
    if action == "extend":
        values |= {"date_end": amendment.effective}
    elif whole:
        values |= {"end_choice": "date", "date_end": amendment.effective}
        values |= {"notice_date": amendment.notice or amendment.entered}
        if amendment.close_reason:
            values["close_reason_id"] = env.ref(amendment.close_reason).id
    elif action == "end":
        # What the diary calls the last day, the wizard asks as the first day without the item.
        values |= {"action": "change", "date": amendment.effective + DAY}
    else:
        values |= {"action": "change" if action in CHANGES else action, "date": amendment.effective}
    if amendment.partner:
        name = "partner_invoice_id" if action == "payer" else "partner_id"
        values[name] = env.ref(full_ref(amendment.partner)).id
    wizard = env["recurring.contract.amend"].create(values)
    _fill_in_lines(wizard, amendment)
    return wizard


def _fill_in_lines(wizard, amendment):
    terms = {name: float(value) for name, value in amendment.terms.items()}
    product = amendment.product and wizard.env["product.product"].search([("default_code", "=", amendment.product)])
    if amendment.action == "add":
        wizard.line_ids = [Command.create(terms | {"product_id": product.id})]
    elif amendment.item:
        item = find_item(wizard.env, amendment.item)
        line = wizard.line_ids.filtered(lambda line: line.item_id == item)
        if product:
            line.product_id = product
        line.write(terms or {"remove": True})


def enter_alignments(company, alignments, day):
    """Give contracts the common ends that are agreed by a day, each once.

    :param company: ``res.company``
    :param list alignments: :class:`data.diary.Alignment` of the company
    :param date day: the day
    """
    env = company.with_company(company).env
    for alignment in alignments:
        if alignment.entered > day or find(env, alignment.ref):
            continue
        contracts = env["recurring.contract"].union(*(env.ref(full_ref(ref)) for ref in alignment.contracts))
        known = contracts.renewal_order_ids
        wizard = (
            acting(contracts[0], contracts[0].user_id)
            .env["recurring.contract.align"]
            .create(
                {
                    "contract_ids": [Command.set(contracts.ids)],
                    "date_end": alignment.end,
                    "price_rule": "percent",
                    "uplift_percent": float(alignment.percent),
                    "document": "confirmed",
                }
            )
        )
        wizard.action_confirm()
        order = contracts.renewal_order_ids - known
        order.date_order = alignment.entered
        remember(order, alignment.ref)
