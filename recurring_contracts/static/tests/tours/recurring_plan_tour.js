import { registry } from "@web/core/registry";
import {
    choose,
    clickButton,
    expectField,
    expectState,
    openApp,
} from "@recurring_contracts/../tests/tours/tour_utils";

const ITEMS = ".o_field_widget[name=item_ids]";

/** Add an item of the plan: its role and its product. */
function addItem(role, product) {
    return [
        {
            content: `Add the ${role}`,
            trigger: `${ITEMS} .o_field_x2many_list_row_add a`,
            run: "click",
        },
        {
            content: "Open the roles",
            trigger: `${ITEMS} .o_selected_row .o_field_widget[name=role] input`,
            run: "click",
        },
        {
            content: `It is the ${role}`,
            trigger: `.o_select_menu_item:contains("${role}")`,
            run: "click",
        },
        ...choose("product_id", product, `${ITEMS} .o_selected_row`),
    ];
}

/** A sales manager builds a plan: setup 500, recurring 300. */
registry.category("web_tour.tours").add("recurring_contracts_build_plan", {
    url: "/odoo/recurring-plans",
    steps: () => [
        {
            content: "Make a plan",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Tour Programme",
        },
        ...addItem("Setup fee", "Tour Setup"),
        // The form must be at rest before a menu opens in it.
        expectField("preview_first_invoice", "500.00"),
        ...addItem("Recurring", "Tour Hosting"),
        expectField("preview_first_invoice", "800.00"),
        expectField("preview_period", "300.00"),
        {
            content: "Save it",
            trigger: ".o_form_button_save:visible",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: ".o_form_saved",
        },
    ],
});

/** A sales person chooses the plan on a new quotation, confirms it and sees the contract. */
registry.category("web_tour.tours").add("recurring_contracts_sell_plan", {
    url: "/odoo",
    steps: () => [
        ...openApp("sale.sale_menu_root"),
        {
            content: "Make a quotation",
            trigger: ".o_list_button_add",
            run: "click",
        },
        ...choose("partner_id", "Tour Customer"),
        ...choose("recurring_plan_id", "Tour Programme"),
        {
            content: "The plan's items are its lines",
            trigger: ".o_field_widget[name=order_line] .o_data_row:nth-child(2):contains(Tour Hosting)",
        },
        expectField("recurring_subtotal", "300.00"),
        clickButton("action_confirm", "Confirm"),
        expectState("sale"),
        {
            content: "Open the contract behind the smart button",
            trigger: "button[name=action_view_recurring_contract]",
            run: "click",
        },
        expectState("active"),
        {
            content: "It has the plan's items",
            trigger: ".o_field_widget[name=item_ids] .o_data_row:nth-child(2):contains(Tour Hosting)",
        },
        expectField("arr", "3,600.00"),
    ],
});
