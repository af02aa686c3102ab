"""10,000 facts of a month posted against inserting the same rows into their tables, on both databases.

1,000 work orders of three components each: goods received, picked, hours booked, desks finished and half of them
shipped. The stage runs on a fresh copy each time, without Prefect; the best of several counts.
"""

import csv
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from benchmarks.installations import SERVERS, installation_at
from benchmarks.measure import Benchmark, Figure, best_of
from benchmarks.planning_flow import seconds_of

WORK_ORDERS = 1_000
FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)
ROUNDS = 3
TABLES = ("receipts", "issues", "completions", "time_entries", "shipments")
LIMITS = tuple(Figure(f"fact_posting.{engine}.ratio", None, "ratio", 5) for engine in SERVERS)


def run() -> Iterator[Figure]:
    """Post on copies of an imported month, and insert the same facts into a copy without them."""
    yield Figure("fact_posting.facts", sum(len(rows) for rows in facts().values()), "rows")
    for limit, (engine, server) in zip(LIMITS, SERVERS.items(), strict=True):
        with tempfile.TemporaryDirectory() as name:
            try:
                posted, inserted = measured(server, Path(name))
            except ModuleNotFoundError as error:
                yield Figure(limit.name, None, limit.unit, limit.limit, f"{error.name} is not installed")
                continue
        yield Figure(f"fact_posting.{engine}.seconds", posted, "s")
        yield Figure(f"fact_posting.{engine}.insert_seconds", inserted, "s")
        yield Figure(limit.name, posted / inserted, limit.unit, limit.limit)


def measured(server, folder: Path) -> tuple[float, float]:
    """Seconds of posting, and of inserting the same facts."""
    from models.database import engine_of, insert_frame, read_table, reading, writing
    from tasks.fact_posting import post_waiting_facts

    seconds = []
    with server(folder) as databases:
        url = databases.new("plant")
        with installation_at(url, folder):
            _load(folder / "plant", plant())
        engine_of(url).dispose()
        with installation_at(databases.copy("plant", "month"), folder):
            _load(folder / "facts", facts())
        for count in range(ROUNDS):
            with installation_at(databases.copy("month", f"posting{count}"), folder):
                summary: dict = {}
                seconds.append(seconds_of(lambda: summary.update(post_waiting_facts.fn(LAST))))  # noqa: B023
            if summary["counts"]["facts_refused"]:
                raise ValueError(f"{summary['counts']['facts_refused']} facts were refused")
        with installation_at(databases.copy("month", "read"), folder) as installed, reading(installed) as connection:
            frames = {table: read_table(connection, table) for table in TABLES}
        inserting = []
        for count in range(ROUNDS):
            with installation_at(databases.copy("plant", f"inserting{count}"), folder) as installed:

                def insert():
                    with writing(installed) as connection:  # noqa: B023
                        for table, frame in frames.items():
                            insert_frame(connection, table, frame)

                inserting.append(best_of(1, insert))
    return min(seconds), min(inserting)


def plant() -> dict[str, list[dict]]:
    """Documents that the facts are about."""
    parts = [f"PART-{number}" for number in range(300)]
    orders = range(WORK_ORDERS)
    return {
        "customers": [{"customer": "C", "name": "C"}],
        "suppliers": [{"supplier": "V", "name": "V"}],
        "work_centers": [{"work_center": "BENCH"}],
        "items": [{"item": part, "name": part, "unit": "EA", "sourcing": "buy"} for part in parts]
        + [{"item": f"DESK-{number}", "name": "Desk", "unit": "EA", "sourcing": "make"} for number in range(100)],
        "purchase_orders": [{"order": f"PO-{n}", "supplier": "V", "order_date": FIRST} for n in range(2 * WORK_ORDERS)],
        "purchase_order_lines": [
            {"order": f"PO-{n}", "line": 10, "item": parts[n % 300], "quantity": 20, "due_date": FIRST, "unit_price": 3}
            for n in range(2 * WORK_ORDERS)
        ],
        "work_orders": [
            {"order": f"WO-{n}", "item": f"DESK-{n % 100}", "quantity": 10, "start_date": FIRST, "due_date": LAST}
            for n in orders
        ],
        "work_order_components": [
            {"order": f"WO-{n}", "item": parts[(3 * n + k) % 300], "quantity": 10} for n in orders for k in range(3)
        ],
        "sales_orders": [{"order": f"SO-{n}", "customer": "C", "order_date": FIRST} for n in orders],
        "sales_order_lines": [
            {"order": f"SO-{n}", "line": 10, "item": f"DESK-{n % 100}", "quantity": 5, "due_date": LAST} for n in orders
        ],
    }


def facts() -> dict[str, list[dict]]:
    """2,000 receipts, 3,000 issues, 2,000 completions, 2,000 time entries and 1,000 shipments of one month."""
    found: dict[str, list[dict]] = {table: [] for table in TABLES}

    def add(table: str, day: int, **cells) -> None:
        event = f"{table}-{len(found[table])}"
        found[table].append({"event": event, "date": FIRST + timedelta(day), **cells})

    for number in range(2 * WORK_ORDERS):
        add("receipts", number % 5, order=f"PO-{number}", line=10, quantity=20)
    for number in range(WORK_ORDERS):
        order, day = f"WO-{number}", 5 + number % 20
        for part in range(3):
            add("issues", day, order=order, item=f"PART-{(3 * number + part) % 300}", quantity=10)
        for _ in range(2):
            add("completions", day, order=order, quantity=5)
            add("time_entries", day, order=order, work_center="BENCH", labor_hours=2)
        add("shipments", day + 1, order=f"SO-{number}", line=10, quantity=5)
    return found


def _load(folder: Path, tables: dict[str, list[dict]]) -> None:
    from tasks.importing import load_tables

    folder.mkdir()
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, quoting=csv.QUOTE_MINIMAL)
    refused = load_tables(folder, LAST)["refused"]
    if refused:
        raise ValueError(f"refused: {refused[:3]}")


BENCHMARK = Benchmark(run, LIMITS)
