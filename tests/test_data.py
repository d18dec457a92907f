import csv
import shutil
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from odoo.tests import BaseCase, TransactionCase, tagged

from data import steps
from data.book import HERE, Book
from data.csvfile import BookError
from data.diary import Amendment, Diary
from data.expected import expected_totals
from data.figures import billed_by_currency, contracts_on, figures, month_end
from data.loader import import_book
from data.mapping import evaluate
from data.open_work import OpenWork
from data.refs import full_ref
from data.terms import Deal, Sold, Terms

OPENING = date(2026, 1, 1)
FIXTURE = Path(__file__).parent / "fixtures" / "telco_like"
TEMPLATES = {
    "customers.csv": "res.partner",
    "products.csv": "product.template",
    "plans.csv": "recurring.plan",
    "contracts.csv": "recurring.contract",
}


@tagged("standard", "post_install", "-at_install")
class TestMapping(BaseCase):
    def test_rules(self):
        row = {"start": "2024-11-30", "term": "12", "status": "gone", "price": "1.10", "left": "", "end": "2026-02-01"}
        last_day = {"from": "start", "months": "term", "on_or_after": "2026-01-01"}
        table = [
            ("{status}-{term}", "gone-12"),
            ({"map": ["status", "term"], "values": {"gone,12": "x"}}, "x"),
            ({"map": ["status"], "values": {}, "else": "y"}, "y"),
            ({"multiply": ["price", "term"]}, "13.20"),
            ({"when": {"column": "status", "equals": "gone"}, "then": "a", "else": "b"}, "a"),
            ({"when": {"column": "start", "on_or_before": "2024-11-29"}, "then": "a", "else": "b"}, "b"),
            ({"last_day": last_day}, "2026-11-29"),
            ({"last_day": last_day | {"not_after": "end"}}, "2026-02-01"),
            ({"last_day": last_day | {"not_after": "left"}}, "2026-11-29"),
        ]
        for rule, result in table:
            with self.subTest(rule=rule):
                self.assertEqual(evaluate(rule, row), result)

    def test_rules_refuse_in_plain_words(self):
        row = {"price": "1,10", "start": "31.01.2024", "term": "12"}
        last_day = {"from": "start", "months": "term", "on_or_after": "2026-01-01"}
        table = [
            ("{nothing}", "there is no column 'nothing'"),
            ({"multiply": ["price"]}, "price '1,10' is not a number"),
            ({"map": ["term"], "values": {}}, "term '12' is not in the mapping"),
            ({"last_day": last_day}, "start '31.01.2024' is not a date (YYYY-MM-DD)"),
            ({"guess": 1}, "the mapping has no rule called 'guess'"),
        ]
        for rule, message in table:
            with self.subTest(rule=rule), self.assertRaises(ValueError) as caught:
                evaluate(rule, row)
            self.assertEqual(str(caught.exception), message)


