"""The whole planning flow of 10,000 items on SQLite and PostgreSQL, beside a bare read and write of the same rows.

The baseline is what nobody can do without: the driver reads the input tables whole (`SELECT *`) and writes the rows of
the plan, ready-made tuples, into the same tables of a copy of the database (executemany on SQLite, COPY on PostgreSQL),
in one transaction. Flow and baseline take turns; the best of each counts.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pandas as pd
from sqlalchemy import Engine

from benchmarks.installations import SERVERS, installation_at
from benchmarks.measure import Benchmark, Figure, peak_bytes, program
from benchmarks.plants import AS_OF, ITEMS, MAKE_PLANT, module_at, wrong_receipts

ROUNDS = 3
LIMIT = 3
PARTS = ("read", "gates", "calculate", "write", "rest")
PROGRAM = "benchmarks.planning_flow"


def _limits() -> Iterator[Figure]:
    for engine in SERVERS:
        name = f"planning_flow.{engine}"
        yield Figure(f"{name}.wrong_receipts", None, "rows", 0)
        yield Figure(f"{name}.seconds", None, "s")
        yield Figure(f"{name}.again_seconds", None, "s")
        yield Figure(f"{name}.baseline_seconds", None, "s")
        yield Figure(f"{name}.times_baseline", None, "×", LIMIT)
        yield Figure(f"{name}.again_times_baseline", None, "×", LIMIT)
        for part in PARTS:
            yield Figure(f"{name}.{part}_seconds", None, "s")
    yield Figure("planning_flow.peak_megabytes", None, "MB")


LIMITS = tuple(_limits())


@dataclass
class Times:
    """Seconds of every round, by what was timed; `parts` belong to the rounds of the first plan."""

    plans: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    baseline: list[float] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)

    def figures(self, name: str) -> Iterator[Figure]:
        """The best of each, and how often the baseline goes into it."""
        plan, again, baseline = min(self.plans), min(self.again), min(self.baseline)
        yield Figure(f"{name}.seconds", plan, "s")
        yield Figure(f"{name}.again_seconds", again, "s")
        yield Figure(f"{name}.baseline_seconds", baseline, "s")
        yield Figure(f"{name}.times_baseline", plan / baseline, "×", LIMIT)
        yield Figure(f"{name}.again_times_baseline", again / baseline, "×", LIMIT)
        best = self.parts[self.plans.index(plan)]
        for part in PARTS:
            yield Figure(f"{name}.{part}_seconds", best.get(part, plan - sum(best.values())), "s")


def run() -> Iterator[Figure]:
    """A plant in each database; plan, plan again and baseline in turn, each on copies of that database."""
    with tempfile.TemporaryDirectory() as name, planning_server():
        plant = Path(name) / "plant"
        expected = write_plant(plant)
        for engine, server in SERVERS.items():
            folder = Path(name) / engine
            folder.mkdir()
            try:
                yield from engine_figures(engine, server, folder, plant, expected)
            except ModuleNotFoundError as error:
                reason = f"{error.name} is not installed"
                yield from (Figure(one.name, None, one.unit, one.limit, reason) for one in LIMITS if engine in one.name)
        yield peak_figure(Path(name) / "sqlite")


def engine_figures(engine: str, server, folder: Path, plant: Path, expected: pd.DataFrame) -> Iterator[Figure]:
    """The figures of one database engine; leaves the imported plant as `imported` in `folder` (SQLite)."""
    with server(folder) as databases:
        import_plant(databases.new("imported"), folder, plant)
        times, rows = Times(), {}
        for count in range(ROUNDS):
            with installation_at(databases.copy("imported", f"plan{count}"), folder) as installed:
                rows = timed_plans(installed, times)
                if not count:
                    wrong = wrong_receipts(planned_orders(installed), expected)
                    yield Figure(f"planning_flow.{engine}.wrong_receipts", wrong, "rows", 0)
            databases.drop(f"plan{count}")
            with installation_at(databases.copy("imported", f"bare{count}"), folder) as installed:
                times.baseline.append(bare_seconds(installed, rows))
            databases.drop(f"bare{count}")
    yield from times.figures(f"planning_flow.{engine}")


def peak_figure(folder: Path) -> Figure:
    """Memory that a process of its own took at most for the flow on the SQLite plant of `folder`."""
    usage = program(sys.executable, "-m", PROGRAM, f"sqlite:///{folder / 'imported.db'}", str(folder))
    return Figure("planning_flow.peak_megabytes", int(usage.output.splitlines()[-1]) / 2**20, "MB")


def write_plant(folder: Path) -> pd.DataFrame:
    """Writes the plant's import tables into a folder; returns the receipts a correct plan has."""
    make_plant = module_at(MAKE_PLANT)
    with redirect_stdout(StringIO()):
        make_plant.write_tables(make_plant.draw_plant(ITEMS), folder)
    answer = folder / "expected_planned_receipts.csv"
    expected = pd.read_csv(answer)
    answer.unlink()
    return expected


