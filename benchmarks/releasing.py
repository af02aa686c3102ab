"""1,000 approved planned orders of a planned 10,000-item plant become purchase and work orders with components.

Half are to buy, half to make; everything else the plan suggests is due for release later. The release stage runs on a
fresh copy each time, without Prefect; the best of several counts.
"""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from benchmarks.installations import SERVERS, installation_at
from benchmarks.measure import Benchmark, Figure
from benchmarks.planning_flow import import_plant, planned_orders, seconds_of, write_plant
from benchmarks.plants import AS_OF, MAKE_PLANT

ORDERS = 1_000
ROUNDS = 3
LIMITS = tuple(Figure(f"releasing.{engine}.seconds", None, "s", 1) for engine in SERVERS)


def run() -> Iterator[Figure]:
    """Import, plan and approve once for each database engine, then release on copies."""
    with tempfile.TemporaryDirectory() as name:
        plant = Path(name) / "plant"
        write_plant(plant)
        for limit, server in zip(LIMITS, SERVERS.values(), strict=True):
            try:
                seconds = release_seconds(server, Path(name), plant)
            except ModuleNotFoundError as error:
                yield Figure(limit.name, None, limit.unit, limit.limit, f"{error.name} is not installed")
            else:
                yield Figure(limit.name, seconds, limit.unit, limit.limit)


def release_seconds(server, folder: Path, plant: Path) -> float:
    """Seconds of the release stage, the best of several."""
    from tasks.material_planning import plan_materials
    from tasks.order_release import release_orders

    seconds = []
    with server(folder) as databases:
        url = databases.new("planned")
        import_plant(url, folder, plant)
        with installation_at(url, folder) as installed:
            plan_materials.fn(AS_OF)
            approve(installed)
        for count in range(ROUNDS):
            name = f"release{count}"
            with installation_at(databases.copy("planned", name), folder) as installed:
                seconds.append(seconds_of(lambda: release_orders.fn(AS_OF)))
                released = (planned_orders(installed)["state"] == "released").sum()
            if released != ORDERS:
                raise ValueError(f"{released} of {ORDERS} planned orders were released")
    return min(seconds)


def approve(installed: Engine) -> None:
    """Approve the first orders to buy and to make that are due for release; let the others be due the day after."""
    from models.database import table_of, writing

    table = table_of("planned_orders")
    orders = planned_orders(installed)
    due = orders[orders["release_date"] <= pd.Timestamp(AS_OF)]
    chosen = due.groupby("kind").head(ORDERS // 2)["number"].tolist()
    later = due.loc[~due["number"].isin(chosen), "number"].tolist()
    with writing(installed) as connection:
        for numbers, values in ((chosen, {"state": "approved"}), (later, {"release_date": AS_OF + timedelta(days=1)})):
            for start in range(0, len(numbers), ORDERS):
                those = table.c.number.in_(numbers[start : start + ORDERS])
                connection.execute(table.update().where(those).values(**values))


BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))
