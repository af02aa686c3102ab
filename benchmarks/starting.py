"""How soon the command line answers: Prefect and Great Expectations are imported only when used."""

import sys
from collections.abc import Iterator

from benchmarks.measure import Benchmark, Figure, best_of, program

LIMITS = (Figure("starting.help_seconds", None, "s", 0.5),)


def run() -> Iterator[Figure]:
    """`kitline --help`, the best of five starts."""
    yield Figure("starting.help_seconds", best_of(5, show_help), "s", 0.5)


def show_help() -> None:
    """Start the command line as `kitline --help` does and see that it helps."""
    if "--help" not in program(sys.executable, "-m", "cli", "--help").output:
        raise ValueError("kitline --help printed no help")


BENCHMARK = Benchmark(run, LIMITS)