@tagged("standard", "post_install", "-at_install")
class TestTerms(BaseCase):
    """The referee's own reckoning of what holds on a day."""

    def sold(self):
        terms = Terms(Decimal(8), Decimal("18.00"), Decimal(0))
        start = date(2026, 1, 1)
        plan = {"billing_unit": "month", "billing_count": "1"}
        return Sold("x", "base.USD", False, terms, start, date.max, None, plan, 0, start)

    def test_quantities_are_carried_and_prices_hold(self):
        sold = self.sold()
        sold.change(date(2026, 3, 1), "quantity", Decimal(10))
        sold.change(date(2026, 3, 1), "price_unit", Decimal(20))
        # Entered later, for earlier: one more from here on, and another price until March.
        sold.change(date(2026, 2, 1), "quantity", Decimal(9))
        sold.change(date(2026, 2, 1), "price_unit", Decimal(15))
        january, february, march = (sold.terms_on(date(2026, month, 1)) for month in (1, 2, 3))
        self.assertEqual((january.quantity, january.price_unit), (8, 18))
        self.assertEqual((february.quantity, february.price_unit), (9, 15))
        self.assertEqual((march.quantity, march.price_unit), (11, 20))

    def test_free_periods_and_instalments(self):
        sold = self.sold()
        sold.give_free(2)
        self.assertEqual([sold.terms_on(date(2026, month, 1)).discount for month in (1, 2, 3)], [100, 100, 0])
        sold = self.sold()
        sold.pay_in_instalments(7, Decimal("0.01"))
        parts = [sold.terms_on(date(2026, month, 1)).whole(Decimal("0.01")) for month in range(1, 8)]
        self.assertEqual((sum(parts), {abs(part - parts[0]) <= Decimal("0.01") for part in parts}), (144, {True}))
        self.assertEqual(sold.end, date(2026, 7, 31))

    def test_swap_and_transfer_go_on_the_day_after(self):
        for action, price in (("swap", 25), ("transfer", 18)):
            sold = self.sold()
            deal = Deal({}, sold.plan, sold.start, sold.end, [sold])
            terms = {"price_unit": Decimal(25)} if action == "swap" else {}
            day = date(2026, 2, 10)
            item = "x" if action == "swap" else ""
            deal.amend(Amendment("a", "c", day, action, day, item, "", terms, "agreed"), False)
            with self.subTest(action):
                successor = deal.items[1]
                self.assertEqual((sold.end, successor.start, successor.anchor), (date(2026, 2, 9), day, sold.anchor))
                self.assertEqual(successor.terms_on(day).price_unit, price)

    def test_what_changes_nothing_is_no_change(self):
        sold = self.sold()
        sold.change(date(2026, 3, 1), "quantity", Decimal(8))
        sold.change(date(2026, 3, 1), "suspended", False)
        self.assertFalse(sold.changes)
        sold.change(date(2026, 3, 1), "suspended", True)
        self.assertTrue(sold.terms_on(date(2026, 3, 1)).suspended)
        self.assertFalse(sold.terms_on(date(2026, 2, 28)).suspended)


