"""`make demo` in an installed checkout."""

from collections.abc import Iterator

from benchmarks.measure import Benchmark, Figure, program

LIMITS = (Figure("sample_company.demo_seconds", None, "s", 90),)


def run() -> Iterator[Figure]:
    """The whole demo once, as a person starts it."""
    yield Figure("sample_company.demo_seconds", program("make", "demo").seconds, "s", 90)


BENCHMARK = Benchmark(run, LIMITS)
