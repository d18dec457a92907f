"""External ids as the files of a book write them, and what they stand for."""

MODULE = "__import__"


def full_ref(ref):
    """Return an external id with its module, as Odoo's import completes it."""
    return ref if "." in ref else f"{MODULE}.{ref}"


def find(env, ref):
    """Return the record of an external id of a book, or ``None``."""
    return env.ref(full_ref(ref), raise_if_not_found=False)


def find_item(env, ref):
    """Return the contract item of an external id, which may be that of the order line that it came of."""
    record = env.ref(full_ref(ref))
    return record.recurring_item_ids if record._name == "sale.order.line" else record


def remember(record, ref):
    """Give a record an external id of the book, by which a second call knows that it was made."""
    values = {"module": MODULE, "name": ref, "model": record._name, "res_id": record.id, "noupdate": True}
    record.env["ir.model.data"].sudo().create(values)


def acting(record, user):
    """Return a record as a user works with it, with his own rights, in its company.

    :param user: ``res.users``; where it is empty, the record as it is
    """
    if not user:
        return record
    company = record if record._name == "res.company" else record.company_id
    return record.with_user(user).with_context(allowed_company_ids=company.ids)
