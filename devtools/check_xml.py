"""Check that XML files are well formed and laid out alike; runs in the linters' environment, where lxml is."""

import argparse
import re
import sys
from pathlib import Path

from lxml import etree

HEADER = '<?xml version="1.0" encoding="UTF-8" ?>'
INDENT = "    "
TOKEN = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>|<!(?:\"[^\"]*\"|[^>\"])*>"
    r"|</?[^\s/>!?]+(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>|[^<]+",
    re.DOTALL,
)
VERBATIM = {"pre", "script", "style", "textarea"}


def laid_out(text):
    """Return an XML text with the usual first line, four blanks for each level and no two empty lines in a row.

    Only blank text between tags is changed: sentences, attributes and comments stay as their author broke them.
    """
    tokens = TOKEN.findall(text)
    pieces, open_tags = [], []
    for position, token in enumerate(tokens):
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        if token.startswith("</"):
            open_tags.pop()
        elif re.match(r"<[^!?]", token) and not token.endswith("/>"):
            open_tags.append(re.match(r"<([^\s/>]+)", token)[1])
        elif not token.strip() and "\n" in token and not VERBATIM & set(open_tags):
            depth = len(open_tags) - following.startswith("</")
            token = "\n" * min(token.count("\n"), 2) + INDENT * depth
        pieces.append(token)
    body = re.sub(r"^<\?xml .*?\?>", "", "".join(pieces).strip())
    lines = [HEADER, *body.strip("\n").split("\n")]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def faults(path, fix):
    """Return what is wrong with a file, after putting its layout right if that is wanted."""
    text = path.read_text(encoding="utf-8")
    try:
        etree.fromstring(text.encode())
    except etree.XMLSyntaxError as error:
        return [f"{path}: {error}"]
    wanted = laid_out(text)
    if fix and text != wanted:
        path.write_text(wanted, encoding="utf-8")
        return []
    pairs = zip(text.split("\n"), wanted.split("\n"), strict=False)
    number = next((number for number, (is_, should) in enumerate(pairs, 1) if is_ != should), None)
    if text == wanted:
        return []
    return [f"{path}:{number or text.count(chr(10)) + 1}: laid out otherwise than ./dev lint --fix xml would"]


def main():
    """Check the XML files in some folders; return 1 if one of them has faults."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("folders", nargs="+", type=Path)
    options = parser.parse_args()
    paths = sorted(path for folder in options.folders for path in folder.rglob("*.xml"))
    found = [fault for path in paths for fault in faults(path, options.fix)]
    print("\n".join([*found, f"{len(paths)} XML files checked."]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
