"""Plan materials: read, gate, calculate, gate, replace the plan; one transaction."""

from datetime import date
from hashlib import sha256

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import material_planning
from calculations.plan_changes import changes_in_words, plan_changes
from calculations.planning_reasons import order_reasons
from calculations.rejected_suggestions import keep_rejections
from models.database import Connection
from models.planned_orders import plan_before, rejected_suggestions, replace_plan, surviving_orders
from models.promise_reservations import with_reserved_demand
from models.worlds import read_world
from tasks.replay import keep_for_replay
from tasks.stage_run import SHOWN_ROWS, StageRun, stage_run
from validations.material_planning import DEMANDS, PLAN

TABLES = (
    "items",
    "unit_conversions",
    "boms",
    "bom_lines",
    "substitutes",
    "work_centers",
    "operations",
    "supplier_items",
    "price_breaks",
    "safety_stocks",
    "calendar",
    "customers",
    "sales_orders",
    "sales_order_lines",
    "forecasts",
    "stock",
    "purchase_orders",
    "purchase_order_lines",
    "work_orders",
    "work_order_components",
    "subcontract_orders",
    "subcontract_order_components",
    "exchange_rates",
)
WITHDRAWN = ("draft", "submitted", "cancelled", "rejected")


@task(name="plan materials", cache_policy=NO_CACHE)
def plan_materials(as_of: date, policies: dict | None = None) -> dict:
    """Suggest what to buy, make and subcontract; the suggestions of earlier runs are replaced, firm orders stay."""
    with stage_run("material_planning", as_of, policies) as run:
        plan_within(run)
    return run.summary


def plan_within(run: StageRun) -> None:
    """Plan in the transaction of a run and keep the plan in place of the last one."""
    world = planning_world(run.connection, run.as_of)
    run.remember_inputs({name: world[name] for name in (*TABLES, "planned_orders")})
    world = run.gate(DEMANDS, world)
    frames = material_planning.plan_materials(world, run.as_of, run.policies)
    keep_for_replay(run.connection, run.number, world, (*TABLES, "planned_orders"), frames)
    run.gate(PLAN, frames)
    frames = keep_rejections(frames, rejected_suggestions(run.connection))
    frames["changes"] = _changes(run, frames)
    run.count(replaced=replace_plan(run.connection, run.number, frames["rejected"]))
    _write(run, frames)
    run.quarantine(frames["refused"])
    _tell(run, world, frames["exceptions"])
    _show(run, world, frames)


def planning_world(connection: Connection, as_of: date) -> dict[str, pd.DataFrame]:
    """The plant as planning sees it, what promises have reserved among the order lines.

    Where there are forecasts, it has what delivered orders have taken of them too.
    """
    world = with_reserved_demand(connection, read_world(connection, TABLES), as_of)
    world["planned_orders"] = surviving_orders(connection)
    if world["forecasts"].empty:
        return world
    ended = read_world(connection, ("sales_orders", "sales_order_lines"), ended="all")
    gone = ended["sales_orders"]["order"][ended["sales_orders"]["state"].isin(WITHDRAWN)]
    lines = ended["sales_order_lines"]
    lines = lines[~lines["order"].isin(world["sales_orders"]["order"]) & ~lines["order"].isin(gone)]
    # an order that is done asks for nothing more, but what it shipped was part of the forecast
    lines = lines.assign(quantity_micro=lines["shipped_quantity_micro"])[lines["shipped_quantity_micro"] > 0]
    world["sales_order_lines"] = pd.concat([world["sales_order_lines"], lines], ignore_index=True)
    return world


def _changes(run: StageRun, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What this plan changes against the one it replaces; nothing where it is the first."""
    before = plan_before(run.connection)
    if before is None:
        return plan_changes(frames, frames, run.as_of)
    changes = plan_changes(before, frames, run.as_of)
    run.say("Since the last plan: " + changes_in_words(changes))
    return changes


def _write(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    """Bulk inserts of everything the run derived; firm orders are there already."""
    orders = frames["planned_orders"]
    run.write("planned_orders", orders[~orders["firm"]], run=run.number)
    run.write("requirements", frames["requirements"], run=run.number)
    run.write("planning_exceptions", frames["exceptions"], run=run.number)
    run.write("work_center_loads", frames["load"], run=run.number)
    tables = {"pegs": "pegs", "substitutions": "substitutions", "overload_orders": "overload_orders",
              "plan_changes": "changes"}  # fmt: skip
    for table, name in tables.items():
        run.write(table, frames[name], run=run.number, position=range(1, len(frames[name]) + 1))


def _tell(run: StageRun, world: dict[str, pd.DataFrame], exceptions: pd.DataFrame) -> None:
    """A message about order lines that will be late; none while the same lines are late by the same date."""
    late = exceptions[exceptions["kind"] == "late_order"]
    if late.empty:
        return
    lines = world["sales_order_lines"][["order", "line", "due_date"]]
    orders = world["sales_orders"][["order", "customer"]]
    rows = late.rename(columns={"date": "promised_date"}).merge(lines, on=["order", "line"]).merge(orders, on="order")
    same = sha256(rows[["order", "line", "promised_date"]].to_csv(index=False).encode()).hexdigest()[:16]
    run.alert("late_order", f"planned/{same}", {"rows": rows})


def _show(run: StageRun, world: dict[str, pd.DataFrame], frames: dict[str, pd.DataFrame]) -> None:
    orders, exceptions = frames["planned_orders"], frames["exceptions"]
    orders = orders[orders["state"] != "rejected"]
    run.count(planned_orders=int((~orders["firm"]).sum()), firm_orders=int(orders["firm"].sum()))
    run.count(**dict(orders["kind"].value_counts().sort_index().items()))
    run.count(pegs=len(frames["pegs"]), exceptions=len(exceptions), substitutions=len(frames["substitutions"]))
    run.count(exceptions_kept_quiet=int(frames["quiet"]["exceptions"].sum()), changes=len(frames["changes"]))
    shown = ["number", "item", "kind", "quantity_micro", "release_date", "due_date", "supplier", "reason"]
    run.show("Exceptions", exceptions)
    run.show("Changes", frames["changes"])
    run.show("Load", frames["load"][frames["load"]["hours_micro"] > 0])
    run.show("Overload orders", frames["overload_orders"])
    first = orders.sort_values(["release_date", "number"], kind="stable", ignore_index=True)
    # rows that are not shown need no words
    told = order_reasons(first.head(SHOWN_ROWS), world["items"], world["calendar"], run.as_of)
    run.show("Planned orders", first.assign(reason=pd.Series(told, dtype="str"))[shown])
    run.show("Substitutions", frames["substitutions"])
    if len(frames["rejected"]):
        run.count(still_rejected=len(frames["rejected"]))
        run.show("Still rejected", frames["rejected"])
