from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    """What was sold before keeps the terms it was sold with, whatever its plan says now."""
    if not column_exists(cr, "recurring_contract_item", "stub"):
        create_column(cr, "recurring_contract_item", "stub", "varchar")
        create_column(cr, "recurring_contract_item", "last_day_free", "bool")
        create_column(cr, "recurring_contract_item", "free_periods", "int4")
        cr.execute("UPDATE recurring_contract_item SET stub = 'separate', last_day_free = FALSE, free_periods = 0")
    if not column_exists(cr, "sale_order_line", "recurring_free_periods"):
        # Orders of an earlier version agree on nothing for later days: empty is read as none.
        create_column(cr, "sale_order_line", "recurring_free_periods", "int4")
