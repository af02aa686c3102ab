"""The open sales order lines, in the order in which they are served."""

import numpy as np
import pandas as pd

from calculations.membership import is_among
from calculations.row_parsing import no_refusals

SERVED_BY = ["due_date", "priority", "order", "line"]
LOWEST_PRIORITY = 5


def open_order_lines(world: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines with something left to ship, and those that cannot be looked at.

    Priority is the order's, else its customer's, else 5; 1 is served first.

    Returns:
        lines: order, line, item, open_micro > 0, due_date, priority; sorted by due date, priority, order, line.
        refused: lines whose item is unknown (table, row, column, value, message).
    """
    lines = world["sales_order_lines"]
    known = is_among(lines["item"], world["items"]["item"])
    refused = _unknown_items(lines[~known])
    lines = lines[known]
    open_lines = pd.DataFrame(
        {
            "order": lines["order"],
            "line": lines["line"],
            "item": lines["item"],
            "open_micro": lines["quantity_micro"] - lines["shipped_quantity_micro"],
            "due_date": lines["due_date"],
            "priority": priorities(lines["order"], world["sales_orders"], world["customers"]),
        }
    )
    open_lines = open_lines[open_lines["open_micro"] > 0]
    return open_lines.sort_values(SERVED_BY, kind="stable", ignore_index=True), refused


def priorities(of: pd.Series, orders: pd.DataFrame, customers: pd.DataFrame) -> np.ndarray:
    """The priority with which each order number is served."""
    order = pd.Index(orders["order"]).get_indexer(of)
    own = orders["priority"].astype("Int64")
    by_customer = pd.Series(customers["priority"].to_numpy(), index=customers["customer"])
    fallback = orders["customer"].map(by_customer).fillna(LOWEST_PRIORITY).astype("int64")
    each = own.fillna(fallback).to_numpy(dtype=np.int64)
    if not len(each):
        return np.full(len(of), LOWEST_PRIORITY, dtype=np.int64)
    return np.where(order >= 0, each[order], LOWEST_PRIORITY)


def _unknown_items(lines: pd.DataFrame) -> pd.DataFrame:
    if lines.empty:
        return no_refusals()
    message = "item " + lines["item"] + " is not in items; add it there or correct the line"
    refused = pd.DataFrame(
        {
            "table": "sales_order_lines",
            "row": lines.index.to_numpy(dtype=np.int64),
            "column": "item",
            "value": lines["item"].to_numpy(dtype=object),
            "message": message.to_numpy(dtype=object),
        }
    )
    return refused.astype(no_refusals().dtypes.to_dict())
