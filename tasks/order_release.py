"""Release planned orders: read, gate, merge, gate, claim, number and write, each planned order once."""

from datetime import date
from hashlib import sha256

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.order_release import KINDS, merge_planned_orders
from models.documents import next_numbers
from models.releasing import claim_planned_orders, pegs_above, planned_orders_due, release_world
from tasks.stage_run import StageRun, stage_run
from validations.order_release import PLANNED_ORDERS, SUPPLY_ORDERS

SERIES = {"purchase": "PO", "production": "WO", "subcontract": "SC"}
# Headers before lines and components.
WRITTEN = {
    "purchase_orders": "purchase",
    "purchase_order_lines": "purchase",
    "work_orders": "production",
    "work_order_components": "production",
    "subcontract_orders": "subcontract",
    "subcontract_order_components": "subcontract",
}


@task(name="release orders", cache_policy=NO_CACHE)
def release_orders(as_of: date, policies: dict | None = None, until: date | None = None) -> dict:
    """Turn planned orders due for release up to `until` (blank: `as_of`) into purchase, work and subcontract orders.

    Suggestions above the policy `approval_limit` stay and are told to the buyer; approved and firm ones go.
    """
    with stage_run("order_release", as_of, policies) as run:
        planned = planned_orders_due(run.connection, until or as_of)
        if planned.empty:
            run.count(released=0)
            return run.summary
        world = release_world(run.connection, planned) | {
            "planned_orders": planned,
            "pegs": pegs_above(run.connection, planned),
        }
        world = run.gate(PLANNED_ORDERS, world)
        frames = _claimed(run, world, until)
        run.gate(SUPPLY_ORDERS, frames)
        _write(run, _numbered(run, frames))
        _tell(run, frames)
    return run.summary


def _claimed(run: StageRun, world: dict, until: date | None) -> dict[str, pd.DataFrame]:
    """The documents of the planned orders that this run got; what another run took first is left out."""
    frames = merge_planned_orders(world, run.as_of, run.policies, until)
    wanted = frames["releases"]["planned_order"].tolist()
    claimed = claim_planned_orders(run.connection, wanted)
    if len(claimed) == len(wanted):
        return frames
    planned = world["planned_orders"]
    lost = set(wanted) - claimed
    run.log.warning("%d planned orders were released by another run meanwhile", len(lost))
    world = world | {"planned_orders": planned[~planned["number"].isin(lost)]}
    return merge_planned_orders(world, run.as_of, run.policies, until)


def _numbered(run: StageRun, frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The frames with document numbers in place of the counts."""
    numbers = {}
    for kind, table in KINDS.items():
        orders = frames[table]["order"].tolist()
        given = next_numbers(run.connection, SERIES[kind], run.as_of, len(orders))
        numbers[kind] = dict(zip(orders, given, strict=True))
    written = {name: _renumbered(frames[name], numbers[kind]) for name, kind in WRITTEN.items()}
    releases = frames["releases"]
    order = [numbers[kind][order] for kind, order in zip(releases["kind"], releases["order"], strict=True)]
    return frames | written | {"releases": releases.assign(order=pd.Series(order, dtype="str"))}


def _renumbered(frame: pd.DataFrame, numbers: dict[str, str]) -> pd.DataFrame:
    return frame.assign(order=frame["order"].map(numbers).astype("str"))


def _write(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    for name in WRITTEN:
        run.write(name, frames[name])
    run.write("releases", frames["releases"], run=run.number)
    run.count(released=len(frames["releases"]))
    run.count(**{name: len(frames[name]) for name in WRITTEN if not name.endswith("components")})
    run.show("Purchase orders", frames["purchase_order_lines"])
    run.show("Work orders", frames["work_orders"])
    run.show("Subcontract orders", frames["subcontract_orders"])


def _tell(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    """Quarantine what cannot be released; tell the buyer what waits for approval, once for the same orders."""
    refused = frames["refused"]
    run.quarantine(refused.assign(key=refused["value"]))
    waiting = frames["waiting"]
    run.count(waiting_for_approval=len(waiting))
    run.show("Waiting for approval", waiting)
    if len(waiting):
        asked = waiting[["item", "supplier", "quantity_micro", "release_date"]].to_csv(index=False)
        key = sha256(asked.encode()).hexdigest()[:16]
        run.alert("approval_needed", key, {"rows": waiting})
