"""Kitting check of 10,000 order lines, nearly all of them short, of the synthetic factory that planning uses."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from benchmarks.measure import Benchmark, Figure, best_of
from benchmarks.plants import AS_OF, ITEMS, MAKE_PLANT, module_at, world_of_files

LIMIT_SECONDS = 2.0
LIMITS = (
    Figure("kitting.order_lines", None, "lines"),
    Figure("kitting.single_level_seconds", None, "s", LIMIT_SECONDS),
    Figure("kitting.all_levels_seconds", None, "s", LIMIT_SECONDS),
    Figure("kitting.stage_seconds", None, "s"),
)


def run() -> Iterator[Figure]:
    """The calculation of single and of all levels, the best of three; the whole stage on SQLite once."""
    from calculations.kitting import check_kitting

    make_plant = module_at(MAKE_PLANT)
    with tempfile.TemporaryDirectory() as folder:
        plant = Path(folder) / "plant"
        plant.mkdir()
        with redirect_stdout(StringIO()):
            make_plant.write_tables(make_plant.draw_plant(ITEMS), plant)
        (plant / "expected_planned_receipts.csv").unlink()
        world = world_of_files(plant)
        yield Figure("kitting.order_lines", len(world["sales_order_lines"]), "lines")
        for level in ("single", "all"):
            seconds = best_of(3, lambda level=level: check_kitting(world, AS_OF, {"level": level}))
            yield Figure(f"kitting.{level}_level{'s' * (level == 'all')}_seconds", seconds, "s", LIMIT_SECONDS)
        yield Figure("kitting.stage_seconds", _stage_seconds(plant, Path(folder)), "s")


def _stage_seconds(plant: Path, folder: Path) -> float:
    """Reading, gates, kits of a single level, writing, on a SQLite file that holds the plant."""
    from models.database import engine_of
    from settings import settings
    from tasks.importing import load_tables
    from tasks.kitting_check import check_kitting

    url = f"sqlite:///{folder / 'kitline.db'}"
    before = {name: os.environ.get(name) for name in ("KITLINE_DATABASE_URL", "KITLINE_DATA_DIR")}
    os.environ |= {"KITLINE_DATABASE_URL": url, "KITLINE_DATA_DIR": str(folder / "data")}
    settings.cache_clear()
    try:
        load_tables(plant, AS_OF)
        return best_of(1, lambda: check_kitting.fn(AS_OF))
    finally:
        engine_of(url).dispose()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        settings.cache_clear()


BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))
