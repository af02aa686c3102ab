"""Who asks for a kit, in the order of service: order lines, opportunities, open work orders, planned production."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from calculations.errors import KitlineError
from calculations.order_lines import LOWEST_PRIORITY, open_order_lines, priorities
from calculations.row_parsing import no_refusals
from calculations.working_days import WorkingDays

SERVED_BY = {
    "due_date": ["due_date", "priority", "order", "line"],
    "priority": ["priority", "due_date", "order", "line"],
    "number": ["order", "line"],
}
COLUMNS = ["order", "line", "item", "open_micro", "due_date", "priority"]
RELEASABLE = ("suggested", "firm", "approved")
# Stands for an order that nobody has placed, for as long as an answer takes.
INQUIRY = "INQUIRY"


class UnknownDemand(KitlineError):
    """A kit is asked for of an order, line or opportunity that is not open."""

    kind = "unknown_demand"


class KitDemands(NamedTuple):
    """Rows with demand_kind, order, line (blank where there is none), item, open_micro, due_date, priority.

    `asked` says which rows are to be answered; the others only occupy what they take. `first` is how many rows stand
    before those that compete with each other: they take theirs whatever the allocation is.
    """

    rows: pd.DataFrame
    asked: np.ndarray
    first: int
    refused: pd.DataFrame


def kit_demands(world: dict, as_of: date, policies: dict) -> KitDemands:
    """The demands that the policies `kits_for`, `served_by`, `only_orders` and `other_orders` choose, as served.

    Accepted orders come before opportunities, open work orders before planned production. Opportunities that are not
    asked for occupy nothing: they are no orders.

    Raises:
        UnknownDemand: `only_orders` names something that is not open.
    """
    kind = policies["kits_for"]
    rows, refused = SOURCES[kind](world, as_of, policies)
    rows = _served(rows, kind, policies)
    asked = _asked(rows, kind, policies["only_orders"])
    ignored = policies["other_orders"] == "ignore"
    if ignored or kind == "opportunities":
        rows, asked = rows[asked], asked[asked]
    if kind not in FIRST or ignored:
        return KitDemands(rows.reset_index(drop=True), asked, 0, refused)
    first, more = SOURCES[FIRST[kind]](world, as_of, policies)
    rows = pd.concat([_served(first, FIRST[kind], policies), rows], ignore_index=True)
    asked = np.append(np.zeros(len(first), dtype=bool), asked)
    return KitDemands(rows, asked, len(first), pd.concat([more, refused], ignore_index=True))


def with_inquiry(world: dict, item: str, quantity_micro: int, day: date) -> dict:
    """The world with an opportunity `INQUIRY` of one line for the item; nothing that was there is changed.

    Raises:
        UnknownDemand: the item is unknown, or nothing is wanted of it.
    """
    if item not in set(world["items"]["item"]):
        raise UnknownDemand(f"item {item} is not in items; ask for an item code")
    if quantity_micro <= 0:
        raise UnknownDemand(f"ask for more than 0 of {item}")
    opportunity = {"opportunity": INQUIRY, "customer": "", "stage": "open"}
    line = {"opportunity": INQUIRY, "line": 1, "item": item, "quantity_micro": quantity_micro,
            "requested_date": pd.Timestamp(day)}  # fmt: skip
    return world | {
        "opportunities": _appended(world["opportunities"], opportunity),
        "opportunity_lines": _appended(world["opportunity_lines"], line),
    }


def open_work_orders(world: dict, as_of: date, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Work orders with something left to make; they are due on the day their work starts."""
    orders = world["work_orders"]
    done = orders["completed_quantity_micro"] + orders["scrapped_quantity_micro"]
    orders = orders.assign(open_micro=orders["quantity_micro"] - done)
    orders = orders[(orders["open_micro"] > 0) & orders["item"].isin(world["items"]["item"])]
    return _without_lines(orders, orders["start_date"], _urgency(world, orders["order"], "work_order")), no_refusals()


