"""How far each order line is: what covers it, how much of its work is done, when it can be there and what it waits for.

One row for each line, derived from facts and from the pegs of today; see `supply_graph`. The definitions of percent and
date: docs/decisions/0026.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from calculations.line_material import COUNTS, component_rows, material_counts
from calculations.open_supply import OpenSupply, open_supply
from calculations.reserved_stock import net_of_reserved, reserved_quantities
from calculations.supply_arrival import Arrival, arrivals
from calculations.supply_graph import KINDS, Reach, SupplyGraph, line_of_need, reach, supply_graph
from calculations.work_done import UnitValues, degrees_done, unit_values, worked_shares
from calculations.working_days import DAY

COVER = {
    "stock": "ready_micro",
    "inspection": "inspecting_micro",
    "purchase_order": "purchased_micro",
    "work_order": "making_micro",
    "subcontract_order": "subcontracted_micro",
    "planned_order": "suggested_micro",
    "unplanned": "unplanned_micro",
}
# A line that is due within so many days and not ready is at risk.
RISK_DAYS = 7
# A line of which a unit is still to be shipped is never said to be complete.
NOT_ALL_SHIPPED = 99


@dataclass(frozen=True)
class PlantProgress:
    """A plant's supplies as they stand today, from which progress and tracking are told."""

    graph: SupplyGraph
    open: OpenSupply
    arrival: Arrival
    values: UnitValues
    worked: np.ndarray
    degree: np.ndarray


def plant_progress(world: dict, as_of: date, policies: dict | None = None) -> PlantProgress:
    """How every supply of a world stands.

    Args:
        world: as `plan_materials` takes it, `planned_orders` with the suggestions of the last plan; where at hand
            `time_entries`, the posted hours.
    Raises:
        what `material_planning.plan_materials` raises.
    """
    graph = supply_graph(world, as_of, policies)
    supplies, values, worked = open_supply(graph, world), unit_values(graph, world), worked_shares(graph, world)
    degree = degrees_done(graph, world, values, worked)
    return PlantProgress(graph, supplies, arrivals(graph, supplies), values, worked, degree)


def order_progress(
    lines: pd.DataFrame, plant: PlantProgress, world: dict, as_of: date, *, detailed: bool = False
) -> dict[str, pd.DataFrame]:
    """Progress of each order line.

    Args:
        lines: order, line, item, quantity_micro, shipped_quantity_micro, due_date, promised_date, last_shipped (dates
            may be missing), state of the order.
        world: the one `plant` was made of; where at hand `finished_for` (order, line, work_order): finished work orders
            and the line each was released for.
        detailed: with `components`, else that frame is empty.
    Returns:
        lines: `lines` with open_micro; what covers it (the columns of `COVER`; they sum to open_micro at most);
            materials (bought components on all levels), of which materials_there, materials_inspecting,
            materials_ordered and materials_missing; work_orders, of which work_orders_done and work_orders_started;
            percent_complete (0 to 100); ready_date (all of it is there), expected_date (not before it is wanted; both
            blank where nothing asks for it yet), days_late (working days after the promised date, where none was
            promised the due date); waits_for; status.
        components: order, line, level, item, kind, number, needed_micro (for this line), due_date, ready_date, percent.
    """
    progress = lines.reset_index(drop=True)
    progress["open_micro"] = (progress["quantity_micro"] - progress["shipped_quantity_micro"]).clip(lower=0)
    asked = line_of_need(progress, plant.graph)
    behind = reach(plant.graph, asked, len(progress))
    set_aside = _set_aside(progress, world, as_of)
    _cover(progress, plant, behind)
    progress["ready_micro"] += set_aside
    counts = material_counts(progress, plant.graph, behind, plant.open.started, net_of_reserved(world, as_of))
    for name, values in counts.items():
        progress[name] = values
    progress["percent_complete"] = _percent(progress, plant, asked, set_aside)
    _dates(progress, plant, behind, set_aside)
    progress["status"] = _status(progress, as_of)
    components = component_rows(progress, plant, behind) if detailed else pd.DataFrame()
    return {"lines": progress, "components": components}


