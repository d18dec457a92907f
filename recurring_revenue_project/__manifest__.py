{
    "name": "Recurring Revenue and Project",
    "summary": "Percent complete comes from the project's tasks, hours or milestones",
    "version": "19.0.1.2.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "Recurring for Odoo",
    "depends": ["recurring_revenue", "sale_project"],
    "data": ["views/recurring_revenue_schedule_views.xml"],
    "auto_install": True,
}