def _order_lines(world: dict, as_of: date, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    lines, refused = open_order_lines(world)
    return lines.assign(line=lines["line"].astype("Int64")), refused


def _opportunities(world: dict, as_of: date, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    open_ = world["opportunities"]
    open_ = open_[open_["stage"] == "open"]
    as_orders = pd.DataFrame({"order": open_["opportunity"], "customer": open_["customer"], "priority": pd.NA})
    lines = world["opportunity_lines"]
    lines = lines[lines["opportunity"].isin(open_["opportunity"]) & lines["item"].isin(world["items"]["item"])]
    rows = pd.DataFrame(
        {
            "order": lines["opportunity"],
            "line": lines["line"].astype("Int64"),
            "item": lines["item"],
            "open_micro": lines["quantity_micro"],
            "due_date": lines["requested_date"],
            "priority": priorities(lines["opportunity"], as_orders, world["customers"]),
        }
    )
    return rows, no_refusals()


def _planned_production(world: dict, as_of: date, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Planned production to be released within `release_within_days` working days."""
    planned = world.get("planned_orders")
    if planned is None:
        planned = pd.DataFrame(columns=["number", "item", "kind", "quantity_micro", "release_date", "state"])
    last_day = WorkingDays(world["calendar"]).add(np.datetime64(as_of, "D"), policies["release_within_days"])
    state = planned["state"] if "state" in planned else pd.Series("suggested", index=planned.index)
    due = (planned["kind"] == "production") & state.isin(RELEASABLE) & planned["item"].isin(world["items"]["item"])
    planned = planned[due & (planned["release_date"] <= pd.Timestamp(last_day))]
    planned = planned.rename(columns={"number": "order", "quantity_micro": "open_micro"})
    urgency = _urgency(world, planned["order"], "planned_order")
    return _without_lines(planned, planned["release_date"], urgency), no_refusals()


SOURCES: dict[str, Callable[[dict, date, dict], tuple[pd.DataFrame, pd.DataFrame]]] = {
    "sales_orders": _order_lines,
    "opportunities": _opportunities,
    "work_orders": open_work_orders,
    "planned_orders": _planned_production,
}
# Whose claim comes first, whatever the dates.
FIRST = {"opportunities": "sales_orders", "planned_orders": "work_orders"}
# The names the pegs use for them.
KINDS = {"sales_orders": "sales_order", "opportunities": "opportunity", "work_orders": "work_order",
         "planned_orders": "planned_order"}  # fmt: skip


def _appended(table: pd.DataFrame, row: dict) -> pd.DataFrame:
    columns = {name: pd.Series([row.get(name)], dtype=table[name].dtype) for name in table if name in row}
    added = pd.DataFrame(columns).reindex(columns=table.columns)
    return pd.concat([table, added.astype(table.dtypes.to_dict())], ignore_index=True) if len(table) else added


def _without_lines(orders: pd.DataFrame, due: pd.Series, priority: np.ndarray) -> pd.DataFrame:
    rows = orders[["order", "item", "open_micro"]].assign(due_date=due, priority=priority)
    return rows.assign(line=pd.Series(pd.NA, index=rows.index, dtype="Int64"))


def _served(rows: pd.DataFrame, kind: str, policies: dict) -> pd.DataFrame:
    rows = rows[COLUMNS].sort_values(SERVED_BY[policies["served_by"]], kind="stable", ignore_index=True)
    return rows.assign(demand_kind=pd.Series(KINDS[kind], index=rows.index, dtype="str"))


def _asked(rows: pd.DataFrame, kind: str, chosen: list[str]) -> np.ndarray:
    if not chosen:
        return np.ones(len(rows), dtype=bool)
    line = rows["order"] + "/" + rows["line"].astype("str")
    asked = rows["order"].isin(chosen) | line.isin(chosen)
    unknown = set(chosen) - set(rows["order"]) - set(line)
    if unknown:
        name = min(unknown)
        raise UnknownDemand(
            f"{name} is not among the open {kind.replace('_', ' ')}; write a number like SO-1, or SO-1/10 for one line"
        )
    return asked.to_numpy()


def _urgency(world: dict, numbers: pd.Series, kind: str) -> np.ndarray:
    """The most urgent priority of the order lines that each order serves by the pegs of the last plan, else 5."""
    pegs = world.get("pegs")
    if pegs is None or pegs.empty or numbers.empty:
        return np.full(len(numbers), LOWEST_PRIORITY, dtype=np.int64)
    own = priorities(pegs["demand"], world["sales_orders"], world["customers"])
    urgency = pd.Series(np.where(pegs["demand_kind"] == "sales_order", own, LOWEST_PRIORITY), index=pegs.index)
    demand = pd.MultiIndex.from_frame(pegs[["demand_kind", "demand"]])
    while True:
        of_supply = urgency.groupby([pegs["supply_kind"], pegs["supply"]]).min()
        handed_on = of_supply.reindex(demand).fillna(LOWEST_PRIORITY).to_numpy()
        better = np.minimum(urgency.to_numpy(), handed_on)
        if (better == urgency.to_numpy()).all():
            break
        urgency = pd.Series(better, index=pegs.index)
    wanted = pd.MultiIndex.from_arrays([[kind] * len(numbers), numbers])
    return of_supply.reindex(wanted).fillna(LOWEST_PRIORITY).to_numpy(dtype=np.int64)
