"""Work and subcontract orders as the shop floor and the subcontractor read them: operations with dates, material."""

from datetime import date

import pandas as pd

from calculations.exact import MICRO, multiply_divide
from calculations.fact_posting import Engine
from calculations.lead_times import USUAL_HOURS
from calculations.pick_proposals import pick_proposals
from calculations.stock_ledger import Cause
from calculations.working_days import WorkingDays

PLACES = {"order": "str", "item": "str", "warehouse": "str", "lot": "str", "last_day": "datetime64[s]",
          "quantity_micro": "int64"}  # fmt: skip
METHODS = {"backflush": "on completion", "none": "not tracked"}


def planned_operations(world: dict) -> pd.DataFrame:
    """The operations of the world's work orders with hours and the day each should start.

    An operation starts when the ones before it are done: so many working days after the order starts as their hours
    take at the daily hours of their work centers, whole days only.

    Returns:
        order, operation, work_center, center_name, setup_hours_micro, run_hours_micro (of the whole order),
        start_date; by order and operation.
    """
    works = world["work_orders"][["order", "item", "quantity_micro", "start_date"]]
    centers = world["work_centers"].set_index("work_center")
    rows = works.merge(world["operations"], on="item").sort_values(["order", "operation"], kind="stable")
    rows = rows.reset_index(drop=True)
    run = multiply_divide(rows["run_hours_per_unit_micro"].to_numpy(), rows["quantity_micro"].to_numpy(), MICRO)
    capacity = rows["work_center"].map(centers["capacity_hours_micro"]).fillna(USUAL_HOURS).astype("int64")
    # a work center without hours says nothing about days
    hours = (rows["setup_hours_micro"].to_numpy() + run) * (capacity > 0).to_numpy()
    days = pd.Series(multiply_divide(hours, MICRO, capacity.clip(lower=1).to_numpy()))
    before = days.groupby(rows["order"]).cumsum() - days
    # half a micro-day of rounding an operation must not cost a day
    count = rows.groupby("order").cumcount()
    ahead = ((before + count) // MICRO).to_numpy()
    starts = WorkingDays(world["calendar"]).add(rows["start_date"].to_numpy().astype("datetime64[D]"), ahead)
    return pd.DataFrame({
        "order": rows["order"],
        "operation": rows["operation"],
        "work_center": rows["work_center"],
        "center_name": rows["work_center"].map(centers["name"]).fillna("").astype("str"),
        "setup_hours_micro": rows["setup_hours_micro"].astype("int64"),
        "run_hours_micro": run,
        "start_date": pd.Series(starts.astype("datetime64[s]")),
    })  # fmt: skip


def order_material(engine: Engine) -> pd.DataFrame:
    """What each work and subcontract order needs of its material.

    Returns:
        order, item, planned_micro, issued_micro (net of returns), open_micro, method (blank is picked).
    """
    documents, rows = engine.documents, []
    for number, order in sorted((documents.works | documents.subcontracts).items()):
        for item, part in sorted(order.components.items()):
            rows.append((number, item, part.planned, part.issued, max(part.planned - part.issued, 0),
                         METHODS.get(part.method, "")))  # fmt: skip
    columns = {"order": "str", "item": "str", "planned_micro": "int64", "issued_micro": "int64", "open_micro": "int64",
               "method": "str"}  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def pick_places(engine: Engine, numbers: list[str], as_of: date, warehouse: str = "") -> dict[str, pd.DataFrame]:
    """What is still to be picked for open orders, one after the other, and where it should be taken.

    What expires first goes first, then what came first; the main store before others. What one order gets, the next
    does not see.

    Args:
        engine: nothing is posted, but its stock is used up by the proposal.
    Returns:
        lines: order, item, planned_micro, issued_micro, pick_micro, missing_micro; places: order, item, warehouse,
        lot, last_day (of use; missing where it does not expire), quantity_micro, in the sequence of taking.
    Raises:
        ImpossiblePick: an order that takes no material.
    """
    lines = pick_proposals(engine, numbers, "rest", None, as_of, warehouse)["lines"]
    lines = lines.rename(columns={"quantity_micro": "pick_micro"})
    day, rows = pd.Timestamp(as_of).to_datetime64().astype("datetime64[D]"), []
    for line in lines[lines["pick_micro"] > 0].itertuples(index=False):
        cause = Cause("issues", f"{line.order}-{line.item}", day, "issue", line.order)
        for place, lot, quantity in engine.ledger.take(cause, line.item, int(line.pick_micro), warehouse):
            rows.append((line.order, line.item, place, lot, engine.ledger.last_day(line.item, lot), quantity))
    columns = ["order", "item", "planned_micro", "issued_micro", "pick_micro", "missing_micro"]
    return {"lines": lines[columns], "places": pd.DataFrame(rows, columns=list(PLACES)).astype(PLACES)}
