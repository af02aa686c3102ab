"""The queries of replay: what the last planning runs saw and what came of it."""

import pandas as pd
from sqlalchemy import Connection, delete, select

from models.database import insert_frame, table_of


def keep_snapshot(connection: Connection, run: str, version: str, results: dict, inputs: bytes, last: int) -> None:
    """Keep a run's snapshot, and of earlier ones so many that `last` are there in all."""
    table = table_of("plan_snapshots")
    old = replayable_runs(connection)[max(last - 1, 0) :]
    if old:
        connection.execute(delete(table).where(table.c.run.in_(old)))
    if last > 0:
        row = {"run": [run], "version": [version], "results": [results], "inputs": [inputs]}
        insert_frame(connection, "plan_snapshots", pd.DataFrame(row))


def replayable_runs(connection: Connection) -> list[str]:
    """Runs whose snapshot is kept, the newest first."""
    runs, table = table_of("runs"), table_of("plan_snapshots")
    query = select(table.c.run).join(runs, runs.c.number == table.c.run).order_by(runs.c.started_at.desc())
    return list(connection.scalars(query))


def snapshot_of(connection: Connection, run: str) -> dict | None:
    """A run's as_of, policies, version, results and inputs; None where nothing was kept."""
    runs, table = table_of("runs"), table_of("plan_snapshots")
    query = (
        select(runs.c.as_of, runs.c.policies, table.c.version, table.c.results, table.c.inputs)
        .join(runs, runs.c.number == table.c.run)
        .where(table.c.run == run)
    )
    found = connection.execute(query).mappings().first()
    return None if found is None else dict(found)
