{
    "name": "Recurring Contracts and Projects",
    "summary": "Renewed lines create no project again, and a contract shows its projects",
    "version": "19.0.1.2.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "Recurring for Odoo",
    "depends": ["recurring_contracts", "sale_project"],
    "data": ["views/recurring_contract_views.xml"],
    "auto_install": True,
}
