"""Previewing a change of an order: 10,000 items with 10,000 open order lines, in memory and from the database."""

import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from benchmarks.installations import new_installation
from benchmarks.measure import Benchmark, Figure, best_of
from benchmarks.plants import AS_OF, ITEMS, MAKE_PLANT, module_at, world_of_files

# Order lines changed in turn: each is halved.
CHANGED = (100, 2_500, 5_000, 7_500, 9_900)
LIMITS = (
    Figure("order_change.preview_seconds", None, "s", 1.0),
    Figure("order_change.from_database_seconds", None, "s"),
)


def run() -> Iterator[Figure]:
    """The slowest of five changes, each the best of three."""
    from calculations.exact import micro_text
    from calculations.order_change import preview
    from tasks.simulation import what_if_tables

    make_plant = module_at(MAKE_PLANT)
    with tempfile.TemporaryDirectory() as folder:
        with redirect_stdout(StringIO()):
            make_plant.write_tables(make_plant.draw_plant(ITEMS), Path(folder) / "plant")
        world = world_of_files(Path(folder) / "plant")
        lines = world["sales_order_lines"].iloc[list(CHANGED)].to_dict("records")
        asked = [
            (line["order"], [{"what": "quantity", "line": line["line"],
                              "quantity": micro_text(line["quantity_micro"] // 2_000_000 * 1_000_000 or 1_000_000)}])
            for line in lines
        ]  # fmt: skip

        def look(order, requests):
            return preview(world, AS_OF, {}, order, requests, what_if_tables(), set(world))

        seconds = max(best_of(3, lambda one=one: look(*one)) for one in asked)
        yield Figure("order_change.preview_seconds", seconds, "s", 1.0)
        yield Figure("order_change.from_database_seconds", _from_database(Path(folder), *asked[0]), "s")


def _from_database(folder: Path, order: str, requests: list[dict]) -> float:
    """The whole preview on SQLite, from opening a transaction to rows that can be shown."""
    from tasks.importing import load_tables
    from tasks.order_change import preview_order_change

    with new_installation(folder):
        load_tables(folder / "plant", AS_OF)
        return best_of(3, lambda: preview_order_change.fn(order, requests, AS_OF))


BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))
