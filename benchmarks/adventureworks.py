"""The AdventureWorks month from CSV folder to closed costs: time and memory of the whole program."""

import sys
import tempfile
from collections.abc import Iterator

from benchmarks.measure import SHARED, Benchmark, Figure, program

DATA = SHARED / "data" / "adventureworks"
LIMITS = (
    Figure("adventureworks.month_seconds", None, "s", 120),
    Figure("adventureworks.month_peak_gigabytes", None, "GB", 1.5),
)


def run() -> Iterator[Figure]:
    """One run in a process of its own, on a new SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        usage = program(sys.executable, "-m", "demo.adventureworks", "--data", str(DATA), "--out", folder)
    yield Figure("adventureworks.month_seconds", usage.seconds, "s", 120)
    yield Figure("adventureworks.month_peak_gigabytes", usage.peak_bytes / 1e9, "GB", 1.5)


BENCHMARK = Benchmark(run, LIMITS, needs=(DATA,))
