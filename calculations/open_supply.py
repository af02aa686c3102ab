"""Open orders as they stand by their facts: what is left to do, whether it has begun, how long the rest takes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.planning_inputs import MADE, SUBCONTRACTED, days_of
from calculations.supply_graph import UNPLANNED, SupplyGraph
from calculations.working_days import DAY


@dataclass(frozen=True)
class OpenSupply:
    """Of each supply: `begin`, the day its work starts by its documents; `days`, the working days of what is left;
    `started`, whether a fact says that its work has begun.
    """

    begin: np.ndarray
    days: np.ndarray
    started: np.ndarray


def open_supply(graph: SupplyGraph, world: dict) -> OpenSupply:
    """How the supplies of a graph stand.

    Args:
        world: the one the graph was made of; where at hand `time_entries` (order, labor_hours_micro,
            machine_hours_micro).
    """
    begin, days = graph.due.copy(), np.zeros(len(graph.due), dtype=np.int64)
    started = np.zeros(len(graph.due), dtype=bool)
    _work_orders(graph, world, begin, days, started)
    _subcontracts(graph, world, begin, days, started)
    _suggestions(graph, begin, days)
    return OpenSupply(begin, days, started)


def started_orders(world: dict) -> pd.Index:
    """Work and subcontract orders of which a fact says that something was drawn, made, received or worked."""
    entries = world.get("time_entries")
    works, outside, stock = world["work_orders"], world["subcontract_orders"], world["stock"]
    drawn, sent = world["work_order_components"], world["subcontract_order_components"]
    parts = [
        works.loc[(works["completed_quantity_micro"] > 0) | (works["scrapped_quantity_micro"] > 0), "order"],
        drawn.loc[drawn["issued_quantity_micro"] > 0, "order"],
        outside.loc[outside["received_quantity_micro"] > 0, "order"],
        sent.loc[sent["sent_quantity_micro"] > 0, "order"],
    ]
    if "order" in stock:
        parts.append(stock.loc[stock["status"].isin(["in_production", "at_subcontractor"]), "order"])
    if entries is not None:
        parts.append(entries["order"])
    return pd.Index(pd.concat(parts).unique())


def _work_orders(graph: SupplyGraph, world: dict, begin, days, started) -> None:
    works = world["work_orders"].drop_duplicates("order")
    place = graph.position(MADE, works["order"])
    works, place = works[place >= 0], place[place >= 0]
    start, due = days_of(works["start_date"]), days_of(works["due_date"])
    whole = works["quantity_micro"].to_numpy(dtype=float)
    left = whole - works["completed_quantity_micro"].to_numpy() - works["scrapped_quantity_micro"].to_numpy()
    window = np.maximum(graph.plan.inputs.calendar.between(start.astype(DAY), np.maximum(start, due).astype(DAY)), 0)
    # a window wider than the work needs is slack, not work
    lead = _lead_days(graph, graph.item[place], works["quantity_micro"].to_numpy(dtype=np.int64))
    lasts = np.where(lead >= 0, np.minimum(window, lead), window)
    under_way = works["order"].isin(started_orders(world)).to_numpy()
    started[place] = under_way
    # of what has begun, the rest begins now
    begin[place] = np.where(under_way, graph.today, start)
    share = np.where(under_way, np.clip(left / whole, 0, 1), 1.0)
    days[place] = np.ceil(lasts * share - 1e-9).astype(np.int64)


def _lead_days(graph: SupplyGraph, item: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """Working days to make so much: the item's lead time, else that of its routing; -1 where nothing says."""
    sources = graph.plan.inputs.sources
    own = sources.lead_days[item]
    return np.where(own >= 0, own, sources.routing_days(item, quantity))


def _subcontracts(graph: SupplyGraph, world: dict, begin, days, started) -> None:
    orders = world["subcontract_orders"].drop_duplicates("order")
    place = graph.position(SUBCONTRACTED, orders["order"])
    orders, place = orders[place >= 0], place[place >= 0]
    sources, inputs = graph.plan.inputs.sources, graph.plan.inputs
    item = graph.item[place]
    best = np.append(sources.offer_lead, 0)[sources.offers_on(inputs.as_of)[item]]
    lead = np.maximum(np.where(sources.lead_days[item] >= 0, sources.lead_days[item], best), 0)
    under_way = orders["order"].isin(started_orders(world)).to_numpy()
    started[place] = under_way
    # what was sent comes on its due date; only what still has to be sent makes it later
    asked = np.bincount(graph.into[graph.into >= 0], minlength=len(graph.item))[place] > 0
    days[place] = np.where(asked, lead, 0)
    begin[place] = graph.today
    back = inputs.calendar.subtract(graph.due[place].astype(DAY), lead).astype(np.int64)
    begin[place] = np.where(asked, back, np.maximum(graph.due[place], graph.today))


def _suggestions(graph: SupplyGraph, begin, days) -> None:
    """Suggestions take the time between their release and their due date; unplanned ones their lead time."""
    inputs, orders = graph.plan.inputs, graph.plan.orders
    if inputs.firm is not None:
        firm = inputs.firm
        place = graph.suggestions
        firm, place = firm[place >= 0], place[place >= 0]
        release, due = days_of(firm["release_date"]), days_of(firm["due_date"])
        lasts = inputs.calendar.between(release.astype(DAY), np.maximum(release, due).astype(DAY))
        begin[place], days[place] = release, np.maximum(lasts, 0)
    fresh = np.flatnonzero(graph.kind == UNPLANNED)
    begin[fresh] = orders.schedule.release
    days[fresh] = np.maximum(orders.schedule.lead, 0) + inputs.sources.inspection_days[orders.item]
