"""Amendments of the diary, entered through the same wizards as a user's."""

from datetime import timedelta

from odoo.fields import Command

from .refs import MODULE, full_ref

DAY = timedelta(days=1)


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
        if amendment.entered > day or env.ref(full_ref(amendment.ref), raise_if_not_found=False):
            continue
        contract = env.ref(full_ref(amendment.contract))
        known = contract.amendment_ids
        _enter(contract, amendment)
        values = {"module": MODULE, "name": amendment.ref, "model": known._name, "noupdate": True}
        env["ir.model.data"].create(values | {"res_id": (contract.amendment_ids - known).id})


def _enter(contract, amendment):
    if amendment.action == "undo":
        contract.action_undo()
    elif amendment.action == "end" and not amendment.item:
        values = {"contract_id": contract.id, "action": "end", "date_end": amendment.effective}
        contract.env["recurring.contract.amend"].create(values | {"reason": amendment.reason}).action_confirm()
    else:
        _open_wizard(contract, amendment).action_confirm()


def _open_wizard(contract, amendment):
    """Return the filled in wizard for anything but the end of a contract."""
    env, action = contract.env, amendment.action
    values = {"contract_id": contract.id, "reason": amendment.reason}
    if action == "extend":
        values |= {"action": action, "date_end": amendment.effective}
    elif action == "end":
        # What the diary calls the last day, the wizard asks as the first day without the item.
        values |= {"action": "change", "date": amendment.effective + DAY}
    else:
        kind = action if action in ("suspend", "resume") else "change"
        values |= {"action": kind, "date": amendment.effective}
    wizard = env["recurring.contract.amend"].create(values)
    terms = {name: float(value) for name, value in amendment.terms.items()}
    if action == "add":
        product = env["product.product"].search([("default_code", "=", amendment.product)])
        wizard.line_ids = [Command.create(terms | {"product_id": product.id})]
    elif amendment.item:
        item = env.ref(full_ref(amendment.item))
        wizard.line_ids.filtered(lambda line: line.item_id == item).write(terms or {"remove": True})
    return wizard
