"""Replay: an earlier planning run calculated again from what it saw, beside what it made then."""

from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

import calculations
from calculations.errors import KitlineError
from calculations.material_planning import plan_materials
from calculations.order_differences import order_differences
from calculations.row_parsing import empty_frame
from calculations.snapshots import digest_of, digests, packed, unpacked
from models.database import Connection, read_table, reading, table_of
from models.import_tables import import_tables
from models.migrating import ready_engine
from models.plan_snapshots import keep_snapshot, replayable_runs, snapshot_of
from settings import settings
from tasks.presentation import readable_rows


class NotReplayable(KitlineError):
    """A run whose inputs are not kept."""

    kind = "not_replayable"


def keep_for_replay(connection: Connection, run: str, world: dict, names: tuple[str, ...], frames: dict) -> None:
    """Keep the tables that a run saw and the digests of its frames, in the run's own transaction."""
    last = settings().replayable_runs
    if last > 0:
        inputs = packed({name: world[name] for name in names})
        keep_snapshot(connection, run, code_version(), digests(frames), inputs, last)


def replay(run: str = "") -> dict:
    """A planning run calculated again; blank is the newest.

    Returns:
        run, as_of, same (whether every frame is the same bytes), digest (of the new results), frames (name, rows then,
        rows now, same), version_then, version_now, planned_orders (those that differ, where the run's orders are still
        the plan).
    Raises:
        NotReplayable: nothing was kept of the run; the message names the runs that can be replayed.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        kept = replayable_runs(connection)
        run = run or next(iter(kept), "")
        found = snapshot_of(connection, run)
        if found is None:
            raise NotReplayable(_advice(run, kept))
        world = _whole_world(unpacked(found["inputs"]))
        frames = plan_materials(world, found["as_of"], found["policies"])
        stored = _stored_orders(connection, run)
    then, now = found["results"], digests(frames)
    rows = [
        {"frame": name, "rows_then": then.get(name, {}).get("rows"), "rows_now": now.get(name, {}).get("rows"),
         "same": then.get(name) == now.get(name)}
        for name in {**then, **now}
    ]  # fmt: skip
    same = all(row["same"] for row in rows)
    differing = [] if same or stored is None else readable_rows(order_differences(stored, frames["planned_orders"]))
    return {
        "run": run,
        "as_of": found["as_of"].isoformat(),
        "same": same,
        "digest": digest_of(now),
        "digest_then": digest_of(then),
        "version_now": code_version(),
        "version_then": found["version"],
        "frames": rows,
        "planned_orders": differing,
    }


@cache
def code_version() -> str:
    """Kitline's version and a digest of its calculations: what else than the inputs decides a result."""
    try:
        known = version("kitline")
    except PackageNotFoundError:
        known = "0"
    sources = sorted(Path(calculations.__file__).parent.glob("*.py"))
    digest = blake2b(b"".join(path.read_bytes() for path in sources), digest_size=6)
    return f"{known}+{digest.hexdigest()}"


def _whole_world(read: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: empty_frame(spec) for name, spec in import_tables().items()} | read


def _stored_orders(connection: Connection, run: str) -> pd.DataFrame | None:
    """The run's planned orders, while no later run has replaced them."""
    orders = table_of("planned_orders")
    stored = read_table(connection, "planned_orders", orders.c.run == run)
    return stored if len(stored) else None


def _advice(run: str, kept: list[str]) -> str:
    if not kept:
        return "no planning run has been kept; run material_planning (the setting replayable_runs says how many)"
    return f"of {run} nothing is kept; runs that can be replayed are {', '.join(kept)}"
