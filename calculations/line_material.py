"""The material and the orders behind each order line: how many are there, on order, done, on all levels."""

import numpy as np
import pandas as pd

from calculations.planning_inputs import (
    INSPECTION,
    MADE,
    PURCHASED,
    STOCK,
    SUBCONTRACTED,
)
from calculations.supply_graph import KINDS, Reach, SupplyGraph
from calculations.working_days import DAY

THERE, INSPECTING, ORDERED, MISSING = range(4)
STAGES = ("materials_there", "materials_inspecting", "materials_ordered", "materials_missing")
COUNTS = ("materials", *STAGES, "work_orders", "work_orders_done", "work_orders_started", "subcontract_orders")
STAGE_OF_KIND = np.full(len(KINDS), MISSING)
STAGE_OF_KIND[[STOCK, INSPECTION]] = THERE, INSPECTING
STAGE_OF_KIND[[PURCHASED, MADE, SUBCONTRACTED]] = ORDERED


def material_counts(
    lines: pd.DataFrame, graph: SupplyGraph, behind: Reach, started: np.ndarray, world: dict
) -> dict[str, np.ndarray]:
    """Bought components below each line by how far they are, and work orders by how far they are.

    A component is as far as the last of its supplies; what an order has drawn is there. Components and work orders of
    sub-assemblies that are finished count as there and done, as far as it is known for which line they were released.
    """
    count, items = len(lines), len(graph.plan.inputs.items)
    below = np.flatnonzero(~behind.direct)
    edge = behind.edge[below]
    done = _finished(lines, graph, world)
    works = np.flatnonzero(graph.kind[behind.supply] == MADE)
    parts = [
        (behind.demand[below], graph.item[graph.supply[edge]], STAGE_OF_KIND[graph.kind[graph.supply[edge]]]),
        _drawn(graph, behind, world, works),
        _drawn_by(done, world, graph),
    ]
    line, item, stage = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    bought = (graph.plan.inputs.sources.kind == "buy")[item] if len(item) else np.zeros(0, dtype=bool)
    pair, place = np.unique(line[bought] * max(items, 1) + item[bought], return_inverse=True)
    worst = np.zeros(len(pair), dtype=np.int64)
    np.maximum.at(worst, place, stage[bought])
    owner = pair // max(items, 1)
    counts = {"materials": np.bincount(owner, minlength=count)}
    for at, name in enumerate(STAGES):
        counts[name] = np.bincount(owner[worst == at], minlength=count)
    own = behind.of[works]
    counts["work_orders_done"] = np.bincount(done[0], minlength=count)
    counts["work_orders"] = np.bincount(own, minlength=count) + counts["work_orders_done"]
    counts["work_orders_started"] = np.bincount(own[started[behind.supply[works]]], minlength=count)
    counts["subcontract_orders"] = np.bincount(behind.of[graph.kind[behind.supply] == SUBCONTRACTED], minlength=count)
    return {name: counts[name].astype(np.int64) for name in COUNTS}


def _drawn(graph: SupplyGraph, behind: Reach, world: dict, works: np.ndarray) -> tuple[np.ndarray, ...]:
    """Line, item and stage of what the open work orders behind lines have drawn."""
    rows = world["work_order_components"]
    rows = rows[rows["issued_quantity_micro"] > 0]
    order = graph.position(MADE, rows["order"])
    item = graph.plan.inputs.index.get_indexer(rows["item"])
    known = np.flatnonzero((order >= 0) & (item >= 0))
    known = known[np.argsort(order[known], kind="stable")]
    order, item = order[known], item[known]
    supply = behind.supply[works]
    start, end = np.searchsorted(order, supply), np.searchsorted(order, supply, side="right")
    line = np.repeat(behind.of[works], end - start)
    place = np.arange(len(line)) + np.repeat(start - (np.cumsum(end - start) - (end - start)), end - start)
    return line, item[place], np.full(len(line), THERE)


