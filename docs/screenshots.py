#!/usr/bin/env python3
"""Take the pictures of the documentation from a running demo.

    ./dev demo                                       # in one terminal
    .dev/venv/bin/python docs/screenshots.py         # in another one

Needs Odoo's own Python requirements (websocket-client, Pillow) and Chromium. The records are found
by what they are, not by number, so the pictures can be taken from any book. The language of the user
is changed for the pictures in another language and put back.
"""

import argparse
import base64
import contextlib
import http.cookiejar
import io
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NamedTuple

import websocket
from PIL import Image

HERE = Path(__file__).resolve().parent
SIZE = (1280, 800)
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
]

# Resolves once what was asked for is on the page, nothing loads, and the page has come to rest.
RENDERED = """
new Promise((resolve) => {
    const ready = () =>
        document.readyState === "complete" &&
        document.querySelector(%(selector)s) &&
        !document.querySelector(".o_loading_indicator, .o_blockUI, .o_view_sample_data") &&
        [...document.images].every((image) => image.complete);
    const end = Date.now() + 20000;
    let quiet = 0;
    const observer = new MutationObserver(() => { quiet = 0; });
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    const timer = setInterval(() => {
        quiet = ready() ? quiet + 1 : 0;
        if (quiet < 8 && Date.now() < end) {
            return;
        }
        clearInterval(timer);
        observer.disconnect();
        document.fonts.ready.then(() => resolve(quiet >= 8));
    }, 100);
})
"""


class Page(NamedTuple):
    """A picture to take.

    :param name: the file's name without extension
    :param model: the model that is shown
    :param action: the external id of the action, or None to show the record alone
    :param domain: which record's form to open (the first found); None shows the action's own view
    :param order: the order in which the record is looked for
    :param click: selectors to click one after the other before the picture
    :param fill: fields or cells of a list, each with the text to enter; nothing is saved
    :param scroll: what to scroll to
    :param selector: what must be on the page
    :param lang: the user's language meanwhile
    """

    name: str
    model: str
    action: str | None = None
    domain: list | None = None
    order: str = "id"
    click: tuple = ()
    fill: tuple = ()
    scroll: str | None = None
    selector: str = ".o_action_manager .o_view_controller"
    lang: str = "en_US"


FROM_AN_ORDER = [("state", "=", "active"), ("order_ids", "!=", False), ("item_ids.charge_type", "=", "one_time")]
PAGES = [
    Page("contracts", "recurring.contract", "recurring_contracts.recurring_contract_action"),
    Page(
        "contract",
        "recurring.contract",
        "recurring_contracts.recurring_contract_action",
        domain=FROM_AN_ORDER,
    ),
    Page(
        "amend",
        "recurring.contract",
        "recurring_contracts.recurring_contract_action",
        domain=FROM_AN_ORDER,
        click=(".o_statusbar_buttons button[name=action_amend]",),
        selector=".modal .o_form_view",
        fill=(
            (".modal .o_field_widget[name=reason]", "Two more seats"),
            (".modal .o_data_row td[name=quantity]", "8"),
        ),
    ),
    Page("renewals", "recurring.contract", "recurring_contracts.recurring_contract_action_renewals"),
    Page(
        "plan",
        "recurring.plan",
        "recurring_contracts.recurring_plan_action",
        domain=[("item_ids.role", "=", "renewal_fee")],
        scroll=".o_field_widget[name=preview_renewal]",
    ),
    Page(
        "quotation",
        "sale.order",
        "sale.action_quotations_with_onboarding",
        domain=[
            ("recurring_plan_id", "!=", False),
            ("state", "!=", "cancel"),
            ("recurring_renewed_contract_ids", "=", False),
            ("order_line.recurring_charge_type", "=", "usage"),
        ],
        order="state, id desc",
        scroll=".o_field_widget[name=recurring_mrr]",
    ),
    Page(
        "bill_run",
        "recurring.bill.run",
        "recurring_billing.recurring_bill_run_action",
        domain=[("state", "=", "previewed")],
        order="date_through desc, id",
    ),
    Page(
        "invoice",
        "account.move",
        "account.action_move_out_invoice",
        domain=[
            ("recurring_run_id", "!=", False),
            ("move_type", "=", "out_invoice"),
            ("invoice_origin", "like", ", "),
            ("invoice_line_ids.name", "like", " days ("),
        ],
    ),
    Page(
        "revenue_run",
        "recurring.revenue.run",
        "recurring_revenue.recurring_revenue_run_action",
        domain=[("state", "=", "done")],
        order="date_end desc, id",
    ),
    Page("rollforward", "recurring.revenue.rollforward", "recurring_revenue.recurring_revenue_rollforward_action"),
    Page(
        "rollforward_fr",
        "recurring.revenue.rollforward",
        "recurring_revenue.recurring_revenue_rollforward_action",
        lang="fr_FR",
    ),
]


