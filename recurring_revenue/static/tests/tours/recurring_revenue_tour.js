import { registry } from "@web/core/registry";
import {
    clickButton,
    enterDate,
    expectField,
    expectState,
    makeNew,
    openMenu,
} from "@recurring_contracts/../tests/tours/tour_utils";

/** An accountant closes January and sees that the schedules and the ledger agree. */
registry.category("web_tour.tours").add("recurring_revenue_close_the_month", {
    url: "/odoo",
    steps: () => [
        ...makeNew("Revenue Closes", "recurring_revenue.menu_recurring_revenue", "recurring_revenue.menu_recurring_revenue_run"),
        ...enterDate("date_end", "01/31/2025"),
        {
            content: "The month has its name",
            trigger: ".o_form_sheet h1:contains(January 2025)",
        },
        clickButton("action_close", "Close the month"),
        expectState("done"),
        expectField("amount", "31.00", ".o_group"),
        {
            content: "The close has posted a journal entry",
            trigger: "button[name=action_open_moves]:contains(1)",
        },
        ...openMenu("recurring_revenue.menu_recurring_revenue", "recurring_revenue.menu_recurring_revenue_rollforward"),
        {
            content: "Of 365.00 billed in January, 31.00 are earned, and the ledger agrees on the rest",
            trigger: [
                ".o_list_view .o_data_row:contains(2025)",
                ":has(td[name=opening]:contains(0.00))",
                ":has(td[name=billed]:contains(365.00))",
                ":has(td[name=recognised]:contains(31.00))",
                ":has(td[name=closing]:contains(334.00))",
                ":has(td[name=ledger_balance]:contains(334.00))",
                ":has(td[name=difference]:contains(/^\\D*0\\.00$/))",
            ].join(""),
        },
    ],
});
