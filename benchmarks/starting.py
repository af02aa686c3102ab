"""How soon the command line answers: Prefect and Great Expectations are imported only when used."""

import sys
from collections.abc import Iterator

from benchmarks.measure import Benchmark, Figure, best_of, program

LIMITS = (Figure("starting.help_seconds", None, "s", 0.5),)


def run() -> Iterator[Figure]:
    """`kitline --help`, the best of five starts."""
    yield Figure("starting.help_seconds", best_of(5, lambda: program(sys.executable, "-m", "cli", "--help")), "s", 0.5)


BENCHMARK = Benchmark(run, LIMITS)
