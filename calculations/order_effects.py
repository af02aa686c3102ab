"""Whom the trouble of open orders makes wait: customers' lines behind them on all levels, and their new dates."""

import numpy as np
import pandas as pd

from calculations.planning_inputs import MADE, PURCHASED, SUBCONTRACTED, days_of
from calculations.supply_graph import line_of_need, reach
from calculations.working_days import DAY

COLUMNS = ["order", "warned", "sales_order", "line", "customer", "item", "quantity_micro", "wanted_date", "from_date",
           "to_date", "days", "decides"]  # fmt: skip


def order_effects(plant, orders: pd.DataFrame, warnings: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Lines behind each warned order.

    Args:
        orders: of `production_tracking`, with `supply`. lines: as `order_progress` returns them.
    Returns:
        order, warned (kind of the warning), sales_order, line, customer, item (the line's), quantity_micro (of the
        order's item, for the line), wanted_date (promised, else due), from_date (expected were every order
        on its due date), to_date (expected as things are), days (working days between), decides (whether the line's
        date comes by this order); by warning as they stand, then by line.
    """
    graph = plant.graph
    warned = warnings.merge(orders[["order", "supply"]], on="order")
    warned = warned[warned["supply"] >= 0]
    if warned.empty or lines.empty:
        return _empty()
    asked = line_of_need(lines, graph)
    behind = reach(graph, asked, len(lines))
    here = np.flatnonzero(np.isin(behind.supply, warned["supply"]))
    pairs = pd.DataFrame({"place": behind.of[here], "supply": behind.supply[here], "part": behind.part[here]})
    scheduled = _expected(plant, behind, lines, _scheduled(plant))
    told = lines.assign(
        place=np.arange(len(lines)),
        wanted_date=lines["promised_date"].fillna(lines["due_date"]),
        from_date=scheduled,
        to_date=lines["expected_date"],
    )
    known = told["to_date"].notna().to_numpy()
    first, last = (days_of(told[name].fillna(told["due_date"])) for name in ("from_date", "to_date"))
    days = graph.plan.inputs.calendar.between((first + 1).astype(DAY), (last + 1).astype(DAY))
    told["days"] = np.where(known, np.maximum(days, 0), 0)
    chain = _deciding(plant, behind, len(lines))
    pairs["decides"] = np.isin(pairs["place"] * len(graph.item) + pairs["supply"], chain)
    made = graph.quantity[pairs["supply"].to_numpy(dtype=np.int64)]
    pairs["quantity_micro"] = np.round(pairs["part"].to_numpy() * made).astype(np.int64)
    rows = warned.assign(rank=range(len(warned)))[["order", "kind", "supply", "rank"]].merge(pairs, on="supply")
    told = told.rename(columns={"order": "sales_order"}).drop(columns=["quantity_micro"])
    kept = ["place", "sales_order", "line", "customer", "item", "wanted_date", "from_date", "to_date", "days"]
    told = told.assign(customer=told.get("customer", ""))
    rows = rows.merge(told[kept], on="place").rename(columns={"kind": "warned"})
    return rows.sort_values(["rank", "sales_order", "line"], kind="stable", ignore_index=True)[COLUMNS]


def _scheduled(plant) -> np.ndarray:
    """The day each supply is there if every open order keeps its due date."""
    graph = plant.graph
    documents = np.isin(graph.kind, (PURCHASED, MADE, SUBCONTRACTED))
    return np.where(documents, graph.due, np.maximum(graph.due, graph.today))


def _expected(plant, behind, lines: pd.DataFrame, day: np.ndarray) -> pd.Series:
    edge, line = behind.edge[behind.direct], behind.demand[behind.direct]
    latest = days_of(lines["due_date"]).copy()
    np.maximum.at(latest, line, day[plant.graph.supply[edge]])
    return pd.Series(latest.astype(DAY).astype("datetime64[s]"), index=lines.index)


def _deciding(plant, behind, count: int) -> np.ndarray:
    """Line and supply, as one number each, of the supplies by which the line's date comes, down to the deepest."""
    graph, arrival = plant.graph, plant.arrival
    edge, line = behind.edge[behind.direct], behind.demand[behind.direct]
    supply = graph.supply[edge]
    latest = np.full(count, graph.today, dtype=np.int64)
    np.maximum.at(latest, line, arrival.day[supply])
    last = (arrival.day[supply] == latest[line]) & (latest[line] > graph.today)
    line, supply = line[last], supply[last]
    found = []
    while len(supply):
        found.append(line * len(graph.item) + supply)
        below = arrival.decides[supply]
        line, supply = line[below >= 0], below[below >= 0]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)


def _empty() -> pd.DataFrame:
    kinds = {"line": "int64", "quantity_micro": "int64", "days": "int64", "decides": "bool"}
    days = dict.fromkeys(("wanted_date", "from_date", "to_date"), "datetime64[s]")
    return pd.DataFrame({name: pd.Series([], dtype={**kinds, **days}.get(name, "str")) for name in COLUMNS})
