"""Planning a synthetic factory of 10,000 items, beside plain numpy netting of the same factory without pegs."""

import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path
from types import ModuleType

import pandas as pd

from benchmarks.measure import SHARED, Benchmark, Figure, best_of

MAKE_PLANT = SHARED / "bench" / "make_plant.py"
ITEMS = 10_000
AS_OF = date(2024, 1, 1)
LIMITS = (
    Figure("planning.wrong_receipts", None, "rows", 0),
    Figure("planning.seconds", None, "s"),
    Figure("planning.baseline_seconds", None, "s"),
    Figure("planning.times_baseline", None, "×"),
)


def run() -> Iterator[Figure]:
    """Arrays in memory to planned orders, pegs and exceptions; the best of three, in turn with the baseline."""
    from calculations.material_planning import plan_materials

    make_plant = module_at(MAKE_PLANT)
    plant = make_plant.draw_plant(ITEMS)
    with tempfile.TemporaryDirectory() as folder:
        with redirect_stdout(StringIO()):
            make_plant.write_tables(plant, Path(folder))
        world = world_of_files(Path(folder))
        expected = pd.read_csv(Path(folder) / "expected_planned_receipts.csv")
    planned = plan_materials(world, AS_OF, {})["planned_orders"]
    yield Figure("planning.wrong_receipts", wrong_receipts(planned, expected), "rows", 0)
    seconds = best_of(3, lambda: plan_materials(world, AS_OF, {}))
    baseline = best_of(3, lambda: make_plant.expected_planned_receipts(plant))
    yield Figure("planning.seconds", seconds, "s")
    yield Figure("planning.baseline_seconds", baseline, "s")
    yield Figure("planning.times_baseline", seconds / baseline, "×")


def wrong_receipts(planned: pd.DataFrame, expected: pd.DataFrame) -> int:
    """Item and date pairs whose planned quantity is not the expected one."""
    found = planned.assign(date=planned["due_date"].dt.strftime("%Y-%m-%d"))
    found = found.groupby(["item", "date"])["quantity_micro"].sum()
    wanted = expected.groupby(["item", "date"])["quantity"].sum() * 1_000_000
    return int((found.sub(wanted, fill_value=0) != 0).sum())


def world_of_files(folder: Path) -> dict[str, pd.DataFrame]:
    """The complete world of a folder of import tables, without a database."""
    from calculations.row_parsing import empty_frame, parse_table
    from connectors.files import read_tables
    from models.import_tables import import_tables

    tables = import_tables()
    world = {name: empty_frame(table) for name, table in tables.items()}
    for name, text in read_tables(folder, tables).frames.items():
        world[name], refused = parse_table(text, tables[name])
        if len(refused):
            raise ValueError(f"{name}: {refused.iloc[0].to_dict()}")
    return world


def module_at(path: Path) -> ModuleType:
    """The Python file at `path` as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))
