"""Gross requirements: what demands ask of every item on all levels, before any stock is looked at."""

import numpy as np
import pandas as pd

from calculations.bills_of_materials import bills_of_materials
from calculations.exact import step_of
from calculations.low_level_codes import low_level_codes
from calculations.planning_inputs import component_needs, days_of
from calculations.planning_results import dates
from calculations.policies import DEFAULTS

INDEPENDENT, DEPENDENT = 0, 1
KINDS = ("independent", "dependent")
DAY_SPAN = np.int64(1) << 20


def explode(demand: pd.DataFrame, world: dict, policies: dict | None = None) -> pd.DataFrame:
    """Gross requirements of each item, day and kind of demand, in one pass from the top level down.

    Every row of the result is taken as one order: its components are needed on the same day, rounded up by themselves.
    No stock, lead times or lot sizes. Phantoms pass through; bills and lines are those in force on the day.

    Args:
        demand: item, date, quantity_micro; rows of the same item and day are summed.
        world: items, boms, bom_lines.
        policies: `loss`; the defaults where not given.
    Returns:
        item, date, kind (independent: as demanded; dependent: as component), quantity_micro > 0; sorted by item, date,
        independent before dependent. Items that are not in `items` are left out.
    Raises:
        CyclicBillOfMaterials: an item contains itself.

    One bicycle of two wheels with 32 spokes each: explode() gives 1 bicycle, 2 wheels and 64 spokes.
    """
    items = world["items"].sort_values("item", kind="stable", ignore_index=True)
    index = pd.Index(items["item"])
    bills = bills_of_materials(world, index, {**DEFAULTS, **(policies or {})})
    codes = low_level_codes(*bills.edges(-(2**40)), items["item"].to_numpy())
    step = step_of(items["decimals"].to_numpy(dtype=np.int64))
    item, day = index.get_indexer(demand["item"]), days_of(demand["date"])
    known = np.flatnonzero((item >= 0) & (demand["quantity_micro"].to_numpy() > 0))
    rows = _Rows(item[known], day[known], np.full(len(known), INDEPENDENT), demand["quantity_micro"].to_numpy()[known])
    waiting = [rows]
    done = []
    for code in range(int(codes.max(initial=0)) + 1):
        together = _Rows.joined(waiting)
        here = codes[together.item] == code
        level = together.taken(here).summed()
        waiting = [together.taken(~here)]
        bill = bills.pick(level.item, level.day)
        passing = (bill >= 0) & np.append(bills.phantom, False)[bill]
        row, line, needed, _ = component_needs(
            bills,
            np.zeros(len(items), dtype=bool),
            np.where(_passes(bills, len(items)), 1, step),
            bill,
            level.day,
            level.quantity,
            np.ones(len(bill), dtype=np.int64),
            np.ones(len(bill), dtype=bool),
        )
        waiting.append(_Rows(bills.component[line], level.day[row], np.full(len(row), DEPENDENT), needed))
        done.append(level.taken(~passing))
    found = _Rows.joined(done)
    order = np.lexsort((found.kind, found.day, found.item))
    found = found.taken(order)
    return pd.DataFrame(
        {
            "item": items["item"].take(found.item).reset_index(drop=True),
            "date": dates(found.day),
            "kind": pd.Series(KINDS, dtype="str").take(found.kind).reset_index(drop=True),
            "quantity_micro": found.quantity,
        }
    )


class _Rows:
    """Requirements as four arrays side by side: item position, day, kind and micro-units."""

    def __init__(self, item: np.ndarray, day: np.ndarray, kind: np.ndarray, quantity: np.ndarray):
        self.item, self.day, self.kind, self.quantity = item, day, kind, quantity

    @classmethod
    def joined(cls, parts: list["_Rows"]) -> "_Rows":
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))

    def taken(self, rows: np.ndarray) -> "_Rows":
        return _Rows(*(values[rows] for values in vars(self).values()))

    def summed(self) -> "_Rows":
        """One row for each item, day and kind."""
        key, place = np.unique((self.item * DAY_SPAN + self.day) * 2 + self.kind, return_inverse=True)
        total = np.zeros(len(key), dtype=np.int64)
        np.add.at(total, place, self.quantity)
        return _Rows(key // 2 // DAY_SPAN, key // 2 % DAY_SPAN, key % 2, total)


def _passes(bills, count: int) -> np.ndarray:
    """Items that any bill makes a phantom: they are counted in micro-units on their way through."""
    through = np.zeros(count, dtype=bool)
    through[bills.item[bills.phantom]] = True
    return through
