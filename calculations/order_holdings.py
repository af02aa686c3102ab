"""Material that open orders hold already: on the floor, or at the subcontractor."""

import numpy as np
import pandas as pd

# Where material is that was issued to a work order, or sent for a subcontract order.
HOLDING_STATUS = {"work_order_components": "in_production", "subcontract_order_components": "at_subcontractor"}


def held_by_orders(stock: pd.DataFrame, table: str, order: np.ndarray, item: np.ndarray) -> np.ndarray:
    """Micro-units of each item that each order holds, 0 where it holds none.

    Args:
        stock: balances; those outside the warehouse name their `order` once facts were posted.
        table: the orders' component table. order, item: numbers and codes, side by side.

    >>> stock = pd.DataFrame({"order": ["W1"], "item": ["LEG"], "status": ["in_production"], "quantity_micro": [4]})
    >>> held_by_orders(stock, "work_order_components", np.array(["W1", "W2"]), np.array(["LEG", "LEG"])).tolist()
    [4, 0]
    """
    if "order" not in stock or not len(order):
        return np.zeros(len(order), dtype=np.int64)
    outside = stock[stock["status"] == HOLDING_STATUS[table]]
    held = outside.groupby(["order", "item"])["quantity_micro"].sum()
    return held.reindex(pd.MultiIndex.from_arrays([order, item]), fill_value=0).to_numpy(dtype=np.int64)