def import_plant(url: str, folder: Path, plant: Path) -> None:
    """Import the plant's tables into an empty database; nobody is connected to it afterwards."""
    from tasks.importing import load_tables

    with installation_at(url, folder):
        load_tables(plant, AS_OF)


@contextmanager
def planning_server():
    """A temporary Prefect server, without the heartbeat threads that make every run wait a second for their end."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=180),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


def timed_plans(installed: Engine, times: Times) -> dict[str, list[tuple]]:
    """Plan, note what the parts took, and plan again; returns the rows of the plan as the driver gives them."""
    from flows.material_planning import material_planning

    with timed_parts() as parts:
        times.plans.append(seconds_of(lambda: material_planning(AS_OF)))
    times.parts.append(dict(parts))
    times.again.append(seconds_of(lambda: material_planning(AS_OF)))
    with installed.connect() as connection:
        return {name: all_rows(connection.connection.cursor(), name) for name in written_tables()}


def written_tables() -> tuple[str, ...]:
    """What a planning run writes, in the order of writing."""
    from models.planned_orders import DERIVED

    return ("planned_orders", *DERIVED)


def read_tables() -> tuple[str, ...]:
    """What a planning run reads: stock is the sum of its moves."""
    from tasks.material_planning import TABLES

    return (*(name for name in TABLES if name != "stock"), "stock_moves", "planned_orders")


def planned_orders(installed: Engine) -> pd.DataFrame:
    """The planned orders in the database."""
    from models.database import read_table, reading

    with reading(installed) as connection:
        return read_table(connection, "planned_orders")


@contextmanager
def timed_parts() -> Iterator[dict[str, float]]:
    """Seconds by part of the stage, while the context lasts."""
    from models import database
    from tasks import material_planning, stage_run

    places = (
        ("read", material_planning, "planning_world"),
        ("gates", stage_run.StageRun, "gate"),
        ("calculate", material_planning.material_planning, "plan_materials"),
        ("write", material_planning, "replace_plan"),
        ("write", database, "insert_frame"),
    )
    seconds: dict[str, float] = {}
    with ExitStack() as patches:
        for part, owner, name in places:
            patches.enter_context(patch.object(owner, name, _timed(getattr(owner, name), part, seconds)))
        yield seconds


def _timed(work: Callable, part: str, seconds: dict[str, float]) -> Callable:
    def timed(*arguments, **named):
        start = time.perf_counter()
        try:
            return work(*arguments, **named)
        finally:
            seconds[part] = seconds.get(part, 0) + time.perf_counter() - start

    return timed


def bare_seconds(installed: Engine, rows: dict[str, list[tuple]]) -> float:
    """Seconds of one transaction in which the driver reads the input tables and writes the rows, nothing else."""
    from models.database import writing

    def read_and_write() -> None:
        with writing(installed) as connection:
            cursor = connection.connection.cursor()
            for name in read_tables():
                all_rows(cursor, name)
            for name, table_rows in rows.items():
                BARE_INSERTS[connection.dialect.name](cursor, name, table_rows)

    return seconds_of(read_and_write)


def all_rows(cursor, table: str) -> list[tuple]:
    """A table's rows as the driver gives them."""
    cursor.execute(f'SELECT * FROM "{table}"')
    return cursor.fetchall()


def _executemany(cursor, table: str, rows: list[tuple]) -> None:
    if rows:
        cursor.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(rows[0]))})', rows)


def _copy(cursor, table: str, rows: list[tuple]) -> None:
    with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


BARE_INSERTS = {"sqlite": _executemany, "postgresql": _copy}


def seconds_of(work: Callable[[], object]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(url: str, folder: str) -> None:
    """Run the flow once on a database and print the most memory this process took, in bytes."""
    from flows.material_planning import material_planning

    with planning_server(), installation_at(url, Path(folder)):
        material_planning(AS_OF)
    print(peak_bytes())


BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))

if __name__ == "__main__":
    main(*sys.argv[1:])
