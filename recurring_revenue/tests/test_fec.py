import csv
import io
from datetime import date

from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .test_contract import ContractCommon

JANUARY = date(2026, 1, 31)
FEBRUARY = date(2026, 2, 28)
# What the file must tell of each journal item (French book of tax procedures, article A47 A-1).
ALWAYS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "ValidDate",
)


@tagged("post_install", "-at_install")
class TestAccountingFile(ContractCommon):
    """The French accounting file (FEC) of closes: an accountant reads English, the books are French."""

    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("fr")
    def setUpClass(cls):
        super().setUpClass()
        if "l10n_fr.fec.export.wizard" not in cls.env:
            cls.skipTest(cls, "Needs the French accounting file of l10n_fr_account")
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.company.partner_id.lang = "fr_FR"
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})

    def _export(self):
        """Return the rows of the file that closes have posted, as dicts."""
        values = {"date_from": date(2026, 1, 1), "date_to": date(2026, 12, 31), "test_file": True}
        wizard = self.env["l10n_fr.fec.export.wizard"].with_company(self.company).create(values)
        content = wizard.generate_fec()["file_content"].decode()
        rows = list(csv.DictReader(io.StringIO(content), delimiter="|"))
        return [row for row in rows if row["JournalCode"] == self.company.recurring_revenue_journal_id.code]

    def test_f77_every_journal_item_tells_kind_month_contract_and_invoice(self):
        self.company.recurring_revenue_grouping = "line"
        deferred = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 365}])
        ended = self._create_contract(plan_id=self.yearly.id, items=[{"price_unit": 730}])
        arrears = self._create_plan(name="Arrears", billing_timing="arrears")
        accrued = self._create_contract(plan_id=arrears.id, items=[{"price_unit": 31}])
        invoices = self._bill(date(2026, 1, 1))
        ended._end(date(2026, 2, 10))
        runs = self._close(JANUARY) + self._close(FEBRUARY)
        rows = self._export()
        items = runs.move_ids.line_ids.filtered("balance")
        self.assertEqual(len(rows), len(items))
        for row in rows:
            self.assertEqual(len(row), 18)
            self.assertNotIn(None, row.values())
            self.assertFalse([name for name in ALWAYS if row[name] in ("", "-", "/")], row)
            self.assertRegex(row["PieceRef"], "janvier 2026|février 2026")
            self.assertRegex(row["EcritureLib"], "janvier 2026|février 2026")
            self.assertNotRegex(row["EcritureLib"], "at the end of|earned in")
        labels = {row["CompteNum"][:4]: row["EcritureLib"] for row in rows if not row["CompteNum"].startswith("7")}
        self.assertEqual(set(labels), {"4870", "4181", "4198"}, labels)
        self.assertEqual(len({label.split(",")[0] for label in labels.values()}), 3, labels)
        of_deferred = [row["EcritureLib"] for row in rows if deferred.name in row["EcritureLib"]]
        self.assertTrue(all(invoices[:1].name in label for label in of_deferred), of_deferred)
        self.assertTrue(any(accrued.name in row["EcritureLib"] for row in rows))
        self.assertTrue(any(ended.name in row["EcritureLib"] for row in rows))
