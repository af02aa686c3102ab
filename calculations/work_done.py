"""How much of the work behind each supply facts say is done, weighted by standard cost over all levels.

A unit in stock or in inspection is done, one on order at a supplier is not. An open order is done as far as its
material is there or drawn (each component by its value) and its own work is (hours booked, of the standard hours).
Weights are floats: they only share out what is whole.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.exact import MICRO
from calculations.operation_progress import earned_hours
from calculations.order_holdings import HOLDING_STATUS
from calculations.planning_inputs import INSPECTION, MADE, STOCK, SUBCONTRACTED
from calculations.supply_graph import SupplyGraph

# An item or an hour that nobody gave a price counts one; work that nobody priced counts as much as its material.
UNPRICED = float(MICRO)


@dataclass(frozen=True)
class UnitValues:
    """Weight of one unit of each item, and of the own work in it, in micro-units of money."""

    whole: np.ndarray
    work: np.ndarray


def unit_values(graph: SupplyGraph, world: dict) -> UnitValues:
    """Standard cost of each item, else its supplier's price, else what its bill and routing add up to."""
    inputs = graph.plan.inputs
    sources, bills, count = inputs.sources, inputs.bills, len(inputs.items)
    every = np.arange(count)
    standard = inputs.items["standard_cost_micro"].fillna(0).to_numpy(dtype=float)
    offered = sources.prices(sources.offers_on(inputs.as_of), np.ones(count, dtype=np.int64)).astype(float)
    today = np.full(count, inputs.as_of, dtype=np.int64)
    row, line = bills.lines_of(bills.pick(every, today), today)
    per_unit = bills.numerator[line] / bills.denominator[line]
    routed = _hourly(sources, world, every)
    whole = np.where(standard > 0, standard, np.where(sources.is_made, 0.0, offered))
    work, material = np.zeros(count), np.zeros(count)
    level = graph.plan.codes
    for code in range(int(level.max(initial=0)), -1, -1):
        here = np.flatnonzero(level == code)
        mine = np.flatnonzero(level[row] == code)
        np.add.at(material, row[mine], per_unit[mine] * whole[bills.component[line[mine]]])
        made = here[sources.is_made[here]]
        fee = np.where(sources.is_bought[made], offered[made], 0.0)
        own = np.where(routed[made] > 0, routed[made], fee)
        own = np.where(own > 0, own, np.maximum(standard[made] - material[made], 0))
        work[made] = np.where(own > 0, own, np.maximum(material[made], UNPRICED))
        whole[made] = np.where(standard[made] > 0, standard[made], material[made] + work[made])
        whole[here] = np.where(whole[here] > 0, whole[here], UNPRICED)
    return UnitValues(whole, work)


def _hourly(sources, world: dict, every: np.ndarray) -> np.ndarray:
    """Money of the routing's run hours for one unit of each item."""
    centers = world["work_centers"]
    rate = (centers["labor_rate_micro"] + centers["machine_rate_micro"]).to_numpy(dtype=float)
    row, step = sources.operations_of(every)
    place = pd.Index(centers["work_center"]).get_indexer(sources.work_center[step])
    hourly = np.append(rate, 0.0)[place]
    hourly = np.where(hourly > 0, hourly, UNPRICED)
    return np.bincount(row, sources.run_hours[step] * hourly / MICRO, minlength=len(every))


