"""When each supply can be there, parts before what is made from them, and what decides that."""

from dataclasses import dataclass

import numpy as np

from calculations.open_supply import OpenSupply
from calculations.supply_graph import SupplyGraph
from calculations.supply_sources import step_on


@dataclass(frozen=True)
class Arrival:
    """Of each supply: the `day` it is there, `begin` (when the rest of its work can start), and `decides`, the part it
    waits for, -1 where it waits for none. `cause` is the deepest supply on that way: itself, or the cause of the part.
    """

    day: np.ndarray
    begin: np.ndarray
    decides: np.ndarray
    cause: np.ndarray


def arrivals(graph: SupplyGraph, open_supply: OpenSupply) -> Arrival:
    """When supplies are there by what they themselves say and by what goes into them.

    Stock is there today. Every order is there on its due date, not before today. One whose work has not begun takes its
    lead time (of a work order not more than from its start to its due date) from its start, not before today; of one
    that has begun the rest takes the open share of that time, from today. Work cannot go on before the last part that
    is still to be drawn has come.
    """
    calendar = graph.plan.inputs.calendar
    floor = np.maximum(graph.due, graph.today)
    begin = np.maximum(open_supply.begin, graph.today)
    day = np.maximum(floor, _finished(calendar, begin, open_supply.days))
    decides = np.full(len(day), -1, dtype=np.int64)
    cause = np.arange(len(day))
    for edges in graph.levels_up():
        part, order = graph.supply[edges], graph.into[edges]
        latest = np.full(len(day), graph.today, dtype=np.int64)
        np.maximum.at(latest, order, day[part])
        held = np.unique(order[day[part] > begin[order]])
        pushed = _finished(calendar, latest[held], open_supply.days[held])
        begin[held] = latest[held]
        later = held[pushed > day[held]]
        day[held] = np.maximum(day[held], pushed)
        slow = np.flatnonzero(np.isin(order, later) & (day[part] == latest[order]))
        # the first of several that come on the same day
        decides[order[slow[::-1]]] = part[slow[::-1]]
        cause[later] = cause[decides[later]]
    return Arrival(day, begin, decides, cause)


def _finished(calendar, begin: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The day so many working days after each beginning; the day itself where there is nothing to be done."""
    return np.where(days > 0, step_on(calendar, begin, np.maximum(days, 0)), begin)
