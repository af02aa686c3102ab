"""What if, asked of the database: read, branch, plan twice, compare; nothing is written."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import what_if as calculation
from models.database import Connection, reading
from models.migrating import ready_engine
from models.worlds import read_world
from settings import settings
from tasks.material_planning import TABLES, planning_world
from tasks.presentation import readable_rows
from tasks.simulation import what_if_tables

# What a branch needs beside what planning reads: who may be named.
ALSO_READ = ("suppliers",)


@task(name="ask what if", cache_policy=NO_CACHE)
def ask_what_if(changes: list[dict], as_of: date, policies: dict | None = None) -> dict[str, list[dict]]:
    """The difference that the changes make to the plan of today's data, as rows; see `what_if_frames`."""
    frames = what_if_frames(changes, as_of, policies)
    return {name: readable_rows(frame) for name, frame in frames.items()}


def what_if_frames(changes: list[dict], as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """The frames of `calculations.what_if` for the data as they are; read in one read-only transaction.

    Args:
        changes: see `calculations.change_set.CHANGES`.
    Raises:
        RefusedChanges: what an import would refuse; nothing is planned then.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        world = branchable_world(connection, as_of)
    chosen = {**settings().policies, **(policies or {})}
    carried = {*TABLES, *ALSO_READ, "planned_orders"}
    return calculation.what_if(world, as_of, chosen, changes, what_if_tables(), carried)


def branchable_world(connection: Connection, as_of: date) -> dict[str, pd.DataFrame]:
    """The plant as planning sees it, and who may be named in a branch of it."""
    read = read_world(connection, ALSO_READ)
    return {**planning_world(connection, as_of), **{name: read[name] for name in ALSO_READ}}
