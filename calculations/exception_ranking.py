"""Which exceptions speak up and in which order: dampers, then rank by who is hurt, money and days (decision 0015)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.exact import to_micro
from calculations.planning_results import dates
from calculations.supply_sources import BLANK

# Who is hurt, the worst first; within a group money × days decides. Within a tie the order here.
CUSTOMERS, PLAN, SAVINGS = range(3)
GROUPS = (
    ("late_order", "past_due_demand"),
    ("past_due_release", "overdue_receipt", "no_bom", "no_supplier", "no_lead_time", "expedite", "overload",
     "below_safety_stock"),
    ("defer", "cancel"),
)  # fmt: skip
GROUP_OF = {kind: group for group, kinds in enumerate(GROUPS) for kind in kinds}
PLACE_OF = {kind: place for place, kind in enumerate(kind for kinds in GROUPS for kind in kinds)}
# Messages that a policy may keep quiet: moves of few days, little money. What is late, past or without source never is.
DAMPED_BY_DAYS = ("expedite", "defer")
DAMPED_BY_VALUE = ("expedite", "defer", "cancel")


@dataclass(frozen=True)
class Found:
    """Exceptions of one kind: columns of the frame as arrays, -1 where blank; `message` writes the rows it is asked.

    `group` is another one of `GROUPS` than that of the kind.
    """

    kind: str
    item: np.ndarray
    order: np.ndarray
    line: np.ndarray
    day: np.ndarray
    quantity: np.ndarray
    days: np.ndarray
    value: np.ndarray
    message: Callable[[np.ndarray], np.ndarray | list[str]]
    group: int | None = None


def ranked_exceptions(found: list[Found], items: pd.Series, policies: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The exceptions that speak up, the most pressing first, and how many of each kind stay quiet.

    Quiet are an expedite or defer of fewer working days than `exception_days`, and an expedite, defer or cancel of
    less money than `exception_value`. What has no price is not called little.

    Returns:
        exceptions: rank (1 …), kind, item, order, line, date, quantity_micro, days, value_micro, message; rank by the
        group of the kind, then value × days (a day at least), then value, days, kind, date, item, order and line;
        within a group what has no price comes last.
        quiet: kind, exceptions (how many), in the order of the kinds.
    """
    loud = [_speaks_up(one, policies) for one in found]
    parts = [_columns(one, np.flatnonzero(speaks)) for one, speaks in zip(found, loud, strict=True)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = _ranked(columns, items)
    frame = pd.DataFrame(
        {
            "rank": np.arange(1, len(order) + 1),
            "kind": pd.Series(np.array(list(PLACE_OF), dtype=object)[columns["place"][order]], dtype="str"),
            "item": pd.Series(np.append(items.to_numpy(dtype=object), "")[columns["item"][order]], dtype="str"),
            "order": pd.Series(columns["order"][order], dtype="str"),
            "line": _blanked(columns["line"][order]),
            "date": dates(columns["day"][order]),
            "quantity_micro": pd.Series(pd.arrays.IntegerArray(columns["quantity"][order], np.zeros(len(order), bool))),
            "days": _blanked(columns["days"][order]),
            "value_micro": _blanked(columns["value"][order]),
            "message": pd.Series(columns["message"][order], dtype="str"),
        }
    )
    quiet = [(one.kind, int((~speaks).sum())) for one, speaks in zip(found, loud, strict=True)]
    totals = pd.DataFrame(quiet, columns=["kind", "exceptions"]).astype({"kind": "str"})
    totals = totals[totals["exceptions"] > 0].sort_values("kind", key=lambda kind: kind.map(PLACE_OF))
    return frame, totals.reset_index(drop=True)


def _speaks_up(found: Found, policies: dict) -> np.ndarray:
    loud = np.ones(len(found.item), dtype=bool)
    if found.kind in DAMPED_BY_DAYS:
        loud &= found.days >= policies["exception_days"]
    if found.kind in DAMPED_BY_VALUE:
        loud &= (found.value == BLANK) | (found.value >= to_micro(policies["exception_value"]))
    return loud


def _columns(found: Found, rows: np.ndarray) -> dict[str, np.ndarray]:
    numbers = ("item", "line", "day", "quantity", "days", "value")
    return {
        "place": np.full(len(rows), PLACE_OF[found.kind], dtype=np.int64),
        "group": np.full(len(rows), GROUP_OF[found.kind] if found.group is None else found.group, dtype=np.int64),
        **{name: np.asarray(getattr(found, name), dtype=np.int64)[rows] for name in numbers},
        "order": np.asarray(found.order, dtype=object)[rows],
        "message": np.asarray(found.message(rows), dtype=object),
    }


def _ranked(columns: dict[str, np.ndarray], items: pd.Series) -> np.ndarray:
    value, days = columns["value"], columns["days"]
    # as floats the products keep their order; only products that differ in the sixteenth digit become ties
    risk = np.maximum(value, 0).astype(float) * np.maximum(days, 1)
    # items are positions in sorted codes; documents are put in order only where all else is the same
    order = pd.factorize(columns["order"], sort=True)[0]
    item = np.where(columns["item"] == BLANK, -1, columns["item"])
    return np.lexsort((columns["line"], order, item, columns["day"], columns["place"], -days, -value, -risk,
                       value == BLANK, columns["group"]))  # fmt: skip


def _blanked(numbers: np.ndarray) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(numbers, numbers == BLANK))
