import { registry } from "@web/core/registry";
import {
    clickButton,
    enterDate,
    expectField,
    expectState,
    makeNew,
} from "@recurring_contracts/../tests/tours/tour_utils";

/** An accountant closes January under cut-off booking and follows what was deferred to its invoice. */
registry.category("web_tour.tours").add("recurring_revenue_close_with_cutoff", {
    url: "/odoo",
    steps: () => [
        ...makeNew("Revenue Closes", "recurring_revenue.menu_recurring_revenue", "recurring_revenue.menu_recurring_revenue_run"),
        ...enterDate("date_end", "01/31/2025"),
        clickButton("action_close", "Close the month"),
        expectState("done"),
        expectField("amount", "31.00", ".o_group"),
        expectField("deferred_amount", "334.00", ".o_group"),
        {
            content: "The close has posted two journal entries: of the month's end and of the next day",
            trigger: "button[name=action_open_moves]:contains(2)",
        },
        {
            content: "See what stands at the month's end",
            trigger: "button[name=action_open_accruals]",
            run: "click",
        },
        {
            content: "What is not earned of the invoice is deferred",
            trigger: ".o_list_view .o_data_row:contains(Deferred revenue):contains(334.00) td[name=kind]",
            run: "click",
        },
        {
            content: "It names its schedule",
            trigger: ".o_form_view .o_field_widget[name=schedule_id]:contains(Hosting)",
        },
    ],
});
