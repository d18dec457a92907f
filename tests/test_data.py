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
from data.expected import expected_totals
from data.figures import billed_by_currency, contracts_on, figures, month_end
from data.loader import full_ref, import_book
from data.mapping import evaluate

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

    def run_months(self, book, months):
        """Run months of a book; its sums must agree with its files and with the ledger."""
        end = OPENING
        companies = [self.env.ref(full_ref(company.ref)) for company in book.companies]
        for company in companies:
            company = company.with_context(allowed_company_ids=company.ids)
            for number in range(months):
                end = month_end(OPENING, number)
                for day in steps.billing_days(end):
                    steps.confirm_orders(company, day)
                    run = steps.start_billing(company, day)
                    while run._work(commit=False):
                        pass
                    self.assertNotIn("failed", run.customer_ids.mapped("state"))
                steps.close_month(company, end)
                self.env.flush_all()
                row = figures(self.env.cr, (company.id, company.name, ""), end.replace(day=1), end)
                self.assertTrue(row.billed and row.recognised and row.deferred, row)
                self.assertEqual(row.difference, 0, row)
        for spec, company in zip(book.companies, companies, strict=True):
            expected = expected_totals(book, spec, end, lambda ref: Decimal(str(self.env.ref(ref).rounding)))
            self.assertEqual(billed_by_currency(self.env.cr, company.id, OPENING, end), expected)
