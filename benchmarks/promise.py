"""One promise in a synthetic factory of 10,000 items with 10,000 open order lines: in memory, and from the database."""

import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path

from benchmarks.installations import new_installation
from benchmarks.measure import Benchmark, Figure, best_of
from benchmarks.plants import AS_OF, ITEMS, MAKE_PLANT, module_at, world_of_files

# Items asked for in turn: finished ones, so that every answer goes through all levels.
ASKED = ("I0001623", "I0000171", "I0000358", "I0001164", "I0000188")
WANTED = date(2024, 2, 5)
LIMITS = (
    Figure("promise.wrong_answers", None, "rows", 0),
    Figure("promise.seconds", None, "s", 0.3),
    Figure("promise.from_database_seconds", None, "s", 1.0),
)


def run() -> Iterator[Figure]:
    """The slowest of five questions, each the best of three; the answers beside those of the whole plant."""
    from calculations.order_lines import open_order_lines
    from calculations.order_promise import answer_request, single_request
    from calculations.promise import Promising

    make_plant = module_at(MAKE_PLANT)
    with tempfile.TemporaryDirectory() as folder:
        with redirect_stdout(StringIO()):
            make_plant.write_tables(make_plant.draw_plant(ITEMS), Path(folder) / "plant")
        world = world_of_files(Path(folder) / "plant")
        requests = [single_request(world, "ASK", item, 100 * 10**6, WANTED) for item in ASKED]
        accepted, _ = open_order_lines(world)
        wrong = sum(
            not answer_request(world, line, AS_OF, {})["promises"].equals(
                Promising(world, AS_OF, {}, accepted).serve(line)
            )
            for line in requests
        )
        yield Figure("promise.wrong_answers", wrong, "rows", 0)
        seconds = max(best_of(3, lambda line=line: answer_request(world, line, AS_OF, {})) for line in requests)
        yield Figure("promise.seconds", seconds, "s", 0.3)
        yield Figure("promise.from_database_seconds", _from_database(Path(folder)), "s", 1.0)


def _from_database(folder: Path) -> float:
    """The whole question on SQLite, from opening a transaction to rows that can be shown."""
    from tasks.importing import load_tables
    from tasks.order_promise import Request, answer_promise

    with new_installation(folder):
        load_tables(folder / "plant", AS_OF)
        asked = [Request(item, "100", WANTED) for item in ASKED]
        return max(best_of(3, lambda request=request: answer_promise(request, AS_OF)) for request in asked)


BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))
