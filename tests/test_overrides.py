"""A method that several files of an addon give to one model is extended by the later ones, not replaced unseen."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent


def get_methods(path):
    """Yield the model and the definition of each method of a file's classes."""
    for part in ast.parse(path.read_text()).body:
        if not isinstance(part, ast.ClassDef):
            continue
        named = [
            node.value.value
            for node in part.body
            if isinstance(node, ast.Assign)
            and node.targets[0].id in ("_name", "_inherit")
            and isinstance(node.value, ast.Constant)
        ]
        for node in part.body:
            if named and isinstance(node, ast.FunctionDef):
                yield named[0], node


def test_later_files_call_super():
    replaced = []
    for init in ROOT.glob("recurring_*/models/__init__.py"):
        found = defaultdict(list)
        for line in init.read_text().splitlines():
            path = init.with_name(line.split()[-1] + ".py") if line.startswith("from . import") else init
            for model, method in get_methods(path):
                if found[model, method.name] and "super(" not in ast.unparse(method):
                    replaced.append((model, method.name, path.name, found[model, method.name]))
                found[model, method.name].append(path.name)
    assert not replaced, replaced
