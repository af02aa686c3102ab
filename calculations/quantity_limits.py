"""Numbers that would leave exact 64 bits: sums found before anything is added up, and the item behind an overflow."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from calculations.errors import QuantityOverflow
from calculations.exact import SAFE_PRODUCT

# Tables whose quantities a calculation adds up by item.
SUMMED = ("stock", "sales_order_lines", "forecasts", "purchase_order_lines", "work_orders", "work_order_components",
          "subcontract_orders", "subcontract_order_components", "planned_orders")  # fmt: skip


def refuse_uncountable(world: dict[str, pd.DataFrame]) -> None:
    """Raise where the quantities of one item in one table sum to more than int64 micro-units hold; nothing wraps.

    Args:
        world: import tables, of which those present are looked at.
    Raises:
        QuantityOverflow: names the table and the item.
    """
    for table in SUMMED:
        frame = world.get(table)
        if frame is None or frame.empty:
            continue
        size = frame["quantity_micro"].abs().astype("float64")
        # a table that sums to little in all has no item that sums to much
        if size.sum() <= SAFE_PRODUCT:
            continue
        by_item = size.groupby(frame["item"].to_numpy()).sum()
        if by_item.max() > SAFE_PRODUCT:
            raise QuantityOverflow(
                f"the quantities of item {by_item.idxmax()} in {table} sum to more than Kitline can count exactly "
                "(4.6 × 10¹²); correct the rows or give the item a larger unit"
            )


def named_overflow(work: Callable[[np.ndarray], object], rows: np.ndarray, name_of: Callable[[int], str]):
    """Do the work on the rows; where it overflows, the error names the item of the row that alone makes it do so.

    Args:
        work: takes some of the rows, and may be tried on fewer of them after it failed.
        name_of: the item of a row.
    Raises:
        QuantityOverflow: as the work raised it where only several rows together overflow.

    >>> def doubled(rows):
    ...     if (rows > 2).any():
    ...         raise QuantityOverflow("too large")
    ...     return 2 * rows
    >>> named_overflow(doubled, np.arange(3), str).tolist()
    [0, 2, 4]
    >>> named_overflow(doubled, np.arange(4), "BOLT-{}".format)
    Traceback (most recent call last):
    calculations.errors.QuantityOverflow: item BOLT-3: too large
    """
    try:
        return work(rows)
    except QuantityOverflow as error:
        while len(rows) > 1:
            rows = next((half for half in np.array_split(rows, 2) if _overflows(work, half)), rows[:0])
        if not len(rows):
            raise
        raise QuantityOverflow(f"item {name_of(rows[0])}: {error}") from None


def _overflows(work: Callable[[np.ndarray], object], rows: np.ndarray) -> bool:
    try:
        work(rows)
    except QuantityOverflow:
        return True
    return False
