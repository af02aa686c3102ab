"""Rough-cut load: hours a week that planned and open orders ask of each work center, against its calendar capacity."""

import numpy as np
import pandas as pd

from calculations.planning_inputs import PlanningInputs
from calculations.working_days import DAY

WEEK = 7
# 1970-01-01 was a Thursday: three days after a Monday
MONDAY = 3


def work_center_load(inputs: PlanningInputs, item: np.ndarray, quantity: np.ndarray, start: np.ndarray) -> pd.DataFrame:
    """Hours by work center and week.

    Args:
        item, quantity, start: orders to make: position, micro-units to start, day they start. An order's hours all
            fall into the week in which it starts.
    Returns:
        work_center, week (its Monday), hours_micro, capacity_micro, overload_micro (0 = none), orders (how many),
        sorted by work center and week.
    """
    sources = inputs.sources
    row, operation = sources.operations_of(item)
    hours = sources.hours(operation, quantity[row])
    week = (start[row] + MONDAY) // WEEK
    centers, center = np.unique(sources.work_center[operation].astype(str), return_inverse=True)
    key, place = np.unique(center.astype(np.int64) << 32 | week, return_inverse=True)
    total = np.zeros(len(key), dtype=np.int64)
    np.add.at(total, place, hours)
    of_center, monday = key >> 32, (key & 0xFFFFFFFF) * WEEK - MONDAY
    daily = np.zeros(len(centers), dtype=np.int64)
    daily[center] = sources.capacity[operation]
    first = np.maximum(monday, inputs.as_of).astype(DAY)
    days = inputs.calendar.between(first, (monday + WEEK).astype(DAY))
    capacity = days * daily[of_center]
    return pd.DataFrame(
        {
            "work_center": pd.Series(centers[of_center], dtype="str"),
            "week": monday.astype(DAY).astype("datetime64[s]"),
            "hours_micro": total,
            "capacity_micro": capacity,
            "overload_micro": np.maximum(total - capacity, 0),
            "orders": np.bincount(place, minlength=len(key)).astype(np.int64),
        }
    )
