import { registry } from "@web/core/registry";
import {
    clickButton,
    enterDate,
    expectField,
    expectState,
    makeNew,
} from "@recurring_contracts/../tests/tours/tour_utils";

/** A billing clerk looks at the preview of January, approves it, opens the one invoice of two contracts and reads a part period. */
registry.category("web_tour.tours").add("recurring_billing_bill_the_month", {
    url: "/odoo",
    steps: () => [
        ...makeNew("Billing Runs", "recurring_billing.menu_recurring_billing", "recurring_billing.menu_recurring_bill_run"),
        ...enterDate("date_through", "01/31/2025"),
        {
            content: "The invoices will bear that date",
            trigger: ".o_field_widget[name=invoice_date] input:value(01/31/2025)",
        },
        clickButton("action_preview", "Compute Preview"),
        expectState("previewed"),
        expectField("expected_amount", "300.00", ".o_group"),
        {
            content: "Look at what would be invoiced",
            trigger: "button[name=action_view_preview].oe_stat_button:contains(1)",
            run: "click",
        },
        {
            content: "Open the customer",
            trigger: ".o_list_view .o_group_header:contains(Tour Customer)",
            run: "click",
        },
        {
            content: "Open his invoice",
            trigger: ".o_list_view .o_group_header ~ .o_group_header:contains(300.00)",
            run: "click",
        },
        {
            content: "The lines say how their amounts come about",
            trigger: ".o_data_row:contains('1 × 310.00, 20 of 31 days (12 Jan to 31 Jan)'):contains(200.00)",
        },
        {
            content: "Go back to the run",
            trigger: ".o_control_panel .o_back_button, .breadcrumb-item:not(.active):last a",
            run: "click",
        },
        clickButton("action_start", "Approve All and Bill"),
        expectState("done"),
        expectField("amount_untaxed", "300.00", ".o_group"),
        {
            content: "The customer has one invoice",
            trigger:
                ".o_field_widget[name=customer_ids] .o_data_row:contains(Tour Customer):contains(Billed):has(td[name=invoice_count]:contains(1))",
        },
        {
            content: "Open the invoices",
            trigger: "button[name=action_view_invoices]:contains(1)",
            run: "click",
        },
        {
            content: "Open the invoice",
            trigger: ".o_list_view .o_data_row:contains(300.00) td[name=name]",
            run: "click",
        },
        expectState("posted"),
        {
            content: "The whole month of one contract shows its quantity and price",
            trigger:
                ".o_field_widget[name=invoice_line_ids] .o_data_row:has(td[name=quantity]:contains(2.00)):has(td[name=price_unit]:contains(50.00))",
        },
        {
            content: "The part of a month of the other one says how it was computed",
            trigger:
                ".o_field_widget[name=invoice_line_ids] .o_data_row:contains('1 × 310.00, 20 of 31 days (12 Jan to 31 Jan)'):contains(200.00)",
        },
        {
            content: "The contracts stand behind the invoice",
            trigger: "button[name=action_view_recurring_contracts]:contains(2)",
            run: "click",
        },
        {
            content: "Both of them are the customer's",
            trigger: ".o_list_view .o_data_row:contains(Tour Customer) ~ .o_data_row:contains(Tour Customer)",
        },
    ],
});