class Odoo:
    """A session of a running Odoo over HTTP."""

    def __init__(self, url, login, password):
        self.url = url.rstrip("/")
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self._log_in(login, password)

    def _log_in(self, login, password):
        page = self._open("/web/login").decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if not token:
            raise SystemExit(f"{self.url} shows no login page: serve one database only (./dev demo does).")
        form = {"csrf_token": token[1], "login": login, "password": password}
        self._open("/web/login", urllib.parse.urlencode(form).encode())
        try:
            self.uid = self.rpc("/web/session/get_session_info", {})["uid"]
        except RuntimeError:
            raise SystemExit(f"{self.url} refused the login {login}.") from None

    def _open(self, path, data=None, headers=None):
        request = urllib.request.Request(self.url + path, data=data, headers=headers or {})
        try:
            with self.opener.open(request, timeout=120) as response:
                return response.read()
        except urllib.error.URLError as error:
            raise SystemExit(f"No Odoo answers at {self.url}: {error.reason}. Start it with ./dev demo.") from None

    def rpc(self, path, params):
        """Call a JSON-RPC route and return its result."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        answer = json.loads(self._open(path, body, {"Content-Type": "application/json"}))
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model."""
        return self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def find(self, model, domain, order):
        """Return the id of the first record of a domain, or None."""
        found = self.call(model, "search", domain, limit=1, order=order)
        return found[0] if found else None

    @contextlib.contextmanager
    def language(self, lang):
        """Let the user work in a language for a while."""
        before = self.call("res.users", "read", [self.uid], ["lang"])[0]["lang"]
        if before != lang:
            self.call("res.users", "write", [self.uid], {"lang": lang})
        try:
            yield
        finally:
            if before != lang:
                self.call("res.users", "write", [self.uid], {"lang": before})


class Browser:
    """A headless Chromium driven over its DevTools protocol."""

    def __init__(self, executable):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [executable, *SWITCHES, f"--user-data-dir={self.profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.numbers = itertools.count(1)
        self.errors = []
        self.socket = websocket.create_connection(self._address(), timeout=120)
        self.send("Page.enable")
        self.send("Runtime.enable")
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        width, height = SIZE
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def _address(self):
        """Return the address of the first tab, once Chromium has opened its port."""
        port_file = Path(self.profile.name, "DevToolsActivePort")
        for _tenth in range(300):
            if port_file.exists() and port_file.read_text().strip():
                port = port_file.read_text().split()[0]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=30) as answer:
                    tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
                if tabs:
                    return tabs[0]["webSocketDebuggerUrl"]
            if self.process.poll() is not None:
                raise SystemExit("Chromium does not start. Name another one with --browser.")
            time.sleep(0.1)
        raise SystemExit("Chromium opened no page within 30 seconds.")

    def send(self, method, **params):
        """Send a command and return its result; note the errors of the page's console meanwhile."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "Runtime.exceptionThrown":
                self.errors.append(message["params"]["exceptionDetails"].get("text", "exception"))
            if message.get("method") == "Runtime.consoleAPICalled" and message["params"]["type"] == "error":
                parts = [str(arg.get("value", arg.get("description", ""))) for arg in message["params"]["args"]]
                self.errors.append(" ".join(parts))
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]

    def evaluate(self, expression):
        """Run JavaScript in the page, wait for its promise and return the value."""
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["text"])
        return result["result"].get("value")

    def open(self, url, selector):
        """Go to a page and wait until it is rendered."""
        self.send("Page.navigate", url=url)
        self.wait(selector)

    def wait(self, selector):
        """Wait until an element is there and the page has come to rest."""
        for _attempt in range(2):
            # The page may be left for the next one meanwhile, and the question with it.
            with contextlib.suppress(RuntimeError):
                if self.evaluate(RENDERED % {"selector": json.dumps(selector)}):
                    return
        self.errors.append(f"{selector} did not come to rest")

    def click(self, selector, then):
        """Click an element that is there and wait for what follows."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        self.wait(then)

    def fill(self, selector, text):
        """Enter a text into a field, or into the first such cell of a list."""
        entry = f"{selector} input"
        if not self.evaluate(f"!!document.querySelector({json.dumps(entry)})"):
            self.click(selector, entry)
        self.evaluate(f"document.querySelector({json.dumps(entry)}).select()")
        self.send("Input.insertText", text=text)
        for event in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=event, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        self.wait(selector)

    def scroll(self, selector):
        """Bring an element into view, at the bottom of the page."""
        self.evaluate(f"document.querySelector({json.dumps(selector)})?.scrollIntoView({{block: 'end'}})")
        self.wait(selector)

    def picture(self, path):
        """Write what is shown as a PNG of 256 colours, a third of the size of a full one."""
        data = base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])
        image = Image.open(io.BytesIO(data)).convert("RGB")
        image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)

    def close(self):
        """End the browser and remove its profile."""
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=30)
        self.profile.cleanup()


