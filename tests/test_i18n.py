"""Every term of the addons is translated, and the translations fit their terms."""

import ast
import io
import re
from pathlib import Path

import polib
from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

ROOT = Path(__file__).parent.parent
MANIFESTS = {
    path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8")) for path in ROOT.glob("*/__manifest__.py")
}
BRIDGES = {addon for addon, manifest in MANIFESTS.items() if manifest.get("auto_install")}
LANGUAGES = ["fr"]
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0-9.]*[a-z]|%[-+ #0-9.]*[sdfrx%](?!\w)|\{\{.*?\}\}|\{\w*\}")


def markup(text):
    """Return the tags and expressions in a term, None if it is no well-formed markup."""
    try:
        root = etree.fromstring(f"<term>{text}</term>")
    except etree.XMLSyntaxError:
        return None
    return sorted((node.tag, node.get("t-out", ""), node.get("t-field", "")) for node in root.iter(etree.Element))


@tagged("standard", "post_install", "-at_install")
class TestTranslations(TransactionCase):
    def exported(self, addon):
        """Return the terms of an addon as Odoo exports them now."""
        buffer = io.BytesIO()
        trans_export(None, [addon], buffer, "po", self.env)
        return polib.pofile(buffer.getvalue().decode())

    def addons(self):
        """Return the addons whose terms are compared here.

        Beside the apps that bridges join it is the bridges, for those apps add terms of theirs to the others' models.
        """
        domain = [("name", "in", list(MANIFESTS)), ("state", "=", "installed")]
        installed = set(self.env["ir.module.module"].search(domain).mapped("name"))
        return sorted(BRIDGES if BRIDGES and BRIDGES <= installed else installed - BRIDGES)

    def translations(self):
        """Yield each addon with each of its translation files."""
        for addon in self.addons():
            for language in LANGUAGES:
                yield addon, ROOT / addon / "i18n" / f"{language}.po"

    def test_every_term_is_translated(self):
        for addon, path in self.translations():
            with self.subTest(path=path.relative_to(ROOT)):
                wanted = {term.msgid for term in self.exported(addon)}
                self.assertTrue(wanted)
                known = {entry.msgid for entry in polib.pofile(str(path)) if entry.translated()}
                self.assertEqual(sorted(wanted - known), [], "run ./dev i18n, then translate these in the .po file")

    def test_no_term_is_left_over(self):
        for addon, path in self.translations():
            with self.subTest(path=path.relative_to(ROOT)):
                known = {entry.msgid for entry in polib.pofile(str(path))}
                self.assertEqual(sorted(known - {term.msgid for term in self.exported(addon)}), [], "run ./dev i18n")

    def test_terms_in_the_repository_are_current(self):
        for addon in self.addons():
            with self.subTest(addon=addon):
                kept = {term.msgid for term in polib.pofile(str(ROOT / addon / "i18n" / f"{addon}.pot"))}
                self.assertEqual(kept, {term.msgid for term in self.exported(addon)}, "run ./dev i18n")

    def test_placeholders_and_markup_agree(self):
        for _addon, path in self.translations():
            for entry in polib.pofile(str(path)):
                if entry.translated():
                    with self.subTest(path=path.relative_to(ROOT), term=entry.msgid):
                        found = (sorted(PLACEHOLDER.findall(text)) for text in (entry.msgid, entry.msgstr))
                        self.assertEqual(*found)
                        self.assertEqual(markup(entry.msgid), markup(entry.msgstr))