def degrees_done(graph: SupplyGraph, world: dict, values: UnitValues, worked: np.ndarray) -> np.ndarray:
    """How far each supply is, 0 to 1.

    Args:
        worked: how far the own work of each supply is, 0 to 1; see `worked_shares`.
    """
    degree = np.isin(graph.kind, (STOCK, INSPECTION)).astype(float)
    needs = graph.plan.needs
    held = _in_hands(graph, world, values)
    asked = graph.parent >= 0
    weight = needs.quantity * values.whole[needs.item]
    drawn = np.bincount(graph.parent[asked], weight[asked], minlength=len(degree))
    own = values.work[graph.item] * graph.quantity
    whole = held + drawn + own
    done = held + own * worked
    # orders that wait for no part any more
    rest = np.flatnonzero((drawn == 0) & np.isin(graph.kind, (MADE, SUBCONTRACTED)))
    degree[rest] = np.clip(done[rest] / np.maximum(whole[rest], 1e-9), 0, 1)
    for edges in graph.levels_up():
        part, order = graph.supply[edges], graph.into[edges]
        np.add.at(done, order, graph.amount[edges] * values.whole[graph.item[part]] * degree[part])
        rows = np.unique(order)
        degree[rows] = np.clip(done[rows] / np.maximum(whole[rows], 1e-9), 0, 1)
    return degree


def worked_shares(graph: SupplyGraph, world: dict) -> np.ndarray:
    """How far the own work of each open work order is: hours beyond those of what is finished, of its rest.

    Hours are those booked, or the standard hours of the units that passed its operations where these are more.
    """
    worked = np.zeros(len(graph.item))
    entries = world.get("time_entries")
    works = world["work_orders"].drop_duplicates("order")
    place = graph.position(MADE, works["order"])
    works, place = works[place >= 0], place[place >= 0]
    if entries is None or works.empty:
        return worked
    booked = np.maximum(entries["labor_hours_micro"], entries["machine_hours_micro"])
    booked = booked.groupby(entries["order"]).sum().reindex(works["order"]).fillna(0).to_numpy(dtype=float)
    # who reports pieces and no hours has worked all the same
    earned = earned_hours(works, world).reindex(works["order"]).fillna(0).to_numpy(dtype=float)
    booked = np.maximum(booked, earned)
    if not booked.any():
        return worked
    sources, whole = graph.plan.inputs.sources, works["quantity_micro"].to_numpy(dtype=np.int64)
    row, step = sources.operations_of(graph.item[place])
    standard = np.bincount(row, sources.hours(step, whole[row]), minlength=len(place))
    gone = (works["completed_quantity_micro"] + works["scrapped_quantity_micro"]).to_numpy(dtype=float) / whole
    rest = standard * np.clip(1 - gone, 0, 1)
    worked[place] = np.clip((booked - standard * gone) / np.maximum(rest, 1), 0, 1) * (rest > 0)
    return worked


def _in_hands(graph: SupplyGraph, world: dict, values: UnitValues) -> np.ndarray:
    """Value of the material that open orders have drawn and not used yet."""
    held = np.zeros(len(graph.item))
    for kind, table, components, drawn, finished in (
        (MADE, "work_orders", "work_order_components", "issued_quantity_micro",
         ("completed_quantity_micro", "scrapped_quantity_micro")),
        (SUBCONTRACTED, "subcontract_orders", "subcontract_order_components", "sent_quantity_micro",
         ("received_quantity_micro",)),
    ):  # fmt: skip
        orders, rows = world[table].drop_duplicates("order").set_index("order"), world[components]
        gone = sum(orders[name] for name in finished) / orders["quantity_micro"]
        used = rows["quantity_micro"] * gone.reindex(rows["order"]).fillna(0).to_numpy()
        left = (rows[drawn] - used).clip(lower=0)
        _add_value(graph, kind, held, rows["order"], rows["item"], left, values)
        stock = world["stock"]
        if "order" in stock:
            # orders without component rows: what they hold is what they have drawn
            outside = stock[(stock["status"] == HOLDING_STATUS[components]) & ~stock["order"].isin(rows["order"])]
            _add_value(graph, kind, held, outside["order"], outside["item"], outside["quantity_micro"], values)
    return held


def _add_value(graph: SupplyGraph, kind: int, held: np.ndarray, orders, items, quantity, values: UnitValues) -> None:
    place = graph.position(kind, orders)
    item = graph.plan.inputs.index.get_indexer(items)
    known = np.flatnonzero((place >= 0) & (item >= 0))
    np.add.at(held, place[known], quantity.to_numpy(dtype=float)[known] * values.whole[item[known]])
