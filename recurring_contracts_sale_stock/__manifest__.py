{
    "name": "Recurring Contracts and Delivery",
    "summary": "Renewed lines are not delivered again, and delivered serial numbers become equipment",
    "version": "19.0.1.2.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "Recurring for Odoo",
    "depends": ["recurring_contracts", "sale_stock"],
    "data": ["views/recurring_equipment_views.xml"],
    "auto_install": True,
}
