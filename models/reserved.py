"""Stock that is set aside for orders, as people look at it."""

from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from calculations.item_supply import not_expired
from models.database import read_frame, read_table, table_of
from models.stock import RESERVED
from models.worlds import balances


def reserved_stock(connection: Connection, as_of: date, order: str = "") -> pd.DataFrame:
    """Balances set aside, of one order where given, by order, line and item.

    Columns order, line, customer (of a sales order), item, quantity_micro, warehouse, lot, expired.
    """
    moves = table_of("stock_moves")
    held = [moves.c.order == order] if order else []
    # the day goods came in is that of the lot, whatever status it is in
    items = select(moves.c.item).where(moves.c.status == RESERVED, *held)
    stock = balances(connection, moves.c.item.in_(items))
    stock = stock[(stock["status"] == RESERVED) & ((stock["order"] == order) | (not order))].reset_index(drop=True)
    orders = table_of("sales_orders")
    customers = read_frame(connection, select(orders.c.order, orders.c.customer))
    stock = stock.merge(customers, on="order", how="left")
    world = {name: read_table(connection, name) for name in ("items", "calendar")} | {"stock": stock}
    stock["expired"] = ~not_expired(world, stock, as_of) if len(stock) else np.zeros(0, dtype=bool)
    stock["customer"] = stock["customer"].fillna("").astype("str")
    shown = ["order", "line", "customer", "item", "quantity_micro", "warehouse", "lot", "expired"]
    return stock.sort_values(["order", "line", "item", "warehouse", "lot"], kind="stable", ignore_index=True)[shown]
