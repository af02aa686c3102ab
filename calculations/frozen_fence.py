"""The frozen fence: so many working days from today in which a sales order is only changed with approval."""

import shlex
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import micro_text
from calculations.working_days import DAY, WorkingDays

# Columns of an order line that the fence holds, and the option of `kitline change` that asks for another value.
FENCED = {"quantity_micro": "--quantity", "due_date": "--date", "item": "--item"}


def fence_end(world: dict[str, pd.DataFrame], as_of: date, days: int) -> date | None:
    """The last day of the frozen fence, so many working days from today on; None where there is no fence."""
    if not days:
        return None
    today = np.array([as_of], dtype="datetime64[D]")
    return WorkingDays(world["calendar"]).add(today, np.array([days])).astype(DAY)[0].item()


def changes_inside(before: pd.DataFrame, after: pd.DataFrame, end: date) -> np.ndarray:
    """Whether each order line is another one after, and is due inside the fence before or after.

    Args:
        before, after: the same lines in the same order; item, quantity_micro, due_date.
    """
    differs = np.any([before[name].to_numpy() != after[name].to_numpy() for name in FENCED], axis=0)
    earlier = np.minimum(before["due_date"].to_numpy(), after["due_date"].to_numpy())
    return differs & (earlier <= np.datetime64(end))


def how_to_ask(before: dict, after: dict) -> str:
    """The command that asks for the change of a line.

    >>> line = {"order": "SO-1", "line": 10, "item": "DESK", "due_date": pd.Timestamp("2026-01-12")}
    >>> how_to_ask({**line, "quantity_micro": 5_000_000}, {**line, "quantity_micro": 7_000_000})
    'kitline change SO-1 --quantity 10=7'
    """
    asked = []
    for name, option in FENCED.items():
        if before[name] != after[name]:
            value = after[name]
            told = micro_text(value) if name == "quantity_micro" else str(value)[:10] if name == "due_date" else value
            asked.append(f"{option} " + shlex.quote(f"{after['line']}={told}"))
    return f"kitline change {shlex.quote(after['order'])} {' '.join(asked)}"
