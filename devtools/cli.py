"""The commands of ./dev."""

import argparse
import sys

from . import browser, checks, databases, demo, odoo, postgres, testing, translations, upgrade
from .core import ROOT, CommandFailed, Stop, lock, make_home, say


def set_up(*, with_browser=False):
    """Make everything ready that is missing."""
    make_home()
    with lock("setup"):
        odoo.set_up()
        postgres.set_up()
        if with_browser:
            browser.set_up()
            browser.set_up_pdf()


def cmd_setup(_options, _rest):
    """Make everything ready, the template database too."""
    set_up(with_browser=True)
    complaints = databases.prepare_templates()
    for line in complaints:
        say(line)
    say("Everything is ready: ./dev test runs the tests, ./dev demo shows a business.")
    return 1 if complaints else 0


def cmd_test(options, rest):
    """Run the tests."""
    set_up(with_browser=True)
    return testing.run_odoo_runner() if options.odoo_runner else testing.run_pytest(rest)


def cmd_demo(options, _rest):
    """Load a business, run its months and serve it."""
    set_up()
    browser.set_up_pdf()
    return demo.run(options)


def cmd_lint(options, _rest):
    """Check the code, the manifests, the views and the translations."""
    needs_odoo = checks.needs_odoo(options.checks)
    if needs_odoo:
        set_up()
    else:
        make_home()
    return checks.run(options.checks, fix=options.fix)


def cmd_i18n(_options, _rest):
    """Bring the translation files up to date and report what is not translated."""
    set_up()
    return translations.update()


def cmd_bench(options, rest):
    """Run a benchmark of tests/bench on a database of its own."""
    folder = ROOT / "tests" / "bench"
    names = sorted(path.stem for path in folder.glob("[!_]*.py"))
    if options.name not in names:
        say(f"Benchmarks: {', '.join(names) or 'none so far'}. Run one with ./dev bench NAME.")
        return 0 if options.name is None else 1
    set_up()
    with databases.throwaway("bench") as (name, _complaints):
        return odoo.call(
            [odoo.PYTHON, folder / f"{options.name}.py", *rest],
            env=databases.environment() | {"PGDATABASE": name},
            cwd=ROOT,
        )


def cmd_upgrade(options, _rest):
    """Run a business under an earlier commit, update it to this one, and check that nothing is lost."""
    set_up()
    return upgrade.check(options.revision)


def cmd_shell(options, rest):
    """Open Odoo's Python shell on a database."""
    set_up()
    return odoo.call(odoo.command("shell", "-d", options.database, "--no-http", *rest), env=databases.environment())


def cmd_serve(options, _rest):
    """Serve a database."""
    set_up()
    return demo.serve(options.database, options.port)


def cmd_odoo(_options, rest):
    """Run Odoo's own command line."""
    set_up()
    return odoo.call(odoo.command(*rest), env=databases.environment())


def cmd_stop(_options, _rest):
    """Stop PostgreSQL and the servers that were started here."""
    stopped = demo.stop() + (["PostgreSQL"] if postgres.stop() else [])
    say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="./dev", description="The workbench of Recurring for Odoo.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, function):
        sub = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        sub.set_defaults(function=function)
        return sub

    add("setup", cmd_setup)
    sub = add("demo", cmd_demo)
    sub.add_argument("--book", metavar="DIR", help="folder of CSV files (default: the sample business)")
    sub.add_argument("--months", type=int, default=12, metavar="N", help="how many months to run (default: 12)")
    sub.add_argument("--workers", type=int, metavar="N", help="how many processes bill")
    sub.add_argument("--port", type=int, default=8069, metavar="N", help="where to serve (default: 8069)")
    sub.add_argument("--no-serve", action="store_true", help="end after the table")
    sub.add_argument("--database", default=demo.DATABASE, metavar="NAME", help=f"default: {demo.DATABASE}")
    sub.add_argument("--fresh", action="store_true", help="start again from an empty database")
    sub = add("test", cmd_test)
    sub.add_argument("--odoo-runner", action="store_true", help="run the addons' tests with Odoo's own runner")
    sub.epilog = "Other arguments go to pytest: files, -k NAME, -x, ..."
    sub = add("lint", cmd_lint)
    sub.add_argument("checks", nargs="*", metavar="CHECK", help=f"which of {', '.join(checks.CHECKS)} (default: all)")
    sub.add_argument("--fix", action="store_true", help="correct the layout and what else can be corrected")
    sub = add("bench", cmd_bench)
    sub.add_argument("name", nargs="?", help="which benchmark (default: list them)")
    add("i18n", cmd_i18n)
    sub = add("upgrade", cmd_upgrade)
    sub.add_argument("revision", nargs="?", help="the commit to come from (default: the last of another version)")
    for name, function in (("shell", cmd_shell), ("serve", cmd_serve)):
        sub = add(name, function)
        sub.add_argument("-d", "--database", default=demo.DATABASE, help=f"which one (default: {demo.DATABASE})")
    sub.add_argument("--port", type=int, default=8069, metavar="N", help="where to serve (default: 8069)")
    add("odoo", cmd_odoo)
    add("stop", cmd_stop)
    return parser


PASS_ON = {cmd_test, cmd_bench, cmd_shell, cmd_odoo}


def main(arguments):
    """Run one command and return its exit code."""
    if arguments in ([], ["help"]):
        arguments = ["--help"]
    if arguments[:1] == ["odoo"]:
        options, rest = _parser().parse_args(["odoo"]), arguments[1:]
    else:
        options, rest = _parser().parse_known_args(arguments)
    if rest and options.function not in PASS_ON:
        _parser().error(f"unknown arguments: {' '.join(rest)}")
    try:
        return options.function(options, rest)
    except Stop as reason:
        print(f"\n{reason}", file=sys.stderr)
    except CommandFailed as error:
        print("\n".join([*error.lines[-10:], str(error)]), file=sys.stderr)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"\n{error.strerror}{where}: free space or correct the rights, then run this again.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted; run the same command again to go on.", file=sys.stderr)
        return 130
    return 1
