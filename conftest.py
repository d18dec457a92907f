"""What pytest must know about Odoo's tests; ./dev test provides the database and the addons path."""

import inspect
import os
from unittest import TestCase

import pytest


def pytest_configure():
    """Refuse to run without the database that ./dev test prepares."""
    if not os.environ.get("ODOO_RC"):
        raise pytest.UsageError("run the tests with ./dev test, which takes pytest's arguments")


def pytest_pycollect_makeitem(collector, obj):
    """Leave out test classes that a module only imports: they run where they are written."""
    if inspect.isclass(obj) and issubclass(obj, TestCase) and obj.__module__ != collector.obj.__name__:
        return []
    return None


def pytest_collection_modifyitems(config, items):
    """Deselect what Odoo's own runner does not run either."""
    kept = [item for item in items if _is_run_by_odoo(item)]
    dropped = [item for item in items if item not in kept]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _is_run_by_odoo(item):
    """Tell whether Odoo runs a test: its class is tagged `standard`, and the test is written in that class."""
    tags = getattr(item.cls, "test_tags", None)
    if tags is None:
        return True
    own = item.originalname in vars(item.cls) or getattr(item.cls, "allow_inherited_tests_method", False)
    return own and "standard" in tags


def pytest_terminal_summary(terminalreporter):
    """Say why a run with skipped tests fails."""
    if terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("Skipped tests count as failures: each test must run.", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Make a run with skipped tests fail."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.exitstatus == pytest.ExitCode.OK and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
