"""Overloads of work centers: the orders that cause them, the customer lines that wait, where the hours find room."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.exact import micro_text
from calculations.planning_inputs import MADE, PLANNED, SALES, SUBCONTRACT, SUBCONTRACTED, SUGGESTED, WORK
from calculations.planning_results import Pegging
from calculations.row_ranges import ranges
from calculations.supply_sources import BLANK
from calculations.work_center_load import CenterLoad, OrdersToMake, work_center_load
from calculations.working_days import DAY

NAMED = 3


@dataclass(frozen=True)
class Overloads:
    """Rows of `load.weeks` that ask for too much, the orders behind them as a frame, and who waits.

    `lines` are rows of `pegging.needs`, `waits` the overload (a position in `rows`) each of them waits for.
    """

    rows: np.ndarray
    orders: pd.DataFrame
    place: np.ndarray
    waits: np.ndarray
    lines: np.ndarray


def planned_load(plan, planned: pd.Series, suggested: np.ndarray) -> tuple[CenterLoad, pd.Series]:
    """Load of open work orders, firm suggestions to produce and this run's, and the numbers of those orders.

    Args:
        planned: numbers of planned orders. suggested: the row of each of this run's, in the order of `plan.orders`.
    """
    inputs, orders = plan.inputs, plan.orders
    made = np.flatnonzero(inputs.sources.kind[orders.item] == "make")
    item, remaining, start, order = inputs.to_make
    all_orders = OrdersToMake(
        np.append(item, orders.item[made]),
        np.append(remaining, orders.quantity[made]),
        np.append(start, np.maximum(orders.schedule.release[made], inputs.as_of)),
    )
    numbers = pd.concat([pd.Series(order, dtype="str"), planned.take(suggested[made])], ignore_index=True)
    return work_center_load(inputs, all_orders), numbers


def overloads(plan, pegging: Pegging, load: CenterLoad, numbers: pd.Series) -> Overloads:
    """Every overload with its orders, the largest first, and the customer lines served by them on whatever level.

    The frame `orders`: work_center, week, order, item, hours_micro, lines (how many wait), first_order, first_line and
    first_due (of the line that is due first; blank where stock or a forecast waits).
    """
    inputs = plan.inputs
    rows = np.flatnonzero(load.weeks["overload_micro"].to_numpy() > 0)
    mine = np.flatnonzero(np.isin(load.place, rows))
    place = np.searchsorted(rows, load.place[mine])
    open_orders = len(inputs.to_make[0])
    of_order = np.append(inputs.to_make[0], plan.orders.item[inputs.sources.kind[plan.orders.item] == "make"])
    group, need = _waiting(plan, pegging, _supplies(plan, pegging, load.order[mine], open_orders, numbers))
    needs = pegging.needs
    earliest = np.lexsort((needs.line[need], needs.ref[need], needs.date[need], group))
    served, first = np.unique(group[earliest], return_index=True)
    head = np.full(len(mine), BLANK, dtype=np.int64)
    head[served] = need[earliest][first]
    documents = np.append(inputs.documents[SALES], "")
    ref, line = np.append(needs.ref, len(documents) - 1)[head], np.append(needs.line, BLANK)[head]
    due = np.append(needs.date, np.iinfo(np.int64).min)[head].astype("datetime64[D]").astype("datetime64[s]")
    orders = pd.DataFrame(
        {
            "work_center": load.weeks["work_center"].iloc[load.place[mine]].array,
            "week": load.weeks["week"].to_numpy()[load.place[mine]],
            "order": numbers.iloc[load.order[mine]].array,
            "item": inputs.items["item"].iloc[of_order[load.order[mine]]].array,
            "hours_micro": load.hours[mine],
            "lines": np.bincount(group, minlength=len(mine)),
            "first_order": pd.Series(documents[ref], dtype="str"),
            "first_line": pd.Series(pd.arrays.IntegerArray(line, line == BLANK)),
            "first_due": due,
        }
    )
    pairs = np.unique(place[group] * max(len(needs), 1) + need)
    return Overloads(rows, orders, place, *np.divmod(pairs, max(len(needs), 1)))


def overload_texts(plan, pegging: Pegging, load: CenterLoad, over: Overloads, late: np.ndarray) -> list[str]:
    """What each overload says; `late` are the working days until its hours find room, -1 = not within a year."""
    weeks, needs = load.weeks.iloc[over.rows], pegging.needs
    begin, end = np.searchsorted(over.place, [np.arange(len(over.rows)), np.arange(len(over.rows)) + 1])
    order = np.lexsort((needs.line[over.lines], needs.ref[over.lines], needs.date[over.lines], over.waits))
    first, last = np.searchsorted(over.waits, [np.arange(len(over.rows)), np.arange(len(over.rows)) + 1])
    names, hours = over.orders["order"].array, over.orders["hours_micro"].array
    # of the present week only the days that are left count
    left = np.where(weeks["week"].to_numpy().astype(DAY).astype(np.int64) < plan.inputs.as_of, " left", "")
    texts = []
    for row, (center, week, asked, capacity, too_many, room) in enumerate(
        zip(weeks["work_center"], _texts(weeks["week"]), weeks["hours_micro"], weeks["capacity_micro"],
            weeks["overload_micro"], _texts(weeks["room_week"]), strict=True)
    ):  # fmt: skip
        largest = [
            f"{names[at]} {micro_text(hours[at])}" for at in range(begin[row], min(begin[row] + NAMED, end[row]))
        ]
        waiting = over.lines[order[first[row] : last[row]]]
        lines = [f"{plan.inputs.documents[SALES][needs.ref[at]]}/{needs.line[at]}" for at in waiting[:NAMED]]
        whose = _listed(lines, len(waiting), "line")
        moved = f"; {whose} wait{'s' if len(waiting) == 1 else ''} for them" if lines else ""
        finds = (
            f"the {micro_text(too_many)} too many find room in the week of {room}, {late[row]} working days later"
            if late[row] >= 0
            else f"the {micro_text(too_many)} too many find no room within a year"
        )
        then = ", or promise the later date" if lines and late[row] >= 0 else ""
        texts.append(
            f"work center {center} has {micro_text(capacity)} hours{left[row]} in the week of {week} and is asked for "
            f"{micro_text(asked)} by {_listed(largest, int(end[row] - begin[row]), 'order')}{moved}; "
            f"{finds}: add shifts, start some earlier{then}"
        )
    return texts


def _listed(named: list[str], count: int, noun: str) -> str:
    """The first names and how many more there are.

    >>> _listed(["SO-1/10", "SO-2/10"], 4, "line")
    'SO-1/10, SO-2/10 and 2 more lines'
    """
    more = count - len(named)
    return ", ".join(named) + (f" and {more} more {noun}{'s' if more > 1 else ''}" if more else "")


def _texts(days: pd.Series) -> list[str]:
    return np.datetime_as_string(days.to_numpy().astype("datetime64[D]")).tolist()


def supply_of_orders(plan, pegging: Pegging) -> np.ndarray:
    """The row of `pegging.supply_*` of each suggestion of the plan."""
    suggested = np.flatnonzero(pegging.planned)
    row = np.empty(len(plan.orders.item), dtype=np.int64)
    row[pegging.supply_ref[suggested]] = suggested
    return row


def _supply_of_documents(plan, pegging: Pegging, kind: int, names) -> np.ndarray:
    """The row of `pegging.supply_*` that each open order of a kind brings; -1 where it brings nothing."""
    receipts = plan.inputs.receipts
    received = np.flatnonzero((pegging.supply_ref != BLANK) & ~pegging.planned)
    of_kind = received[receipts.kind[pegging.supply_ref[received]] == kind]
    known = pd.Index(receipts.order[pegging.supply_ref[of_kind]], dtype="str")
    at = known.get_indexer(pd.Index(names, dtype="str"))
    return np.where(at >= 0, np.append(of_kind, BLANK)[at], BLANK)


def _supplies(plan, pegging: Pegging, order: np.ndarray, open_orders: int, numbers: pd.Series) -> np.ndarray:
    """The supply row of each of these orders to make: work orders and firm ones by number, suggestions by row."""
    supply = np.full(len(order), BLANK, dtype=np.int64)
    begun = np.flatnonzero(order < open_orders)
    if len(begun):
        names = numbers.iloc[order[begun]]
        work = _supply_of_documents(plan, pegging, MADE, names)
        supply[begun] = np.where(work != BLANK, work, _supply_of_documents(plan, pegging, SUGGESTED, names))
    new = np.flatnonzero(order >= open_orders)
    made = np.flatnonzero(plan.inputs.sources.kind[plan.orders.item] == "make")
    supply[new] = supply_of_orders(plan, pegging)[made[order[new] - open_orders]]
    return supply


def _waiting(plan, pegging: Pegging, supply: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Customer lines (rows of `pegging.needs`) that each of the supplies serves, directly or through other orders."""
    count = max(len(pegging.supply_item), 1)
    if not len(supply):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    fed = np.argsort(pegging.supply, kind="stable")
    starts = np.searchsorted(pegging.supply[fed], np.arange(count + 1))
    above = _supply_above(plan, pegging)
    known = np.flatnonzero(supply != BLANK)
    pair = known * count + supply[known]
    seen, found = pair, []
    while len(pair):
        group, at = np.divmod(pair, count)
        need = pegging.demand[fed[ranges(starts[at], starts[at + 1])]]
        group = np.repeat(group, (starts[at + 1] - starts[at]))
        sold = pegging.needs.kind[need] == SALES
        found.append(group[sold] * len(pegging.needs) + need[sold])
        up = np.flatnonzero(above[need] != BLANK)
        # a rework order needs what it makes: nobody is followed twice
        pair = np.setdiff1d(group[up] * count + above[need[up]], seen)
        seen = np.concatenate([seen, pair])
    pairs = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    return np.divmod(pairs, max(len(pegging.needs), 1))


def _supply_above(plan, pegging: Pegging) -> np.ndarray:
    """For each need the supply row of the order that asks; -1 of customers and forecasts."""
    needs, documents = pegging.needs, plan.inputs.documents
    above = np.full(len(needs), BLANK, dtype=np.int64)
    for asks, brings in ((WORK, MADE), (SUBCONTRACT, SUBCONTRACTED), (PLANNED, SUGGESTED)):
        rows = np.flatnonzero((needs.kind == asks) & (needs.ref < len(documents[asks])))
        if len(rows):
            above[rows] = _supply_of_documents(plan, pegging, brings, documents[asks])[needs.ref[rows]]
    firm = len(documents[PLANNED])
    rows = np.flatnonzero((needs.kind == PLANNED) & (needs.ref >= firm))
    above[rows] = supply_of_orders(plan, pegging)[needs.ref[rows] - firm]
    return above
