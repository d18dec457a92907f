"""Merge exported terms into translation files; runs in Odoo's Python environment, where polib is."""

import sys
from pathlib import Path

import polib

LANGUAGES = ["fr"]


def merge(addon):
    """Bring the .po files of an addon up to date with its .pot and return a line for each missing translation."""
    folder = addon / "i18n"
    exported = folder / f"{addon.name}.pot"
    terms = polib.pofile(str(exported), wrapwidth=78)
    for date in ("POT-Creation-Date", "PO-Revision-Date"):
        terms.metadata.pop(date, None)
    terms.save(str(exported))
    missing = []
    for language in sorted({*LANGUAGES, *(path.stem for path in folder.glob("*.po"))}):
        missing += _update(folder / f"{language}.po", polib.pofile(str(exported), wrapwidth=78))
    return missing


def _update(path, terms):
    """Give the terms the translations that a file has, write them to it, and return a line for each missing one."""
    known = polib.pofile(str(path)) if path.exists() else polib.POFile()
    translations = {(entry.msgctxt, entry.msgid): entry for entry in known if not entry.obsolete}
    terms.metadata |= {**known.metadata, "Language": path.stem}
    for term in terms:
        translated = translations.get((term.msgctxt, term.msgid))
        if translated:
            term.msgstr = translated.msgstr
            term.flags = list(translated.flags)
    terms.save(str(path))
    return [f"{path}: {term.msgid!r}" for term in terms if not term.translated()]


if __name__ == "__main__":
    absent = [line for folder in sys.argv[1:] for line in merge(Path(folder))]
    print("\n".join(absent) or "Every term is translated.")
    sys.exit(1 if absent else 0)
