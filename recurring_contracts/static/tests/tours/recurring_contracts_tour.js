import { registry } from "@web/core/registry";
import {
    choose,
    clickButton,
    enterDate,
    expectField,
    expectState,
    openApp,
} from "@recurring_contracts/../tests/tours/tour_utils";

const MODAL = ".modal:not(.o_inactive_modal)";

/** A sales person quotes 2 services of 100.00 a month, confirms, amends to 5 and undoes. */
registry.category("web_tour.tours").add("recurring_contracts_sell_and_amend", {
    url: "/odoo",
    steps: () => [
        ...openApp("sale.sale_menu_root"),
        {
            content: "Make a quotation",
            trigger: ".o_list_button_add",
            run: "click",
        },
        ...choose("partner_id", "Tour Customer"),
        ...choose("recurring_plan_id", "Tour Monthly"),
        ...enterDate("recurring_date_start", "01/01/2025"),
        {
            content: "Add a line",
            trigger: ".o_field_widget[name=order_line] a:contains(Add a product)",
            run: "click",
        },
        {
            content: "Look for the service",
            trigger: ".o_selected_row .o_field_widget[name=product_template_id] input",
            run: "edit Tour Hosting",
        },
        {
            content: "Choose the service",
            trigger: ".o-autocomplete--dropdown-menu .dropdown-item:contains(Tour Hosting)",
            run: "click",
        },
        {
            content: "Its price is that of a month",
            trigger: ".o_selected_row .o_field_widget[name=price_unit] input:value(100.00)",
        },
        {
            content: "Two of them",
            trigger: ".o_selected_row .o_field_widget[name=product_uom_qty] input",
            run: "edit 2 && press Tab",
        },
        expectField("recurring_subtotal", "200.00"),
        expectField("recurring_mrr", "200.00"),
        {
            content: "Confirm",
            trigger: ".o_statusbar_buttons button[name=action_confirm]:visible",
            run: "click",
        },
        expectState("sale"),
        {
            content: "Open the contract behind the smart button",
            trigger: "button[name=action_view_recurring_contract]:contains(Contract)",
            run: "click",
        },
        expectState("active"),
        expectField("plan_id", "Tour Monthly"),
        expectField("mrr", "200.00"),
        clickButton("action_amend", "The customer wants more"),
        ...enterDate("date", "12/01/2024", MODAL),
        {
            content: "Nothing is in force before the start",
            trigger: `${MODAL} .o_field_widget[name=line_ids]:not(:has(.o_data_row))`,
        },
        ...enterDate("date", "03/01/2025", MODAL),
        {
            content: "Say what was agreed",
            trigger: `${MODAL} .o_field_widget[name=reason] input`,
            run: "edit Three more",
        },
        {
            content: "From March on the service is",
            trigger: `${MODAL} .o_data_row:contains(Tour Hosting) td[name=quantity]:contains(2.00)`,
            run: "click",
        },
        {
            content: "Five instead of two",
            trigger: `${MODAL} .o_selected_row .o_field_widget[name=quantity] input`,
            run: "edit 5 && press Tab",
        },
        expectField("mrr_before", "200.00", `${MODAL} .o_group`),
        expectField("mrr_after", "500.00", `${MODAL} .o_group`),
        {
            content: "See first what it does",
            trigger: `${MODAL} button[name=action_preview]`,
            run: "click",
        },
        {
            content: "From two to five",
            trigger: `${MODAL} .o_recurring_effect table[name=items] tr:contains(Tour Hosting):contains(5.00)`,
        },
        {
            content: "Amend",
            trigger: `${MODAL} button[name=action_confirm]`,
            run: "click",
        },
        expectField("mrr", "500.00", ".o_form_sheet .o_group"),
        clickButton("action_undo", "The customer thinks better of it"),
        {
            content: "Undo the amendment",
            trigger: `${MODAL} .btn-primary`,
            run: "click",
        },
        expectField("mrr", "200.00", ".o_form_sheet .o_group"),
        {
            content: "The list of amendments tells the story",
            trigger: ".nav-link[name=amendments]",
            run: "click",
        },
        {
            content: "The change is marked as undone and moves no MRR",
            trigger:
                ".o_field_widget[name=amendment_ids] .o_data_row:contains(Three more):has(td[name=mrr_delta]:contains(0.00)):has(td[name=undone_by_id]:contains(Undo))",
        },
    ],
});
