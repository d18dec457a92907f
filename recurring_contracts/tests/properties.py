"""How hypothesis runs here: import what property tests use from this module.

Machines differ in speed, so nothing is timed. Continuous integration repeats the same examples at
every run; elsewhere each run tries new ones.
"""

import os

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

__all__ = ["assume", "example", "given", "settings", "st"]

settings.register_profile(
    "recurring",
    deadline=None,
    database=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.load_profile("recurring")
