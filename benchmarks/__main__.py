"""Measure what Kitline promises about speed and memory: `python -m benchmarks [--only NAME]`.

Prints a table and writes `benchmarks/latest.json`, a list of {name, value, unit, limit, holds}. NAME is a group or the
beginning of a figure's name (`make bench ONLY=NAME`). A figure beyond its limit is shown; only a crash is an error.
"""

import argparse
import json
import logging
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    adventureworks,
    fact_posting,
    kitting,
    loading,
    net_change,
    order_change,
    planning,
    planning_flow,
    progress,
    promise,
    releasing,
    sample_company,
    starting,
    task_runs,
)
from benchmarks.measure import Benchmark, Figure

BENCHMARKS: dict[str, Benchmark] = {
    "starting": starting.BENCHMARK,
    "loading": loading.BENCHMARK,
    "task_runs": task_runs.BENCHMARK,
    "planning": planning.BENCHMARK,
    "promise": promise.BENCHMARK,
    "order_change": order_change.BENCHMARK,
    "progress": progress.BENCHMARK,
    "net_change": net_change.BENCHMARK,
    "kitting": kitting.BENCHMARK,
    "planning_flow": planning_flow.BENCHMARK,
    "releasing": releasing.BENCHMARK,
    "fact_posting": fact_posting.BENCHMARK,
    "adventureworks": adventureworks.BENCHMARK,
    "sample_company": sample_company.BENCHMARK,
}
LATEST = Path(__file__).with_name("latest.json")


def main(arguments: list[str] | None = None) -> None:
    """Run the chosen groups one after the other, write their figures down and show them."""
    # before the first group imports Prefect, which reads these once
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}, or a figure")
    only = parser.parse_args(arguments).only
    chosen = {name: group for name, group in BENCHMARKS.items() if _is_meant(name, group, only)}
    if not chosen:
        parser.error(f"no benchmark is called {only!r}; there are {', '.join(BENCHMARKS)}")
    console, figures, crashed = Console(), [], []
    for name, benchmark in chosen.items():
        console.print(f"{name} …", style="dim")
        try:
            figures += figures_of(benchmark)
        except Exception:
            # the other figures are still worth having
            console.print_exception()
            crashed.append(name)
    LATEST.write_text(json.dumps([figure.as_row() for figure in figures], indent=2) + "\n")
    console.print(table_of(figures))
    if crashed:
        sys.exit(f"crashed: {', '.join(crashed)}")


def figures_of(benchmark: Benchmark) -> list[Figure]:
    """A group's figures, measured in a process of its own.

    What one group leaves in memory is no other's business, least of all of the programs that a group starts: the
    operating system counts the memory of whoever starts a program to that program's peak.
    """
    quiet = logging.getLogger("great_expectations").setLevel
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, fresh, initializer=quiet, initargs=(logging.WARNING,)) as process:
        return process.submit(benchmark.figures).result()


def _is_meant(name: str, benchmark: Benchmark, only: str) -> bool:
    return not only or name == only or any(figure.name.startswith(only) for figure in benchmark.limits)


def table_of(figures: list[Figure]) -> Table:
    """The figures as a table for people."""
    table = Table("figure", "value", "unit", "limit", "holds", title="Kitline benchmarks")
    for column in (1, 3):
        table.columns[column].justify = "right"
    for figure in figures:
        value = f"skipped: {figure.skipped}" if figure.skipped else f"{figure.value:,.3g}"
        limit = "" if figure.limit is None else f"{figure.limit:,.3g}"
        table.add_row(figure.name, value, figure.unit, limit, {True: "yes", False: "NO", None: ""}[figure.holds])
    return table


if __name__ == "__main__":
    main()