def progress_without_plan(lines: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Progress of order lines by what was shipped alone, where the plant cannot be pegged; columns as above."""
    progress = lines.reset_index(drop=True)
    progress["open_micro"] = (progress["quantity_micro"] - progress["shipped_quantity_micro"]).clip(lower=0)
    for name in (*COVER.values(), *COUNTS, "days_late"):
        progress[name] = np.zeros(len(progress), dtype=np.int64)
    shipped = progress["shipped_quantity_micro"] * 100 // progress["quantity_micro"].clip(lower=1)
    progress["percent_complete"] = shipped.clip(upper=NOT_ALL_SHIPPED).mask(progress["open_micro"] == 0, 100)
    for name in ("ready_date", "expected_date"):
        progress[name] = pd.Series(pd.NaT, index=progress.index, dtype="datetime64[s]")
    progress["waits_for"] = pd.Series("", index=progress.index, dtype="str")
    progress["status"] = _status(progress, as_of)
    return progress


def _set_aside(progress: pd.DataFrame, world: dict, as_of: date) -> np.ndarray:
    """Units that are set aside for each line, in micro-units."""
    rows = reserved_quantities(world, as_of)
    found = dict(zip(zip(rows["order"], rows["line"], rows["item"], strict=True), rows["quantity_micro"], strict=True))
    if not found:
        return np.zeros(len(progress), dtype=np.int64)
    keys = zip(progress["order"], progress["line"], progress["item"], strict=True)
    held = np.array([found.get(key, 0) for key in keys], dtype=np.int64)
    return np.minimum(held, progress["open_micro"].to_numpy())


def _cover(progress: pd.DataFrame, plant: PlantProgress, behind: Reach) -> None:
    """What covers each line, by kind of supply.

    What other items stand for (parts of a phantom, substitutes) counts by its value.
    """
    graph, count = plant.graph, len(progress)
    item = graph.plan.inputs.index.get_indexer(progress["item"])
    edge, line = behind.edge[behind.direct], behind.demand[behind.direct]
    own = graph.item[graph.supply[edge]] == item[line]
    kind = graph.kind[graph.supply[edge]]
    covers = np.zeros((count, len(KINDS)), dtype=np.int64)
    np.add.at(covers, (line[own], kind[own]), graph.amount[edge[own]])
    other = np.flatnonzero(~own)
    if len(other):
        rest = progress["open_micro"].to_numpy() - covers.sum(axis=1)
        worth = graph.amount[edge[other]] * plant.values.whole[graph.item[graph.supply[edge[other]]]]
        total = np.bincount(line[other], worth, minlength=count)
        share = np.zeros((count, len(KINDS)))
        np.add.at(share, (line[other], kind[other]), worth / total[line[other]])
        covers += np.floor(share * np.maximum(rest, 0)[:, None] + 1e-3).astype(np.int64)
    for place, name in enumerate(KINDS):
        progress[COVER[name]] = covers[:, place]


def _percent(progress: pd.DataFrame, plant: PlantProgress, asked: np.ndarray, set_aside: np.ndarray) -> np.ndarray:
    """Whole percents, rounded down: shipped units and those set aside are done, others as far as the work behind is."""
    graph, needs, count = plant.graph, plant.graph.plan.needs, len(progress)
    rows = np.flatnonzero(asked >= 0)
    wanted = np.bincount(asked[rows], needs.quantity[rows] * plant.values.whole[needs.item[rows]], minlength=count)
    edge = np.flatnonzero(asked[graph.need] >= 0)
    supply = graph.supply[edge]
    worth = graph.amount[edge] * plant.values.whole[graph.item[supply]] * plant.degree[supply]
    done = np.bincount(asked[graph.need[edge]], worth, minlength=count)
    degree = np.clip(done / np.maximum(wanted, 1e-9), 0, 1) * (wanted > 0)
    ordered, shipped = (progress[name].to_numpy(dtype=float) for name in ("quantity_micro", "shipped_quantity_micro"))
    waiting = progress["open_micro"].to_numpy() - set_aside
    share = (np.minimum(shipped, ordered) + set_aside + waiting * degree) / np.maximum(ordered, 1)
    percent = np.floor(np.round(share * 100, 6)).astype(np.int64)
    return np.where(progress["open_micro"] == 0, 100, np.minimum(percent, NOT_ALL_SHIPPED))


def _dates(progress: pd.DataFrame, plant: PlantProgress, behind: Reach, set_aside: np.ndarray) -> None:
    """When each line can be there, how late that is, and the deepest supply that decides it."""
    graph, arrival, count = plant.graph, plant.arrival, len(progress)
    edge, line = behind.edge[behind.direct], behind.demand[behind.direct]
    supply = graph.supply[edge]
    # what is set aside is there today
    day = np.where(set_aside > 0, graph.today, -1).astype(np.int64)
    np.maximum.at(day, line, arrival.day[supply])
    last = np.flatnonzero((arrival.day[supply] == day[line]) & (day[line] > graph.today))
    decides = np.full(count, -1, dtype=np.int64)
    decides[line[last[::-1]]] = supply[last[::-1]]
    ready = _dated(day)
    progress["ready_date"] = ready
    progress["expected_date"] = ready.where(ready >= progress["due_date"], progress["due_date"]).where(ready.notna())
    wanted = progress["promised_date"].fillna(progress["due_date"])
    progress["days_late"] = _working_days_late(graph, wanted, progress["expected_date"])
    names = np.full(count, "", dtype=object)
    waiting = np.flatnonzero(decides >= 0)
    names[waiting] = graph.names(arrival.cause[decides[waiting]])
    progress["waits_for"] = pd.Series(names, dtype="str")


def _dated(day: np.ndarray) -> pd.Series:
    return pd.Series(day.astype(DAY).astype("datetime64[s]")).where(day >= 0)


def _working_days_late(graph: SupplyGraph, wanted: pd.Series, expected: pd.Series) -> np.ndarray:
    """Working days after the day wanted up to the day expected, 0 where it is in time or not known."""
    known = (wanted.notna() & expected.notna()).to_numpy()
    late = np.zeros(len(wanted), dtype=np.int64)
    first, last = (days[known].to_numpy().astype(DAY) for days in (wanted, expected))
    late[known] = np.maximum(graph.plan.inputs.calendar.between(first + 1, last + 1), 0)
    return late


def _status(lines: pd.DataFrame, as_of: date) -> pd.Series:
    """One word for each line; the first that fits."""
    today = pd.Timestamp(as_of)
    delivered = lines["open_micro"] == 0
    cases = {
        "delivered late": delivered & (lines["last_shipped"] > lines["due_date"]),
        "delivered": delivered,
        "closed short": lines["state"].isin(["done", "closed"]),
        "to be approved": lines["state"].isin(["draft", "submitted"]),
        "late": lines["due_date"] < today,
        "will be late": (lines["promised_date"] > lines["due_date"]) | (lines["expected_date"] > lines["due_date"]),
        "at risk": (lines["due_date"] <= today + pd.Timedelta(days=RISK_DAYS))
        & (lines["ready_micro"] < lines["open_micro"]),
    }
    words = np.select([case.to_numpy(dtype=bool) for case in cases.values()], list(cases), "on track")
    return pd.Series(words, dtype="str")
