"""What is killed in the middle of its work and started again ends like what was never disturbed."""

import os
import random
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
MONTHS = 3
KILLS = 5


@contextmanager
def database(name, folder):
    """Give a database with the addons installed, with a data folder of its own; drop it at the end.

    Yields the environment in which the driver of the demonstration works on it.
    """
    template = os.environ["RECURRING_TEMPLATE_DATABASE"]
    files = Path(os.environ["RECURRING_ODOO_DATA_DIR"], "filestore", template)
    if files.is_dir():
        shutil.copytree(files, folder / name / "filestore" / name)
    subprocess.run(["createdb", "-T", template, name], check=True)
    try:
        yield os.environ | {"RECURRING_ODOO_DATA_DIR": str(folder / name)}
    finally:
        subprocess.run(["dropdb", "--force", name], check=True)


def start(name, environment):
    """Start the demonstration of the sample business in a process group of its own."""
    command = [sys.executable, ROOT / "data" / "run_demo.py", "--database", name, "--months", str(MONTHS)]
    return subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(name, environment):
    """Run the demonstration to its end; return the steps that it named and the figures that it printed."""
    process = start(name, environment)
    printed, steps = process.communicate()
    assert process.returncode == 0, printed + steps
    figures = [line for line in printed.splitlines() if not line.startswith("Time:")]
    return steps.splitlines(), figures


def kill_after(step, name, environment):
    """Run the demonstration until it has named a step, let it work on for a moment, and kill it all."""
    process = start(name, environment)
    for line in process.stderr:
        if line.rstrip() == step:
            break
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=random.uniform(0.0, 0.5))
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode


def test_killed_and_started_again(tmp_path):
    with database(f"recurring_calm_{os.getpid()}", tmp_path) as environment:
        steps, expected = finish(f"recurring_calm_{os.getpid()}", environment)
    assert any("0.00" in line for line in expected), expected
    name = f"recurring_killed_{os.getpid()}"
    with database(name, tmp_path) as environment:
        chosen = sorted(random.sample(range(len(steps) - 1), KILLS))
        killed = [kill_after(steps[number].rstrip(), name, environment) for number in chosen]
        assert -signal.SIGKILL in killed, (killed, [steps[number] for number in chosen])
        _steps, figures = finish(name, environment)
    assert figures == expected, [steps[number] for number in chosen]
