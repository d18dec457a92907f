"""The functional core of contracts: pure functions over dates and Decimals, without Odoo.

Days are half-open throughout: a range ``[start, end)`` holds ``start`` and not ``end``, and an
``end`` of ``None`` is open. The models convert from and to the inclusive days of the fields.
"""
