"""Check the kits of all open order lines: read, gate, calculate, gate, write the day's answer."""

from datetime import date
from hashlib import sha256

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import kit_progress, kitting
from models.kits import forget_kits
from models.worlds import read_world
from tasks.stage_run import StageRun, stage_run
from validations.kitting_check import KITS, REQUIREMENTS

TABLES = (
    "items",
    "boms",
    "bom_lines",
    "substitutes",
    "customers",
    "calendar",
    "sales_orders",
    "sales_order_lines",
    "stock",
    "purchase_orders",
    "purchase_order_lines",
    "work_orders",
    "work_order_components",
    "subcontract_orders",
    "subcontract_order_components",
    "planned_orders",
)


@task(name="check kitting", cache_policy=NO_CACHE)
def check_kitting(as_of: date, policies: dict | None = None) -> dict:
    """Say of every open order line how many complete sets are there; a second check of the day replaces the first."""
    with stage_run("kitting_check", as_of, policies) as run:
        world = read_world(run.connection, TABLES)
        run.remember_inputs({name: world[name] for name in TABLES})
        world = run.gate(REQUIREMENTS, world)
        world["under_way"] = kit_progress.lines_under_way(world, as_of, run.policies)
        world["drawn_next"] = kit_progress.needs_of_started_orders(world)
        frames = kitting.check_kitting(world, as_of, run.policies)
        run.gate(KITS, frames)
        forget_kits(run.connection, as_of)
        run.write("kits", frames["kits"], run=run.number)
        run.write("shortages", frames["shortages"], run=run.number)
        run.quarantine(frames["refused"])
        _count(run, frames)
        _tell(run, world, frames["shortages"])
    return run.summary


def _tell(run: StageRun, world: dict, shortages: pd.DataFrame) -> None:
    """A message to the planners when components are short; none while the same ones stay short."""
    if shortages.empty:
        return
    planners = pd.Series(world["items"]["planner"].to_numpy(), index=world["items"]["item"])
    rows = shortages.assign(planner=shortages["item"].map(planners).fillna(""))
    same = sha256(shortages[["order", "line", "item"]].to_csv(index=False).encode()).hexdigest()[:16]
    run.alert("shortage", same, {"rows": rows})


def _count(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    statuses = frames["kits"]["status"].value_counts()
    run.count(order_lines=len(frames["kits"]))
    run.count(**{status: statuses.get(status, 0) for status in ("ready", "partial", "short", "no_bom")})
    run.count(shortages=len(frames["shortages"]))
    run.show("Kits", frames["kits"])
    run.show("Shortages", frames["shortages"])
