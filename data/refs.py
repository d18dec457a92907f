"""External ids as the files of a book write them."""

MODULE = "__import__"


def full_ref(ref):
    """Return an external id with its module, as Odoo's import completes it."""
    return ref if "." in ref else f"{MODULE}.{ref}"
