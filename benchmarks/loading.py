"""Import and conversion of 100,000 order lines, beside a bulk insert of the rows they leave in the database."""

import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.installations import new_installation
from benchmarks.measure import Benchmark, Figure
from benchmarks.order_book import write_order_book

LINES = 100_000
AS_OF = date(2026, 1, 5)
WRITTEN = ("opportunities", "opportunity_lines", "sales_orders", "sales_order_lines")
LIMITS = (
    Figure("loading.import_seconds", None, "s"),
    Figure("loading.conversion_seconds", None, "s"),
    Figure("loading.raw_insert_seconds", None, "s"),
    Figure("loading.times_raw_insert", None, "×", 8),
)


def run() -> Iterator[Figure]:
    """Files to opportunities to promised sales orders, without Prefect; then the same rows inserted bare."""
    from tasks.importing import load_tables
    from tasks.opportunity_conversion import convert_opportunities

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        masters, orders = write_order_book(LINES, folder)
        with new_installation(folder) as engine:
            load_tables(masters, AS_OF)
            start = time.perf_counter()
            load_tables(orders, AS_OF)
            imported = time.perf_counter()
            convert_opportunities.fn(AS_OF)
            converted = time.perf_counter()
            rows = rows_written(engine)
        (folder / "raw").mkdir()
        with new_installation(folder / "raw") as engine:
            load_tables(masters, AS_OF)
            raw = insert_seconds(engine, rows)
    yield Figure("loading.import_seconds", imported - start, "s")
    yield Figure("loading.conversion_seconds", converted - imported, "s")
    yield Figure("loading.raw_insert_seconds", raw, "s")
    yield Figure("loading.times_raw_insert", (converted - start) / raw, "×", 8)


def rows_written(engine: Engine) -> dict[str, list[tuple]]:
    """The rows of the order tables, as the SQLite driver gives and takes them."""
    with engine.connect() as connection:
        rows = {name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")] for name in WRITTEN}
    if len(rows["sales_order_lines"]) != LINES:
        raise ValueError(f"{len(rows['sales_order_lines']):,} order lines came of {LINES:,}")
    return rows


def insert_seconds(engine: Engine, rows: dict[str, list[tuple]]) -> float:
    """Seconds of one transaction in which the driver inserts the rows, nothing else."""
    start = time.perf_counter()
    with engine.begin() as connection:
        for name, table_rows in rows.items():
            marks = ", ".join("?" * len(table_rows[0]))
            connection.exec_driver_sql(f"INSERT INTO {name} VALUES ({marks})", table_rows)
    return time.perf_counter() - start


BENCHMARK = Benchmark(run, LIMITS)
