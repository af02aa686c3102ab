"""Progress of 10,000 open order lines with the suggestions of a plan behind them, in memory and asked of SQLite."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pandas as pd

from benchmarks.measure import Benchmark, Figure, best_of
from benchmarks.plants import AS_OF, ITEMS, MAKE_PLANT, make_plant, world_of

LIMIT_SECONDS = 1.0
# Four times the plant may take so many times four times as long: nothing grows faster than the plant.
LIMIT_GROWTH = 1.5
LIMITS = (
    Figure("progress.order_lines", None, "lines"),
    Figure("progress.in_memory_seconds", None, "s", LIMIT_SECONDS),
    Figure("progress.growth", None, "ratio", LIMIT_GROWTH),
    Figure("progress.from_sqlite_seconds", None, "s"),
)


def run() -> Iterator[Figure]:
    """The calculation of a whole and of a quarter plant, the best of three; the answer from SQLite, best of two."""
    from calculations.order_progress import order_progress, plant_progress

    seconds = {}
    for items in (ITEMS // 4, ITEMS):
        world, lines = _planned(make_plant().draw_plant(items))
        seconds[items] = best_of(
            3,
            lambda: order_progress(lines, plant_progress(world, AS_OF), world, AS_OF),  # noqa: B023
        )
    yield Figure("progress.order_lines", len(lines), "lines")
    yield Figure("progress.in_memory_seconds", seconds[ITEMS], "s", LIMIT_SECONDS)
    yield Figure("progress.growth", seconds[ITEMS] / seconds[ITEMS // 4] / 4, "ratio", LIMIT_GROWTH)
    yield Figure("progress.from_sqlite_seconds", _stored_seconds(), "s")


def _planned(plant: dict) -> tuple[dict, pd.DataFrame]:
    """A plant's world with the suggestions of its plan, and its order lines."""
    from calculations.material_planning import plan_materials

    world = world_of(plant)
    orders = plan_materials(world, AS_OF)["planned_orders"]
    blank = pd.Series(pd.NaT, index=world["sales_order_lines"].index, dtype="datetime64[s]")
    lines = world["sales_order_lines"].assign(promised_date=blank, last_shipped=blank, state="approved")
    return world | {"planned_orders": orders.assign(state="suggested")}, lines


def _stored_seconds() -> float:
    """Reading the plant and its suggestions from a SQLite file, pegging it, and telling all lines."""
    from models.database import engine_of
    from settings import settings
    from tasks.importing import load_tables
    from tasks.material_planning import plan_materials
    from tasks.order_progress import progress_now

    with tempfile.TemporaryDirectory() as folder:
        plant, url = Path(folder) / "plant", f"sqlite:///{Path(folder) / 'kitline.db'}"
        plant.mkdir()
        with redirect_stdout(StringIO()):
            make_plant().write_tables(make_plant().draw_plant(ITEMS), plant)
        (plant / "expected_planned_receipts.csv").unlink()
        before = {name: os.environ.get(name) for name in ("KITLINE_DATABASE_URL", "KITLINE_DATA_DIR")}
        os.environ |= {"KITLINE_DATABASE_URL": url, "KITLINE_DATA_DIR": str(Path(folder) / "data")}
        settings.cache_clear()
        try:
            load_tables(plant, AS_OF)
            plan_materials.fn(AS_OF)
            return best_of(2, lambda: progress_now(AS_OF))
        finally:
            engine_of(url).dispose()
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
            settings.cache_clear()


BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))
