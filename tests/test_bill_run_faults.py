"""A billing run killed in the middle of its work, or worked by two at once, ends like an undisturbed one.

The same with 5,000 contracts and twenty kills: ``./dev bench faults``.
"""

import os
import random
import subprocess
import sys

from .test_faults import ROOT, database

CONTRACTS = 100
KILLS = 4
BATCH = 4


def test_bill_run_killed_and_shared(tmp_path):
    name = f"recurring_run_faults_{os.getpid()}"
    with database(name, tmp_path) as environment:
        sizes = [str(number) for number in (CONTRACTS, KILLS, random.randrange(10**6), BATCH)]
        command = [sys.executable, ROOT / "tests" / "bench" / "faults.py", *sizes]
        done = subprocess.run(
            command, env=environment | {"PGDATABASE": name}, cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout, done.stdout