def address(odoo, page):
    """Return the address of a page, or None where the book has no such record."""
    parts = ["odoo"]
    if page.action:
        parts.append(f"action-{page.action}")
    if page.domain is not None:
        record = odoo.find(page.model, page.domain, page.order)
        if not record:
            return None
        parts += [] if page.action else [page.model]
        parts.append(str(record))
    return f"{odoo.url}/{'/'.join(parts)}"


def take(odoo, browser, page, folder):
    """Take one picture; return what to say about it."""
    with odoo.language(page.lang):
        url = address(odoo, page)
        if not url:
            return "left out: the book has no such record"
        browser.errors.clear()
        stops = [*page.click, page.selector]
        browser.open(url, stops[0])
        for clicked, then in itertools.pairwise(stops):
            browser.click(clicked, then)
        for field, text in page.fill:
            browser.fill(field, text)
        if page.scroll:
            browser.scroll(page.scroll)
        path = folder / f"{page.name}.png"
        browser.picture(path)
    errors = "".join(f"\n    console: {error}" for error in browser.errors)
    return f"{path.stat().st_size // 1024} KB{errors}"


def find_browser():
    """Return the browser of ./dev, or the machine's own."""
    own = HERE.parent / ".dev" / "bin" / "chromium"
    return str(own) if own.exists() else next(filter(None, map(shutil.which, BROWSERS)), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="http://localhost:8069", help="of the running demo (default: %(default)s)")
    parser.add_argument("--login", default="admin")
    parser.add_argument("--password", default="admin")
    parser.add_argument("--folder", type=Path, default=HERE / "pictures", help="where the pictures go")
    parser.add_argument("--browser", default=find_browser(), help="the program (default: %(default)s)")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"of {', '.join(page.name for page in PAGES)}")
    options = parser.parse_args()
    unknown = set(options.pages) - {page.name for page in PAGES}
    if unknown:
        parser.error(f"no such page: {', '.join(sorted(unknown))}")
    if not options.browser:
        parser.error("no Chromium found: name one with --browser")
    options.folder.mkdir(parents=True, exist_ok=True)
    odoo = Odoo(options.url, options.login, options.password)
    browser = Browser(options.browser)
    failed = False
    try:
        host = urllib.parse.urlsplit(odoo.url).hostname
        for cookie in odoo.cookies:
            browser.send("Network.setCookie", name=cookie.name, value=cookie.value, domain=host, path="/")
        for page in PAGES:
            if not options.pages or page.name in options.pages:
                told = take(odoo, browser, page, options.folder)
                failed |= "console:" in told or "left out" in told
                print(f"{page.name}: {told}", flush=True)
    finally:
        browser.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
