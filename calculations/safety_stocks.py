"""The stock that should not be planned away, item by item and day by day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.working_days import DAY


@dataclass(frozen=True)
class SafetyStocks:
    """Levels that begin on a day and hold until the item's next one; before the first the item's own holds.

    `starts[item]` to `starts[item + 1]` are an item's levels by day (since 1970-01-01), in micro-units.
    """

    starts: np.ndarray
    day: np.ndarray
    quantity: np.ndarray

    def on(self, item: np.ndarray, day: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Safety stock of each item on the day; `own` is what it is before its first level, by item.

        >>> stocks = SafetyStocks(np.array([0, 1]), np.array([20]), np.array([70]))
        >>> stocks.on(np.array([0, 0]), np.array([19, 20]), np.array([50])).tolist()
        [50, 70]
        """
        found = own[item]
        if not len(self.day):
            return found
        rows = np.flatnonzero(np.diff(self.starts)[item])
        of = item[rows]
        key = (np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts)) << 32) + self.day
        place = np.searchsorted(key, (of << 32) + day[rows], side="right") - 1
        begun = place >= self.starts[of]
        found[rows[begun]] = self.quantity[place[begun]]
        return found

    def changes(self, item: np.ndarray, after: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of `item` and days later than `after` on which a level begins."""
        none = np.zeros(0, dtype=np.int64)
        if not len(self.day):
            return none, none
        owner = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        place = np.full(len(self.starts) - 1, -1, dtype=np.int64)
        place[item] = np.arange(len(item))
        kept = np.flatnonzero((self.day > after) & (place[owner] >= 0))
        return place[owner[kept]], self.day[kept]


def safety_stocks(levels: pd.DataFrame | None, index: pd.Index, counts: np.ndarray) -> SafetyStocks:
    """The table safety_stocks by item position; rows of unknown items, and of those not in `counts`, are left out."""
    if levels is None or levels.empty:
        none = np.zeros(0, dtype=np.int64)
        return SafetyStocks(np.zeros(len(index) + 1, dtype=np.int64), none, none)
    item = index.get_indexer(levels["item"])
    day = levels["effective_from"].to_numpy().astype(DAY).astype(np.int64)
    order = np.lexsort((day, item))
    order = order[(item[order] >= 0) & counts[item[order]]]
    item = item[order]
    return SafetyStocks(
        np.searchsorted(item, np.arange(len(index) + 1)), day[order], levels["quantity_micro"].to_numpy()[order]
    )
