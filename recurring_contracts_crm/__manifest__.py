{
    "name": "Recurring Contracts and CRM",
    "summary": "Opportunities become contracts, and renewals opportunities",
    "version": "19.0.1.2.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "Recurring for Odoo",
    "depends": ["recurring_contracts", "sale_crm"],
    "data": [
        "views/recurring_contract_views.xml",
        "data/crm_lost_reason.xml",
        "views/crm_lead_views.xml",
        "views/crm_lost_reason_views.xml",
    ],
    "auto_install": True,
}
