"""Check the kits of all open order lines and write the day's answer; answer other questions about kits."""

from datetime import date
from hashlib import sha256

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import kit_progress, kitting
from calculations.exact import to_micro
from calculations.kit_demands import INQUIRY, with_inquiry
from calculations.policies import resolve
from models.database import Connection, reading
from models.kits import forget_kits
from models.migrating import ready_engine
from models.planned_orders import pegs_of_supply
from models.promise_reservations import with_reserved_demand
from models.worlds import read_world
from settings import settings
from tasks.presentation import readable_rows
from tasks.stage_run import SHOWN_ROWS, StageRun, stage_run
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
ASKED_FOR = (*TABLES, "opportunities", "opportunity_lines")
# The stage answers this question every day; every other choice of these is a question of its own.
DAILY = {"kits_for": "sales_orders", "only_orders": [], "other_orders": "occupy"}


@task(name="check kitting", cache_policy=NO_CACHE)
def check_kitting(as_of: date, policies: dict | None = None) -> dict:
    """Say of every open order line how many complete sets are there; a second check of the day replaces the first."""
    policies = {**(policies or {}), **DAILY}
    with stage_run("kitting_check", as_of, policies) as run:
        world = with_reserved_demand(run.connection, read_world(run.connection, TABLES), as_of)
        run.remember_inputs({name: world[name] for name in TABLES})
        world = run.gate(REQUIREMENTS, world)
        frames = _running_kits(world, as_of, run.policies)
        run.gate(KITS, frames)
        forget_kits(run.connection, as_of)
        run.write("kits", frames["kits"], run=run.number)
        run.write("shortages", frames["shortages"], run=run.number)
        run.quarantine(frames["refused"])
        _count(run, frames)
        _tell(run, world, frames["shortages"])
    return run.summary


@task(name="answer a question about kits", cache_policy=NO_CACHE)
def ask_kitting(
    as_of: date, policies: dict | None = None, item: str = "", quantity: str = "", needed_on: date | None = None
) -> dict:
    """What kits of chosen orders, opportunities, work orders or planned production there are; nothing is written.

    Args:
        policies: `kits_for`, `only_orders` and the other choices of `kitting.check_kitting`.
        item, quantity, needed_on: an order that nobody has placed yet; it is answered instead of `kits_for`, after the
            accepted orders took theirs. The day may be blank: today.
    Returns:
        kits and shortages as readable rows, and `summary`, which a flow publishes.
    """
    policies = {**settings().policies, **(policies or {})}
    if item:
        policies |= {"kits_for": "opportunities", "only_orders": [INQUIRY]}
    policies = resolve(policies, as_of)
    with reading(ready_engine(settings().database_url)) as connection:
        world = _asked_world(connection, policies, as_of)
    if item:
        world = with_inquiry(world, item, to_micro(quantity), needed_on or as_of)
    frames = _running_kits(world, as_of, policies)
    return {
        "kits": readable_rows(frames["kits"]),
        "shortages": readable_rows(frames["shortages"]),
        "summary": _summary(frames, as_of),
    }


def is_daily(policies: dict) -> bool:
    """Whether these policies ask what the stage answers every day."""
    policies = {**DAILY, **settings().policies, **policies}
    return all(policies[name] == usual for name, usual in DAILY.items())


def _asked_world(connection: Connection, policies: dict, as_of: date) -> dict[str, pd.DataFrame]:
    world = with_reserved_demand(connection, read_world(connection, ASKED_FOR), as_of)
    serving = {"work_orders": ("work_order",), "planned_orders": ("work_order", "planned_order")}
    if policies["kits_for"] in serving:
        world["pegs"] = pegs_of_supply(connection, serving[policies["kits_for"]])
    return world


def _running_kits(world: dict, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """Kits of a plant that runs: what is finished or in work counts."""
    tables = {
        "under_way": kit_progress.lines_under_way(world, as_of, policies),
        "drawn_next": kit_progress.needs_of_started_orders(world, policies),
    }
    return kitting.check_kitting(world | tables, as_of, policies)


def _summary(frames: dict[str, pd.DataFrame], as_of: date) -> dict:
    titles = {"Kits": "kits", "Shortages": "shortages"}
    return {
        "run": "question",
        "stage": "kitting_question",
        "as_of": as_of.isoformat(),
        "counts": _counts(frames),
        "tables": {title: readable_rows(frames[name].head(SHOWN_ROWS)) for title, name in titles.items()},
        "not_shown": {title: max(0, len(frames[name]) - SHOWN_ROWS) for title, name in titles.items()},
        "gates": [],
    }


def _tell(run: StageRun, world: dict, shortages: pd.DataFrame) -> None:
    """A message to the planners when components are short; none while the same ones stay short."""
    if shortages.empty:
        return
    planners = pd.Series(world["items"]["planner"].to_numpy(), index=world["items"]["item"])
    rows = shortages.assign(planner=shortages["item"].map(planners).fillna(""))
    same = sha256(shortages[["order", "line", "item"]].to_csv(index=False).encode()).hexdigest()[:16]
    run.alert("shortage", same, {"rows": rows})


def _count(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    run.count(order_lines=len(frames["kits"]))
    run.count(**_counts(frames))
    run.show("Kits", frames["kits"])
    run.show("Shortages", frames["shortages"])


def _counts(frames: dict[str, pd.DataFrame]) -> dict[str, int]:
    statuses = frames["kits"]["status"].value_counts()
    counts = {status: int(statuses.get(status, 0)) for status in ("ready", "partial", "short", "no_bom")}
    return counts | {"shortages": len(frames["shortages"])}
