"""How each open work and subcontract order stands, what is wrong with it, and whom that makes wait.

Everything is derived from facts and from the supplies of today; see `supply_graph` and docs/decisions/0026.
"""

from datetime import date

import numpy as np
import pandas as pd

from calculations.operation_progress import operation_rows, order_hours
from calculations.order_effects import order_effects
from calculations.planning_inputs import INSPECTION, MADE, STOCK, SUBCONTRACTED, SUGGESTED, days_of
from calculations.policies import resolve
from calculations.production_warnings import production_warnings
from calculations.supply_graph import UNPLANNED
from calculations.working_days import DAY

ORDER_KINDS = {"work_order": MADE, "subcontract_order": SUBCONTRACTED}


def track_production(
    plant, world: dict, lines: pd.DataFrame, as_of: date, policies: dict | None = None
) -> dict[str, pd.DataFrame]:
    """Open orders that make something, with their operations, material, scrap and warnings.

    Args:
        plant: `order_progress.plant_progress` of the world.
        world: where at hand `time_entries` (order, operation, work_center, labor_hours_micro, machine_hours_micro),
            `operation_quantities` (order, operation, passed_micro, scrapped_micro), `scrapped` (order, reason,
            quantity_micro) and `last_facts` (order, last_date).
        lines: customers' order lines as `order_progress` returns them.
        policies: `warning_days` (working days before a due date), `stalled_days` (working days without a fact).
    Returns:
        orders: kind, order, item, supplier, quantity_micro, completed_micro, scrapped_micro, open_micro, percent
            (what is finished counts whole, what is open as far as its work is), start_date, due_date, expected_date,
            days_late, started, last_fact, standard_hours_micro, booked_hours_micro, waits_for, explanation;
            by due date, order.
        operations: see `operation_progress.operation_rows`.
        material: order, item, needed_micro (for the rest), there_micro, inspecting_micro, coming_micro, missing_micro.
        scrap: order, reason, quantity_micro.
        warnings: see `production_warnings.production_warnings`.
        effects: see `order_effects.order_effects`.
    """
    policies = resolve(policies, as_of)
    orders = _orders(plant, world)
    operations = operation_rows(plant, world, orders)
    orders = orders.merge(order_hours(operations, world, orders), on=["kind", "order"], how="left")
    material = _material(plant, orders)
    warnings = production_warnings(orders, material, plant, as_of, policies)
    effects = order_effects(plant, orders, warnings, lines)
    warnings = warnings.merge(
        effects.groupby(["order", "warned"]).agg(lines=("line", "size"), latest_days=("days", "max")).reset_index(),
        left_on=["order", "kind"], right_on=["order", "warned"], how="left",
    ).drop(columns="warned")  # fmt: skip
    counted = {name: warnings[name].fillna(0).astype("int64") for name in ("lines", "latest_days")}
    scrap = world.get("scrapped")
    scrap = pd.DataFrame(columns=["order", "reason", "quantity_micro"]) if scrap is None else scrap
    return {
        "orders": orders.drop(columns="supply"),
        "operations": operations,
        "material": material,
        "scrap": scrap[scrap["order"].isin(orders["order"])].reset_index(drop=True),
        "warnings": warnings.assign(**counted),
        "effects": effects,
    }


def _orders(plant, world: dict) -> pd.DataFrame:
    works = world["work_orders"].assign(kind="work_order", supplier="")
    works = works.rename(columns={"completed_quantity_micro": "completed_micro",
                                  "scrapped_quantity_micro": "scrapped_micro"})  # fmt: skip
    outside = world["subcontract_orders"].assign(kind="subcontract_order", scrapped_micro=0)
    outside = outside.rename(columns={"received_quantity_micro": "completed_micro"})
    outside["start_date"] = pd.Series(pd.NaT, index=outside.index, dtype="datetime64[s]")
    columns = ["kind", "order", "item", "supplier", "quantity_micro", "completed_micro", "scrapped_micro", "start_date",
               "due_date"]  # fmt: skip
    orders = pd.concat([works[columns], outside[columns]], ignore_index=True)
    orders = orders.astype({"kind": "str", "supplier": "str"})
    orders["open_micro"] = orders["quantity_micro"] - orders["completed_micro"] - orders["scrapped_micro"]
    orders = orders[orders["open_micro"] > 0].sort_values(["due_date", "order"], kind="stable", ignore_index=True)
    return _with_dates(plant, world, orders)


