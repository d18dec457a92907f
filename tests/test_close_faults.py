"""Months whose closes are killed in the middle, or closed by two at once, end like undisturbed ones.

The same with 40,000 schedules and twenty kills: ``./dev bench revenue_faults``.
"""

import os
import random
import subprocess
import sys

from .test_faults import ROOT, database

CONTRACTS = 40
SCHEDULES = 400
KILLS = 4


def test_f77_close_killed_and_shared(tmp_path):
    name = f"recurring_close_faults_{os.getpid()}"
    with database(name, tmp_path) as environment:
        sizes = [str(number) for number in (CONTRACTS, SCHEDULES, KILLS, random.randrange(10**6))]
        command = [sys.executable, ROOT / "tests" / "bench" / "revenue_faults.py", *sizes]
        done = subprocess.run(
            command, env=environment | {"PGDATABASE": name}, cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout, done.stdout
