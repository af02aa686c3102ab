"""What a promise is made from: the world as far as the items asked for depend on it."""

from collections.abc import Iterable
from datetime import date as Day

import pandas as pd
from sqlalchemy import Connection, select

from calculations.promise_reach import reachable_items
from models.database import table_of
from models.promise_reservations import reservations_in_force
from models.worlds import read_world

TABLES = (
    "items",
    "boms",
    "bom_lines",
    "substitutes",
    "supplier_items",
    "work_centers",
    "operations",
    "customers",
    "calendar",
    "sales_orders",
    "sales_order_lines",
    "stock",
    "purchase_order_lines",
    "work_orders",
    "work_order_components",
    "subcontract_orders",
    "subcontract_order_components",
    "planned_orders",
)


def promise_world(connection: Connection, asked: Iterable[str], as_of: Day) -> dict[str, pd.DataFrame]:
    """Everything that can change a promise of the asked items, with the reservations in force."""
    boms, lines, operations, substitutes = (
        table_of(name) for name in ("boms", "bom_lines", "operations", "substitutes")
    )
    bills = select(boms.c.item, lines.c.component).join(lines, lines.c.bom == boms.c.bom)
    items = reachable_items(
        asked,
        _pairs(connection, bills),
        _pairs(connection, select(operations.c.item, operations.c.work_center)),
        _pairs(connection, select(substitutes.c.component, substitutes.c.substitute)),
    )
    world = read_world(connection, TABLES, items=items)
    held = reservations_in_force(connection, as_of)
    return world | {"promise_reservations": held[held["item"].isin(list(items))].reset_index(drop=True)}


def opportunity_lines(connection: Connection, opportunity: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An opportunity and its lines; empty frames where there is none."""
    from models.database import read_table

    headers, lines = table_of("opportunities"), table_of("opportunity_lines")
    return (
        read_table(connection, "opportunities", headers.c.opportunity == opportunity),
        read_table(connection, "opportunity_lines", lines.c.opportunity == opportunity),
    )


def ordered_as(connection: Connection, opportunity: str) -> str | None:
    """The sales order an opportunity has become; None while there is none."""
    orders = table_of("sales_orders")
    return connection.scalar(select(orders.c.order).where(orders.c.opportunity == opportunity))


def _pairs(connection: Connection, query) -> tuple[list[str], list[str]]:
    rows = connection.execute(query).all()
    return tuple(map(list, zip(*rows, strict=True))) if rows else ([], [])
