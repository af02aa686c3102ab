"""What printed documents show: the orders asked for with every posted fact folded in, and the masters they name."""

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import Connection, select

from models.database import among, table_of
from models.postings import in_hands
from models.worlds import READERS, read_world

# Each kind of document that can be printed, with the tables it is made of.
PRINTED = {
    "purchase_orders": ("purchase_orders", "purchase_order_lines"),
    "work_orders": ("work_orders", "work_order_components"),
    "subcontract_orders": ("subcontract_orders", "subcontract_order_components"),
}
MASTERS = ("suppliers", "items", "unit_conversions", "boms", "bom_lines", "substitutes", "work_centers", "operations",
           "supplier_items", "price_breaks", "calendar", "inspection_plans")  # fmt: skip


def kinds_of_documents(connection: Connection, numbers: Iterable[str]) -> dict[str, str]:
    """The table of each number that a document which can be printed has; the others are missing."""
    found = {}
    for name in PRINTED:
        orders = table_of(name)
        query = select(orders.c.order).where(among(connection, orders.c.order, numbers))
        found |= dict.fromkeys(connection.scalars(query), name)
    return found


def printed_world(connection: Connection, numbers: list[str], with_stock: bool) -> dict[str, pd.DataFrame]:
    """A world of these documents alone, whatever their state, with all masters.

    Args:
        with_stock: what lies in stock too, of all items.
    """
    world = read_world(connection, [*MASTERS, "stock"] if with_stock else MASTERS)
    world["order_stock"] = in_hands(connection)
    for tables in PRINTED.values():
        for name in tables:
            world[name] = READERS[name](connection, "all", among(connection, table_of(name).c.order, numbers))
    return world
