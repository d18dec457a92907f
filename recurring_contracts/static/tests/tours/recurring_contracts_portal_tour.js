import { registry } from "@web/core/registry";

/** A customer asks for 8 instead of 5, sees what becomes of it and confirms. */
registry.category("web_tour.tours").add("recurring_contracts_self_service", {
    steps: () => [
        {
            content: "Change the quantity of Hosting",
            trigger: "[name=self_service] a:contains(Hosting)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Eight",
            trigger: "input[name=quantity]",
            run: "edit 8",
        },
        {
            content: "See what it costs",
            trigger: "button[name=show_effect]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "From five to eight",
            trigger: ".o_recurring_effect table[name=items] tr:contains(5.00):contains(8.00)",
        },
        {
            content: "Confirm",
            trigger: "button[name=confirm_quantity]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is changed",
            trigger: ".alert-success:contains(the quantity is changed)",
        },
    ],
});
