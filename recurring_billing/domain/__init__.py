"""The functional core of billing: pure functions over dates and Decimals, without Odoo.

Days are half-open throughout: a range ``[start, end)`` holds ``start`` and not ``end``. The models
convert from and to the inclusive days of the fields.
"""