def _finished(lines: pd.DataFrame, graph: SupplyGraph, world: dict) -> tuple[np.ndarray, pd.Series]:
    """Line and number of the finished work orders that were released for lines."""
    rows = world.get("finished_for")
    if rows is None or rows.empty or lines.empty:
        return np.zeros(0, dtype=np.int64), pd.Series([], dtype="str")
    index = pd.MultiIndex.from_arrays([lines["order"], lines["line"].astype("int64")])
    line = index.get_indexer(pd.MultiIndex.from_arrays([rows["order"], rows["line"].astype("int64")]))
    # one that is still open stands among the open ones
    known = (line >= 0) & (graph.position(MADE, rows["work_order"]) < 0)
    return line[known], rows["work_order"][known]


def _drawn_by(done: tuple[np.ndarray, pd.Series], world: dict, graph: SupplyGraph) -> tuple[np.ndarray, ...]:
    line, orders = done
    rows = world.get("finished_components")
    if rows is None or not len(line):
        return (np.zeros(0, dtype=np.int64),) * 3
    pairs = pd.DataFrame({"line": line, "order": orders.to_numpy()}).merge(rows, on="order")
    item = graph.plan.inputs.index.get_indexer(pairs["item"])
    known = item >= 0
    return pairs["line"].to_numpy()[known], item[known], np.full(int(known.sum()), THERE)


def component_rows(lines: pd.DataFrame, plant, behind: Reach) -> pd.DataFrame:
    """Every supply behind each line, on all levels, with the part of it that is for the line.

    Returns:
        order, line, level (1 serves the line itself), item, kind, number, needed_micro, percent (how far the supply
        is), due_date, ready_date; by line, level, item and day.
    """
    graph = plant.graph
    supply = graph.supply[behind.edge]
    rows = pd.DataFrame({"place": behind.demand, "supply": supply, "share": behind.share})
    rows = rows.groupby(["place", "supply"], as_index=False)["share"].sum()
    depth = _depths(graph, behind)
    place, supply = rows["place"].to_numpy(), rows["supply"].to_numpy()
    items, kinds = graph.plan.inputs.items["item"], np.array(KINDS, dtype=object)
    line = np.where(graph.line[supply] >= 0, "/" + graph.line[supply].astype(str).astype(object), "")
    blank = np.isin(graph.kind[supply], (STOCK, INSPECTION))
    frame = pd.DataFrame(
        {
            "order": lines["order"].take(place).to_numpy(),
            "line": lines["line"].take(place).to_numpy(),
            "level": [depth[key] for key in zip(place.tolist(), supply.tolist(), strict=True)],
            "item": items.take(graph.item[supply]).to_numpy(),
            "kind": pd.Series(kinds[graph.kind[supply]], dtype="str"),
            "number": pd.Series(graph.number[supply] + line, dtype="str"),
            "needed_micro": np.round(rows["share"].to_numpy()).astype(np.int64),
            "percent": np.floor(np.round(plant.degree[supply] * 100, 6)).astype(np.int64),
            "due_date": _days(graph.due[supply], blank),
            "ready_date": _days(plant.arrival.day[supply], np.zeros(len(supply), dtype=bool)),
        }
    )
    return frame.sort_values(["order", "line", "level", "item", "ready_date", "number"], kind="stable",
                             ignore_index=True)  # fmt: skip


def _depths(graph: SupplyGraph, behind: Reach) -> dict[tuple[int, int], int]:
    """The level on which each supply first stands below each line."""
    depth: dict[tuple[int, int], int] = {}
    supplies = graph.supply[behind.edge]
    level = graph.level[supplies]
    into = graph.into[behind.edge]
    # parents lie higher, so they are known when their parts come
    for row in np.argsort(level, kind="stable").tolist():
        line, supply = int(behind.demand[row]), int(supplies[row])
        above = 0 if behind.direct[row] else depth[line, int(into[row])]
        depth[line, supply] = min(depth.get((line, supply), above + 1), above + 1)
    return depth


def _days(day: np.ndarray, blank: np.ndarray) -> pd.Series:
    return pd.Series(day.astype(DAY).astype("datetime64[s]")).where(~blank)
