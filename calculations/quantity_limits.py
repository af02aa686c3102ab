"""Sums that would leave exact 64-bit numbers, found before anything is added up."""

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
