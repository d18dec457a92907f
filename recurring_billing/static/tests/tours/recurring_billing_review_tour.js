import { registry } from "@web/core/registry";
import {
    clickButton,
    enterDate,
    expectState,
    makeNew,
} from "@recurring_contracts/../tests/tours/tour_utils";

/** A billing clerk finds a customer held for an unusual price, sees in the comparison why, releases him and bills. */
registry.category("web_tour.tours").add("recurring_billing_review", {
    url: "/odoo",
    steps: () => [
        ...makeNew("Billing Runs", "recurring_billing.menu_recurring_billing", "recurring_billing.menu_recurring_bill_run"),
        ...enterDate("date_through", "02/01/2025"),
        {
            content: "The invoices will bear that date",
            trigger: ".o_field_widget[name=invoice_date] input:value(02/01/2025)",
        },
        clickButton("action_preview", "Compute Preview"),
        expectState("previewed"),
        {
            content: "Compare with the month before",
            trigger: "button[name=action_view_comparison]",
            run: "click",
        },
        {
            content: "Open the customer",
            trigger: ".o_list_view .o_group_header:contains(Tour Customer)",
            run: "click",
        },
        {
            content: "The price changed the amount",
            trigger: ".o_data_row:contains(Changed):contains(Price):contains(250.00)",
        },
        {
            content: "Go back to the run",
            trigger: ".o_control_panel .o_back_button, .breadcrumb-item:not(.active):last a",
            run: "click",
        },
        {
            content: "The customer is held, and the reason stands beside him",
            trigger: ".o_field_widget[name=customer_ids] .o_data_row:contains(Held):contains(for the whole period)",
        },
        {
            content: "Release him",
            trigger: ".o_field_widget[name=customer_ids] .o_data_row button[name=action_release]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Agreed by phone",
        },
        {
            content: "Confirm",
            trigger: ".modal button[name=action_confirm]:contains(Release)",
            run: "click",
        },
        {
            content: "He is to be billed",
            trigger: ".o_field_widget[name=customer_ids] .o_data_row:contains(To be billed)",
        },
        clickButton("action_start", "Approve All and Bill"),
        expectState("done"),
    ],
});
