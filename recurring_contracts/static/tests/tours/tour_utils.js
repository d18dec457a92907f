/**
 * Steps that the tours of the recurring addons share. A scope is a selector
 * in which to look, such as ".modal"; the whole page without one.
 */

/** Open an app from the apps menu, as a user with access to it can. */
export function openApp(menuXmlid) {
    return [
        {
            content: "Open the apps menu",
            trigger: ".o_navbar_apps_menu button:enabled",
            run: "click",
        },
        {
            content: `Choose the app ${menuXmlid}`,
            trigger: `.o_app[data-menu-xmlid="${menuXmlid}"]`,
            run: "click",
        },
    ];
}

/** Open an entry of the app's menu bar. */
export function openMenu(sectionXmlid, entryXmlid) {
    return [
        {
            content: `Open the menu ${sectionXmlid}`,
            trigger: `.o_menu_sections button[data-menu-xmlid="${sectionXmlid}"]`,
            run: "click",
        },
        {
            content: `Choose the entry ${entryXmlid}`,
            trigger: `.dropdown-item[data-menu-xmlid="${entryXmlid}"]`,
            run: "click",
        },
    ];
}

/** Open a list of the recurring app by its menu and make a new draft there. */
export function makeNew(list, sectionXmlid, entryXmlid) {
    return [
        ...openApp("recurring_contracts.menu_recurring_root"),
        ...openMenu(sectionXmlid, entryXmlid),
        {
            content: `Make a new one of ${list}`,
            trigger: `.o_control_panel:contains(${list}) .o_list_button_add`,
            run: "click",
        },
        expectState("draft"),
    ];
}

/** Choose a record in a many2one of a form. */
export function choose(field, name, scope = "") {
    return [
        {
            content: `Look for ${name} in ${field}`,
            trigger: `${scope} .o_field_widget[name=${field}] input`,
            run: `edit ${name}`,
        },
        {
            content: `Choose ${name}`,
            trigger: `.o-autocomplete--dropdown-menu .dropdown-item:contains("${name}")`,
            run: "click",
        },
        {
            content: `${field} is ${name}`,
            trigger: `${scope} .o_field_widget[name=${field}] input:value("${name}")`,
        },
    ];
}

/** Enter a date, in the format of the user's language, whether or not there is one already. */
export function enterDate(field, date, scope = "") {
    const widget = `${scope} .o_field_widget[name=${field}]`;
    return [
        {
            content: `Go to ${field}`,
            trigger: `${widget} .o_input`,
            run: "click",
        },
        {
            content: `Enter ${date}`,
            trigger: `${widget} input`,
            run: `edit ${date} && press Tab`,
        },
    ];
}

/** Wait until a field that is not being edited shows a text. */
export function expectField(field, text, scope = "") {
    return {
        content: `${field} shows ${text}`,
        trigger: `${scope} .o_field_widget[name=${field}]:contains("${text}")`,
    };
}

/** Wait until the form stands in a state of its status bar. */
export function expectState(state) {
    return {
        content: `The state is ${state}`,
        trigger: `.o_statusbar_status .o_arrow_button_current[data-value=${state}]`,
    };
}

/** Click a button of the form's header. */
export function clickButton(name, content) {
    return {
        content,
        trigger: `.o_statusbar_buttons button[name=${name}]:enabled`,
        run: "click",
    };
}
