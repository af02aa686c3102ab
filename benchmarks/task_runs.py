"""Task runs of import, conversion, kitting and planning: as many for 10,000 order lines as for 100."""

import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks.installations import new_installation
from benchmarks.measure import Benchmark, Figure
from benchmarks.order_book import write_order_book

AS_OF = date(2026, 1, 5)
FEW, MANY = 100, 10_000
SETTLE_SECONDS = 10
LIMITS = (
    Figure("task_runs.at_100_lines", None, "runs"),
    Figure("task_runs.at_10000_lines", None, "runs"),
    Figure("task_runs.difference", None, "runs", 0),
)


def run() -> Iterator[Figure]:
    """The flows on a temporary Prefect server, which counts its own task runs."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        few, many = task_runs_of(FEW), task_runs_of(MANY)
    yield Figure("task_runs.at_100_lines", few, "runs")
    yield Figure("task_runs.at_10000_lines", many, "runs")
    yield Figure("task_runs.difference", abs(many - few), "runs", 0)


def task_runs_of(lines: int) -> int:
    """Task runs that an order book of so many lines causes."""
    from flows.data_import import data_import
    from flows.kitting_check import kitting_check
    from flows.material_planning import material_planning
    from flows.opportunity_conversion import opportunity_conversion

    before = settled_count()
    with tempfile.TemporaryDirectory() as name, new_installation(Path(name)):
        for folder in write_order_book(lines, Path(name)):
            data_import(str(folder), AS_OF, send=False)
        for stage in (opportunity_conversion, kitting_check, material_planning):
            stage(AS_OF, send=False)
    return settled_count() - before


def settled_count() -> int:
    """Task runs the server knows, once it has digested what it was told: the count stands still for a while."""
    count, since = count_task_runs(), time.monotonic()
    while time.monotonic() - since < SETTLE_SECONDS:
        time.sleep(0.5)
        now = count_task_runs()
        if now != count:
            count, since = now, time.monotonic()
    return count


def count_task_runs() -> int:
    """Task runs on the server."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        response = client.request("POST", "/task_runs/count", json={})
        response.raise_for_status()
        return response.json()


BENCHMARK = Benchmark(run, LIMITS)