@tagged("standard", "post_install", "-at_install")
class TestData(TransactionCase):
    def setUp(self):
        super().setUp()
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def refuse(self, folder):
        """Import a book that must be refused; return its problems as text."""
        counts = self.count()
        with self.assertRaises(BookError) as caught:
            import_book(self.env, Book(folder))
        self.env.invalidate_all()
        self.assertEqual(self.count(), counts, "nothing of a refused book stays")
        return [str(problem) for problem in caught.exception.problems]

    def count(self):
        models = ("res.partner", "product.template", "recurring.plan", "recurring.contract", "ir.model.data")
        return [self.env[model].with_context(active_test=False).search_count([]) for model in models]

    def edit(self, name, old, new):
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        self.assertIn(old, text)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def contract(self, ref):
        return self.env.ref(full_ref(ref))

    # === TEMPLATES === #

    def test_templates_load_as_they_stand(self):
        for name, model in TEMPLATES.items():
            with (HERE / "templates" / name).open(encoding="utf-8", newline="") as stream:
                columns, *rows = csv.reader(stream)
            result = self.env[model].load(columns, rows)
            self.assertFalse(result["messages"], name)
            self.assertEqual(len(result["ids"]), sum(bool(row[0]) for row in rows), name)
        contract = self.contract("contract_5001")
        self.assertEqual(contract.name, "5001")
        self.assertEqual(contract.date_end, date(2026, 8, 31))
        self.assertEqual(contract.item_ids.mapped("billing_unit"), ["year", "year"])

    def test_templates_on_the_import_screen(self):
        options = {
            "encoding": "utf-8",
            "separator": ",",
            "quoting": '"',
            "has_headers": True,
            "date_format": "%Y-%m-%d",
            "float_thousand_separator": ",",
            "float_decimal_separator": ".",
        }
        for name, model in TEMPLATES.items():
            screen = self.env["base_import.import"].create(
                {
                    "res_model": model,
                    "file": (HERE / "templates" / name).read_bytes(),
                    "file_name": name,
                    "file_type": "text/csv",
                }
            )
            preview = screen.parse_preview(options)
            self.assertNotIn("error", preview, name)
            headers = preview["headers"]
            self.assertEqual(sorted(preview["matches"]), list(range(len(headers))), "every column is found")
            paths = ["/".join(preview["matches"][index]) for index in range(len(headers))]
            self.assertEqual(paths, headers, name)
            result = screen.execute_import(paths, headers, preview["options"])
            self.assertFalse(result["messages"], name)
            self.assertTrue(result["ids"], name)

    def test_templates_are_a_book(self):
        summary = import_book(self.env, Book(HERE / "templates"))
        self.assertEqual(summary.created["recurring.contract"], 3)
        company = self.env.ref("base.main_company")
        self.assertEqual(contracts_on(self.env.cr, company.id, OPENING)[0], 2)
        self.assertEqual(contracts_on(self.env.cr, company.id, date(2026, 2, 1))[0], 3)

    # === PROBLEMS === #

    def test_broken_file_is_refused_line_by_line(self):
        shutil.copytree(HERE / "templates", self.folder, dirs_exist_ok=True)
        self.edit("customers.csv", "base.us,office", "base.utopia,office")
        self.edit("plans.csv", "3,month,arrears", "3,month,whenever")
        self.edit("contracts.csv", "12,216.00", "twelve,216.00")
        problems = self.refuse(self.folder)
        self.assertEqual(len(problems), 3, problems)
        for problem, place, word in zip(
            problems,
            ("contracts.csv, line 3: ", "customers.csv, line 3: ", "plans.csv, line 3: "),
            ("twelve", "base.utopia", "whenever"),
            strict=True,
        ):
            self.assertTrue(problem.startswith(place), problem)
            self.assertIn(word, problem)

    def test_refused_contract_that_cannot_start(self):
        shutil.copytree(HERE / "templates", self.folder, dirs_exist_ok=True)
        with (self.folder / "contracts.csv").open("a", encoding="utf-8") as stream:
            stream.write("contract_5004,5004,customer_1001,plan_monthly,,2026-01-01,,,,,,,,\n")
        (problem,) = self.refuse(self.folder)
        self.assertTrue(problem.startswith("contracts.csv, line 7: "), problem)

    def test_rows_that_cannot_be_read(self):
        shutil.copytree(HERE / "templates", self.folder, dirs_exist_ok=True)
        with (self.folder / "customers.csv").open("a", encoding="utf-8") as stream:
            stream.write("customer_1002,Twice,True,,,,,,,,\n,No id,True,,,,,,,,\ntoo,short\n")
        problems = self.refuse(self.folder)
        self.assertEqual(
            problems[:3],
            [
                "customers.csv, line 4: the id 'customer_1002' is used on line 3 already",
                "customers.csv, line 6: 2 cells where the header has 11",
            ],
        )

    def test_diary_is_checked_with_the_book(self):
        shutil.copytree(HERE / "templates", self.folder, dirs_exist_ok=True)
        rows = [
            "id,contract_id/id,entered,action,effective,item_id/id,product_id,quantity,price_unit,discount,reason",
            "a1,contract_5001,2026-02-01,end,2026-02-28,,,,,,Left",
            "a1,contract_5001,2026-02-01,undo,,,,,,,Twice",
            "a2,contract_9999,2026-02-01,end,2026-02-28,,,,,,Nobody",
            "a3,contract_5001,2026-02-01,stop,2026-02-28,,,,,,Unknown",
            "a4,contract_5001,2026-02-01,add,2026-02-28,,NOTHING,1,5,,Unknown product",
            "a5,contract_5001,2026-02-01,change,2026-02-28,,,2,,,Of which item",
            "a6,contract_5001,soon,suspend,2026-02-28,,,,,,No day",
            "a7,contract_5001,2026-02-01,change,2026-02-28,contract_5001_1,,,,,To what",
            "a8,contract_5001,2026-02-01,resume,2026-02-28,contract_5001_1,,,,,One item",
        ]
        (self.folder / "amendments.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        (self.folder / "renewals.csv").write_text(
            "contract_id/id,day,decision\ncontract_5001,2026-02-01,perhaps\n", encoding="utf-8"
        )
        (self.folder / "alignments.csv").write_text(
            "id,contract_ids/id,entered,date_end,percent\nl1,contract_5001,2026-02-01,2027-01-31,3\n", encoding="utf-8"
        )
        (self.folder / "usage.csv").write_text(
            "id,entered,item_id/id,date,quantity,source\nu1,2026-02-01,nothing,2026-01-31,5,Meter\n", encoding="utf-8"
        )
        (self.folder / "progress.csv").write_text(
            "id,entered,item_id/id,percent,milestone,note\np1,2026-02-01,contract_5001_1,50,Done,\n", encoding="utf-8"
        )
        actions = "change, add, swap, end, extend, payer, transfer, suspend, resume, undo"
        self.assertEqual(
            self.refuse(self.folder),
            [
                "alignments.csv, line 2: name at least two contracts, with a comma between them",
                "amendments.csv, line 3: the id 'a1' is used already",
                "amendments.csv, line 4: there is no contract 'contract_9999' in contracts.csv",
                f"amendments.csv, line 5: action 'stop' is none of {actions}",
                "amendments.csv, line 6: there is no product 'NOTHING' in products.csv",
                "amendments.csv, line 7: change needs item_id/id",
                "amendments.csv, line 8: entered 'soon' is not a date (YYYY-MM-DD)",
                "amendments.csv, line 9: change needs one of quantity, price_unit, discount",
                "amendments.csv, line 10: resume is not for one item: leave item_id/id empty",
                "progress.csv, line 2: progress is either a percentage or a milestone",
                "renewals.csv, line 2: decision 'perhaps' is none of signed, refused",
                "usage.csv, line 2: there is no item or order line 'nothing' in contracts.csv and orders.csv",
            ],
        )

    def test_unknown_column_and_file(self):
        (self.folder / "customers.csv").write_text("id,nmae\nx,X\n", encoding="utf-8")
        self.assertEqual(self.refuse(self.folder), ["customers.csv, line 1: Contact has no column 'nmae'"])
        (self.folder / "clients.csv").write_text("id,name\nx,X\n", encoding="utf-8")
        (problem,) = self.refuse(self.folder)
        self.assertTrue(problem.startswith("clients.csv: unknown file"), problem)

    def test_mapping_reports_the_source_line(self):
        shutil.copytree(FIXTURE, self.folder, dirs_exist_ok=True)
        self.edit("contracts.csv", "2024-11-01,,12,3", "2024-11-01,,12,5")
        self.edit("lines.csv", "1,20.15", "1,free")
        self.edit("lines.csv", "A-06,LINE", "A-07,LINE")
        self.assertEqual(
            self.refuse(self.folder),
            [
                "contracts.csv, line 3: term_months and billing_months '12,5' is not in the mapping",
                "contracts.csv, line 7: this contract has no line in lines.csv",
                "lines.csv, line 7: monthly_price 'free' is not a number",
                "lines.csv, line 10: no contract 'A-07' in contracts.csv",
            ],
        )

    # === BOOKS === #

    def test_mapped_book_and_two_months(self):
        book = Book(FIXTURE)
        self.assertEqual(book.opening, OPENING)
        import_book(self.env, book)
        company = self.env.ref("base.main_company")
        contracts, mrr = contracts_on(self.env.cr, company.id, OPENING)
        self.assertEqual((contracts, mrr), (5, Decimal("201.02")))
        self.assertEqual(self.contract("telco_contract_A-05").date_end, date(2027, 12, 31))
        self.run_months(book, 2)

    def test_import_twice_changes_nothing(self):
        import_book(self.env, Book(FIXTURE))
        counts = self.count()
        summary = import_book(self.env, Book(FIXTURE))
        self.assertEqual(self.count(), counts)
        self.assertEqual(summary.kept, {"recurring.contract": 6})

    def test_sample_and_two_months(self):
        book = Book(HERE / "sample")
        import_book(self.env, book)
        self.run_months(book, 2)
        orders = self.env["sale.order"].search([("recurring_contract_id", "!=", False)])
        self.assertTrue(orders & self.contract("sample_order_001"))
        self.assertEqual(self.contract("sample_order_001").recurring_contract_id.state, "active")
        self.check_amendments()
        self.check_renewal()
        order = self.contract("sample_order_013")
        self.assertEqual((order.state, order.recurring_approval_state), ("sale", "approved"))
        self.check_alignment()
        self.check_usage()
        self.check_open_work(book, date(2026, 2, 28))

    def check_amendments(self):
        """What the diary says of two months was entered once; what is back-dated was credited."""
        entered = self.env["recurring.amendment"].search([("kind", "not in", ("new", "renewal"))])
        self.assertEqual(len(entered), 6)
        undone, undo = self.contract("sample_amendment_002"), self.contract("sample_amendment_005")
        self.assertEqual(undone.undone_by_id, undo)
        self.assertEqual(self.contract("sample_item_055_1").segment_ids.mapped("quantity"), [4.0])
        credits = self.contract("sample_item_003_1").charge_ids.filtered("corrected_charge_id")
        self.assertEqual(sum(credits.mapped("amount")), -2 * 29.9)

    def check_alignment(self):
        """Three contracts have become one with a common end, which the salesperson agreed with the customer."""
        contracts = [self.contract(f"sample_contract_{number}") for number in ("073", "074", "075")]
        new = contracts[0].renewed_into_id
        self.assertEqual([contract.renewed_into_id for contract in contracts], [new] * 3)
        self.assertEqual(new.date_end, date(2027, 3, 31))
        self.assertEqual(new.create_uid, self.contract("sample_user_sales"))

    def check_usage(self):
        """What was used above what is included is charged once the month is over."""
        charges = self.contract("sample_item_078_2").charge_ids
        used = self.env["recurring.usage"].search([("item_id", "=", self.contract("sample_item_078_2").id)])
        january = sum(used.filtered(lambda usage: usage.date < date(2026, 2, 10)).mapped("quantity"))
        self.assertEqual(sum(charges.mapped("amount")), max(january - 6, 0) * 85)

    def check_renewal(self):
        """A signed quotation made the next contract, at the price that the company's rule gives."""
        old = self.contract("sample_fr_contract_016")
        new = old.renewed_into_id
        self.assertEqual((new.date_start, new.date_end), (date(2026, 2, 10), date(2027, 2, 9)))
        self.assertEqual(new.item_ids.price_unit, 1009.8)
        self.assertEqual(new.order_ids.date_order.date(), date(2026, 1, 25))
        self.assertEqual(sum(new.charge_ids.mapped("amount")), 3029.4)
        self.assertFalse(self.contract("sample_contract_067").renewal_order_ids)

    def user(self, book, job):
        return self.contract(book.users[job]) if job in book.users else self.env["res.users"]

    def check_open_work(self, book, end):
        """The day after the last month something waits on each desk."""
        users = {job: self.user(book, job) for job in book.users}
        runs = []
        for spec in book.companies:
            company = self.env.ref(full_ref(spec.ref))
            OpenWork(company, spec.open_work, users, end).leave()
            runs += self.env["recurring.bill.run"].search([("company_id", "=", company.id)], limit=1)
            close = self.env["recurring.revenue.run"].search([("company_id", "=", company.id)], limit=1)
            self.assertEqual((close.state, close.prepared_by_id), ("draft", users["accounting"]))
        self.assertEqual([run.state for run in runs], ["previewed", "attention"])
        self.assertTrue(runs[0].held_count)
        self.assertEqual(runs[1].failed_count, 1)
        self.assertEqual(self.env["recurring.statement"].search([]).mapped("user_id"), users["billing"])
        self.assertEqual(self.env["recurring.revenue.schedule"].search_count([("on_hold", "=", True)]), 2)
        added = self.env["sale.order"].search([("recurring_added_contract_id", "!=", False)])
        self.assertEqual((added.state, added.user_id), ("draft", users["sales"]))

    def run_months(self, book, months):
        """Run months of a book; its sums must agree with its files and with the ledger."""
        end = OPENING
        companies = [self.env.ref(full_ref(company.ref)) for company in book.companies]
        for spec, company in zip(book.companies, companies, strict=True):
            company = company.with_context(allowed_company_ids=company.ids)
            diary = Diary.of(book, spec)
            clerk, accountant = (self.user(book, job) for job in ("billing", "accounting"))
            for number in range(months):
                end = month_end(OPENING, number)
                for day in steps.billing_days(end):
                    # A call that was cut short is repeated: the second time finds nothing to do.
                    for _time in range(2):
                        steps.agree(company, diary, day)
                    run = steps.start_billing(company, day, clerk)
                    while run._work(commit=False):
                        pass
                    self.assertNotIn("failed", run.customer_ids.mapped("state"))
                steps.report_progress(company, diary.progress, end, accountant)
                steps.close_month(company, end, accountant)
                self.env.flush_all()
                row = figures(self.env.cr, (company.id, company.name, ""), end.replace(day=1), end)
                self.assertTrue(row.billed and row.recognised and row.deferred, row)
                self.assertEqual(row.difference, 0, row)
        for spec, company in zip(book.companies, companies, strict=True):
            expected = expected_totals(book, spec, end, lambda ref: Decimal(str(self.env.ref(ref).rounding)))
            self.assertEqual(billed_by_currency(self.env.cr, company.id, OPENING, end), expected)