def _with_dates(plant, world: dict, orders: pd.DataFrame) -> pd.DataFrame:
    graph, arrival = plant.graph, plant.arrival
    supply = np.full(len(orders), -1, dtype=np.int64)
    for kind, code in ORDER_KINDS.items():
        mine = np.flatnonzero((orders["kind"] == kind).to_numpy())
        supply[mine] = graph.position(code, orders["order"].to_numpy(dtype=object)[mine])
    known = supply >= 0
    due = days_of(orders["due_date"])
    start = np.append(plant.open.begin, 0)[supply]
    # of a subcontract order the start is the day its material has to leave
    begun = np.where(orders["start_date"].isna(), start, days_of(orders["start_date"].fillna(orders["due_date"])))
    begun = np.where(known | orders["start_date"].notna(), np.minimum(begun, due), due)
    expected = np.where(known, np.append(arrival.day, 0)[supply], np.maximum(due, graph.today))
    orders = orders.assign(
        supply=supply,
        start_date=_dates(begun),
        expected_date=_dates(expected),
        days_late=working_days_after(plant, due, expected),
        started=np.append(plant.open.started, False)[supply] | (orders["completed_micro"] > 0).to_numpy(),
        percent=_percent(orders, np.append(plant.degree, 0.0)[supply]),
        waits_for=_waits(plant, supply),
    )
    last = world.get("last_facts")
    days = pd.Series(pd.NaT, index=orders.index, dtype="datetime64[s]")
    if last is not None and len(last):
        found = last.drop_duplicates("order").set_index("order")["last_date"].reindex(orders["order"])
        days = pd.Series(found.to_numpy(), index=orders.index).astype("datetime64[s]")
    return orders.assign(last_fact=days, explanation=_explained(plant, orders))


def working_days_after(plant, earlier: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Working days after the earlier day up to the later one, 0 where it is not later."""
    calendar = plant.graph.plan.inputs.calendar
    return np.maximum(calendar.between((earlier + 1).astype(DAY), (later + 1).astype(DAY)), 0)


def _dates(day: np.ndarray) -> pd.Series:
    return pd.Series(day.astype(DAY).astype("datetime64[s]"))


def _percent(orders: pd.DataFrame, degree: np.ndarray) -> np.ndarray:
    """What is finished counts whole, what is open as far as its work is; 100 is no open order."""
    whole = orders["quantity_micro"].to_numpy(dtype=float)
    open_ = orders["open_micro"].to_numpy(dtype=float)
    share = (whole - open_ + open_ * degree) / np.maximum(whole, 1)
    return np.minimum(np.floor(np.round(share * 100, 6)), 99).astype(np.int64)


def _waits(plant, supply: np.ndarray) -> pd.Series:
    """The deepest part that an order waits for; "" where only its own work decides."""
    cause = np.append(plant.arrival.cause, -1)[supply]
    words = np.full(len(supply), "", dtype=object)
    rows = np.flatnonzero((supply >= 0) & (cause != supply))
    words[rows] = plant.graph.names(cause[rows])
    return pd.Series(words, dtype="str")


def _explained(plant, orders: pd.DataFrame) -> list[str]:
    """Each expected date in a sentence."""
    days, begin = np.append(plant.open.days, 0), np.append(plant.arrival.begin, 0)
    told = []
    columns = (orders[name].tolist() for name in ("supply", "started", "due_date", "expected_date", "waits_for"))
    for supply, started, due, expected, waits in zip(*columns, strict=True):
        if supply < 0 or expected <= due:
            told.append("on its due date")
            continue
        lasts, first = int(days[supply]), str(np.datetime64(int(begin[supply]), "D"))
        work = f"{lasts} working day{'s' * (lasts != 1)} for {'the rest' if started else 'all of it'} from {first}"
        told.append(work + (f", when {waits} is there" if waits else ""))
    return told


def _material(plant, orders: pd.DataFrame) -> pd.DataFrame:
    """What the open orders still have to draw, by what covers it."""
    graph = plant.graph
    place = pd.Index(orders["supply"][orders["supply"] >= 0])
    into = graph.parent[graph.need]
    edge = np.flatnonzero(np.isin(into, place))
    kind = graph.kind[graph.supply[edge]]
    frame = pd.DataFrame({"supply": into[edge], "part": graph.item[graph.supply[edge]]})
    amount = graph.amount[edge]
    frame["needed_micro"] = amount
    columns = {"there_micro": kind == STOCK, "inspecting_micro": kind == INSPECTION,
               "missing_micro": (kind == SUGGESTED) | (kind == UNPLANNED)}  # fmt: skip
    for name, mine in columns.items():
        frame[name] = np.where(mine, amount, 0)
    frame = frame.groupby(["supply", "part"], as_index=False).sum()
    frame["coming_micro"] = frame["needed_micro"] - frame[list(columns)].sum(axis=1)
    frame["order"] = graph.number[frame["supply"].to_numpy(dtype=np.int64)]
    frame["item"] = graph.plan.inputs.items["item"].take(frame["part"].to_numpy(dtype=np.int64)).to_numpy()
    result = ["order", "item", "needed_micro", "there_micro", "inspecting_micro", "coming_micro", "missing_micro"]
    return frame[result].astype({"order": "str"}).sort_values(["order", "item"], ignore_index=True)
