"""Rough-cut load: hours a week that planned and open orders ask of each work center, against its calendar capacity."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.planning_inputs import PlanningInputs
from calculations.working_days import DAY

WEEK = 7
# 1970-01-01 was a Thursday: three days after a Monday
MONDAY = 3
# Weeks without load are told so far ahead; and what finds no room in a year finds none.
WEEKS_TOLD = 26
WEEKS_OF_ROOM = 52
WEEK_SPAN = np.int64(1) << 32


@dataclass(frozen=True)
class OrdersToMake:
    """Orders that take hours of work centers: position of the item, micro-units to start, day they start."""

    item: np.ndarray
    quantity: np.ndarray
    start: np.ndarray


@dataclass(frozen=True)
class CenterLoad:
    """`weeks` is the load by work center and week; `place` (a row of it), `order` and `hours` say who asks for it.

    Each order is there once for each place, the largest first.
    """

    weeks: pd.DataFrame
    place: np.ndarray
    order: np.ndarray
    hours: np.ndarray


def work_center_load(inputs: PlanningInputs, orders: OrdersToMake) -> CenterLoad:
    """Hours by work center and week, and the orders behind them; an order's hours all fall into the week it starts.

    Returns:
        weeks: work_center, week (its Monday), hours_micro, capacity_micro, overload_micro (0 = none), orders (how
        many), room_week (of an overload: the week in which the last of its hours find room beside everything else;
        blank = none within a year), sorted by work center and week. Every work center of a routing is there in every
        week up to the last with load, at most half a year on; later weeks only where they have load.
    """
    row, operation = inputs.sources.operations_of(orders.item)
    hours = inputs.sources.hours(operation, orders.quantity[row])
    codes, names = pd.factorize(inputs.sources.work_center, sort=True)
    daily = np.zeros(len(names), dtype=np.int64)
    daily[codes] = inputs.sources.capacity
    asked = codes[operation] * WEEK_SPAN + (orders.start[row] + MONDAY) // WEEK
    key = np.union1d(asked, _told(asked, len(names), (inputs.as_of + MONDAY) // WEEK))
    place = np.searchsorted(key, asked)
    pair, of_pair = np.unique(place * len(orders.item) + row, return_inverse=True)
    place, order = np.divmod(pair, max(len(orders.item), 1))
    hours = _sums(of_pair, hours, len(pair))
    largest = np.lexsort((order, -hours, place))
    weeks = _weeks(inputs, key, _sums(place, hours, len(key)), names, daily)
    weeks["orders"] = np.bincount(place, minlength=len(key)).astype(np.int64)
    weeks["room_week"] = _room_weeks(inputs, key, weeks, daily)
    return CenterLoad(weeks, place[largest], order[largest], hours[largest])


def _told(asked: np.ndarray, centers: int, this_week: int) -> np.ndarray:
    """Keys of every work center and week up to the last with load."""
    last = int((asked % WEEK_SPAN).max(initial=this_week - 1))
    weeks = np.arange(this_week, min(last + 1, this_week + WEEKS_TOLD))
    return (np.arange(centers)[:, None] * WEEK_SPAN + weeks).ravel()


def _sums(place: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, place, values)
    return total


def _weeks(inputs: PlanningInputs, key: np.ndarray, hours: np.ndarray, names, daily: np.ndarray) -> pd.DataFrame:
    center, week = key // WEEK_SPAN, key % WEEK_SPAN
    capacity = _working_days(inputs, week) * daily[center]
    return pd.DataFrame(
        {
            "work_center": pd.Series(np.asarray(names, dtype=object)[center], dtype="str"),
            "week": _mondays(week),
            "hours_micro": hours,
            "capacity_micro": capacity,
            "overload_micro": np.maximum(hours - capacity, 0),
        }
    )


def _mondays(week: np.ndarray) -> np.ndarray:
    return (week * WEEK - MONDAY).astype(DAY).astype("datetime64[s]")


def _working_days(inputs: PlanningInputs, week: np.ndarray) -> np.ndarray:
    """Working days of each week, of the present one those that are left."""
    distinct, place = np.unique(week, return_inverse=True)
    monday = distinct * WEEK - MONDAY
    return inputs.calendar.between(np.maximum(monday, inputs.as_of).astype(DAY), (monday + WEEK).astype(DAY))[place]


def _room_weeks(inputs: PlanningInputs, key: np.ndarray, load: pd.DataFrame, daily: np.ndarray) -> np.ndarray:
    """Monday of the week in which everything asked for up to each overloaded week is done; NaT where it is not.

    What a week cannot do goes on in the next ones, first come, first served. Done up to week v is the least, over
    earlier weeks u, of what was asked up to u and the capacity of the weeks after u up to v.
    """
    found = np.full(len(key), np.datetime64("NaT", "s"))
    over = np.flatnonzero(load["overload_micro"].to_numpy() > 0)
    center, week, hours = key // WEEK_SPAN, key % WEEK_SPAN, load["hours_micro"].to_numpy()
    for busy in np.unique(center[over]).tolist():
        rows = np.flatnonzero(center == busy)
        weeks = np.arange(week[rows[0]], week[rows[-1]] + WEEKS_OF_ROOM + 1)
        asked = np.cumsum(_sums(week[rows] - weeks[0], hours[rows], len(weeks)))
        capacity = np.cumsum(_working_days(inputs, weeks) * daily[busy])
        done = capacity + np.minimum(np.minimum.accumulate(asked - capacity), 0)
        mine = rows[load["overload_micro"].to_numpy()[rows] > 0]
        first = np.searchsorted(done, asked[week[mine] - weeks[0]])
        inside = first < np.minimum(week[mine] - weeks[0] + WEEKS_OF_ROOM + 1, len(weeks))
        found[mine[inside]] = _mondays(weeks[first[inside]])
    return found
