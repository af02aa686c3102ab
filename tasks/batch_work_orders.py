"""Work orders for many sales order lines in one step: read, calculate, gate, number, write; each need once."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.batch_work_orders import batch_work_orders
from calculations.errors import KitlineError
from calculations.exact import to_micro
from calculations.policies import resolve
from models.batch_work_orders import (
    demands_of,
    last_position,
    lines_asked,
    pegs_of_lines,
    pegs_of_suggestions,
    planned_orders_serving,
    reduce_suggestions,
)
from models.database import Connection, insert_missing, reading
from models.documents import DOCUMENTS, coming_numbers, next_numbers, take_turn
from models.migrating import ready_engine
from models.progress import latest_run
from models.releasing import release_world
from models.worlds import read_world
from settings import settings
from tasks.presentation import readable_rows
from tasks.stage_run import StageRun, stage_run
from validations.order_release import BATCH_WORK_ORDERS

SERIES = "WO"
SALES = ("items", "customers", "sales_orders", "sales_order_lines", "work_orders", "stock")


class BadBatch(KitlineError):
    """Lines that no work order can be made for; nothing is made."""

    kind = "bad_batch"


@dataclass(frozen=True)
class BatchRequest:
    """Which lines: "SO-1/10" or "SO-1", with "=5" for five of it; or all open lines of items and customers.

    `merge` is "line" (a work order for each) or "item" (one for each item and window).
    """

    lines: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    merge: str = "item"


@task(name="make work orders for sales orders", cache_policy=NO_CACHE)
def make_work_orders(request: BatchRequest, as_of: date, policies: dict | None = None) -> dict:
    """Make the work orders that `preview_work_orders` shows, with links and pegs to each line, in one transaction.

    Raises:
        BadBatch: a line that cannot be made for; all are named, and nothing is made.
    """
    with stage_run("batch_work_orders", as_of, policies) as run:
        # nobody changes the lines, or what happened on them, between looking and writing
        take_turn(run.connection, DOCUMENTS, as_of)
        frames = _frames(run.connection, request, as_of, run.policies)
        if len(frames["refused"]):
            raise BadBatch("nothing was made: " + "; ".join(frames["refused"]["message"]))
        run.gate(BATCH_WORK_ORDERS, frames)
        works = frames["work_orders"]
        frames = _numbered(frames, next_numbers(run.connection, SERIES, as_of, len(works)))
        _write(run, frames)
    return run.summary


def preview_work_orders(request: BatchRequest, as_of: date, policies: dict | None = None) -> dict[str, list[dict]]:
    """What is not covered of the lines and the work orders that would make it, as readable rows; nothing is written.

    Returns:
        sentences, lines, work_orders, components, warnings, refused.
    """
    policies = resolve({**settings().policies, **(policies or {})}, as_of)
    with reading(ready_engine(settings().database_url)) as connection:
        frames = _frames(connection, request, as_of, policies)
        works = frames["work_orders"]
        frames = _numbered(frames, coming_numbers(connection, SERIES, as_of, len(works)))
    rows = {name: readable_rows(frames[name]) for name in ("lines", "work_orders", "warnings", "refused")}
    rows["components"] = readable_rows(frames["work_order_components"])
    made = len(rows["work_orders"])
    said = [f"{len(rows['lines'])} lines, {sum(row['uncovered'] != '0' for row in rows['lines'])} of them not covered; "
            f"work orders that would be made: {made}. Nothing was written."]  # fmt: skip
    said += [f"Warning: {row['message']}." for row in rows["warnings"]]
    said += [f"Not possible: {row['message']}." for row in rows["refused"]]
    return {"sentences": [{"sentence": text} for text in said], **rows}


def _frames(connection: Connection, request: BatchRequest, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    lines = _lines(connection, request)
    orders = lines["order"].unique().tolist()
    world = read_world(connection, SALES)
    mine = lines[["order", "line"]].merge(world["sales_order_lines"], on=["order", "line"])
    plant = release_world(connection, mine)
    world = plant | {name: world[name] for name in SALES if name != "items"}
    pegs = pegs_of_lines(connection, orders)
    planned = planned_orders_serving(connection, pegs)
    world |= {
        "pegs": pegs,
        "planned_orders": planned,
        "suggested_pegs": pegs_of_suggestions(connection, planned["number"].tolist()),
        "work_order_demands": demands_of(connection, world["sales_orders"]["order"].tolist()),
    }
    # the order lines of other items are no part of the question
    world["sales_order_lines"] = mine[world["sales_order_lines"].columns]
    return batch_work_orders(world, lines, as_of, policies, request.merge)


def _lines(connection: Connection, request: BatchRequest) -> pd.DataFrame:
    """The lines asked for, with the quantity where one is given: order, line, quantity_micro."""
    asked = []
    for text in request.lines:
        place, _, quantity = text.partition("=")
        order, _, line = place.partition("/")
        if line and not line.isdecimal():
            raise BadBatch(f"{place} is no sales order line; write it like SO-2026-00001/10")
        asked.append((order, int(line) if line else None, to_micro(quantity) if quantity else None))
    if not (asked or request.items or request.customers):
        raise BadBatch("name sales orders or lines, like SO-2026-00001/10, or an item or a customer")
    found = lines_asked(connection, {order for order, *_ in asked}, request.items, request.customers)
    if not asked:
        return found.assign(quantity_micro=pd.array([pd.NA] * len(found), dtype="Int64"))
    rows = []
    for order, line, quantity in asked:
        lines = [line] if line is not None else found.loc[found["order"] == order, "line"].tolist()
        if not lines:
            raise BadBatch(f"there is no open sales order {order}; see them by: kitline export sales_orders")
        rows += [(order, each, quantity) for each in lines]
    frame = pd.DataFrame(rows, columns=["order", "line", "quantity_micro"])
    return frame.astype({"order": "str", "line": "int64", "quantity_micro": "Int64"})


def _numbered(frames: dict[str, pd.DataFrame], numbers: list[str]) -> dict[str, pd.DataFrame]:
    """The frames with numbers in place of the counts."""
    given = dict(zip(frames["work_orders"]["order"].tolist(), numbers, strict=True))
    columns = {"work_orders": "order", "work_order_components": "order", "demands": "work_order",
               "lines": "work_order", "pieces": "number"}  # fmt: skip
    for name, column in columns.items():
        cells = [given.get(cell, cell) for cell in frames[name][column].tolist()]
        frames = frames | {name: frames[name].assign(**{column: pd.Series(cells, dtype="str")})}
    return frames


def _write(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    works, demands = frames["work_orders"], frames["demands"]
    run.write("work_orders", works)
    run.write("work_order_components", frames["work_order_components"])
    if insert_missing(run.connection, "work_order_demands", demands.assign(run=run.number)) < len(demands):
        # the lock on the stage's number keeps two runs apart; should it ever not, nothing of this one stays
        raise BadBatch("another run made work orders for some of these lines meanwhile; look at the preview again")
    reduced = frames["reduced"]
    if reduce_suggestions(run.connection, reduced, frames["pieces"], frames["served"]) < len(reduced):
        raise BadBatch("a suggestion for these lines was released meanwhile; look at the preview again")
    _peg(run, demands, frames["lines"])
    run.count(lines=len(frames["lines"]), work_orders=len(works), suggestions_replaced=len(reduced))
    for message in frames["warnings"]["message"]:
        run.say(message)
    run.show("Work orders", works)
    run.show("Sales order lines", frames["lines"])


def _peg(run: StageRun, demands: pd.DataFrame, lines: pd.DataFrame) -> None:
    """What each work order serves until the next plan says so itself."""
    plan = latest_run(run.connection, "material_planning")
    last = last_position(run.connection)
    dates = lines.drop_duplicates(["order", "line"])[["order", "line", "due_date"]]
    rows = demands.merge(dates, on=["order", "line"])
    pegs = pd.DataFrame(
        {
            "supply": rows["work_order"],
            "position": range(last + 1, last + 1 + len(rows)),
            "supply_kind": "work_order",
            "demand_kind": "sales_order",
            "demand": rows["order"],
            "line": rows["line"],
            "item": rows["item"],
            "date": rows["due_date"],
            "quantity_micro": rows["quantity_micro"],
        }
    )
    run.write("pegs", pegs, run=plan)
