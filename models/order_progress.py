"""What order progress is read from: order lines, open suggestions, posted hours, and what finished orders were for."""

from datetime import date

import pandas as pd
from sqlalchemy import Connection, func, select

from models.database import among, read_frame, table_of
from models.progress import LIVE, read_columns, with_customer
from models.reversals import fact_holds, move_holds
from models.worlds import read_world, typed_frame

SUGGESTION = ("number", "item", "kind", "quantity_micro", "receipt_quantity_micro", "release_date", "due_date",
              "need_date", "supplier", "firm", "state")  # fmt: skip
# Suggestions lead to suggestions at most so often; more is a circle.
MOST_STEPS = 30


def order_lines(connection: Connection, since: date | None = None) -> pd.DataFrame:
    """Sales order lines that are open, or were due or shipped since a day (None: all); by due date, order, line.

    Columns: order, line, customer, customer_name, item, name, unit, quantity_micro, shipped_quantity_micro,
    unit_price_micro, due_date, promised_date, last_shipped, state.
    """
    world = read_world(connection, ["sales_orders", "sales_order_lines"], ended="all")
    orders = world["sales_orders"].loc[lambda frame: ~frame["state"].isin(["cancelled", "rejected"])]
    lines = world["sales_order_lines"].merge(orders[["order", "customer", "state"]], on="order")
    lines = lines.merge(_last_shipments(connection), on=["order", "line"], how="left")
    if since is not None:
        day = pd.Timestamp(since)
        left = lines["shipped_quantity_micro"] < lines["quantity_micro"]
        is_open = left & ~lines["state"].isin(["done", "closed"])
        lines = lines[is_open | (lines["due_date"] >= day) | (lines["last_shipped"] >= day)]
    items = read_columns(connection, "items", "item", "name", "unit", "list_price_micro")
    lines = with_customer(connection, lines.merge(items, on="item", how="left"))
    lines["unit_price_micro"] = lines["unit_price_micro"].fillna(lines["list_price_micro"])
    return lines.sort_values(["due_date", "order", "line"], ignore_index=True)


def _last_shipments(connection: Connection) -> pd.DataFrame:
    moves = table_of("stock_moves")
    query = (
        select(moves.c.order, moves.c.line, func.max(moves.c.date).label("last_shipped"))
        .where(moves.c.kind == "shipment", move_holds(moves))
        .group_by(moves.c.order, moves.c.line)
    )
    return typed_frame(connection, query, day=("last_shipped",), text=("order",))


def open_suggestions(connection: Connection) -> pd.DataFrame:
    """Planned orders that are neither released nor rejected, the suggestions of the last plan among them."""
    table = table_of("planned_orders")
    query = select(*(table.c[name] for name in SUGGESTION)).where(table.c.state.in_(LIVE)).order_by(table.c.number)
    return read_frame(connection, query)


def booked_hours(connection: Connection) -> pd.DataFrame:
    """Posted hours of orders that are not ended: order, operation, work_center, labor and machine hours."""
    entries, works = table_of("time_entries"), table_of("work_orders")
    sums = [func.sum(entries.c[name]).label(name) for name in ("labor_hours_micro", "machine_hours_micro")]
    keys = (entries.c.order, entries.c.operation, entries.c.work_center)
    query = (
        select(*keys, *sums)
        .join(works, works.c.order == entries.c.order)
        .where(fact_holds("time_entries"), works.c.state.in_(("released", "in_progress")))
        .group_by(*keys)
        .order_by(*keys)
    )
    return typed_frame(connection, query, text=("order", "operation", "work_center"))


def finished_for(connection: Connection, orders: pd.Series) -> pd.DataFrame:
    """Finished work orders and the line each was released for, as far as releases tell: order, line, work_order.

    Args:
        orders: the sales orders that are asked for.
    """
    released, planned, works = table_of("releases"), table_of("planned_orders"), table_of("work_orders")
    query = (
        select(released.c.planned_order, released.c.order, planned.c.origin, works.c.state)
        .join(planned, planned.c.number == released.c.planned_order)
        .join(works, works.c.order == released.c.order)
        .where(planned.c.kind == "production")
        .order_by(released.c.planned_order)
    )
    rows = typed_frame(connection, query, text=("planned_order", "order", "origin", "state"))
    above = dict(zip("planned_orders:" + rows["planned_order"], rows["origin"], strict=True))
    # a work order goes where the first of its planned orders goes
    first = rows.drop_duplicates("order")
    above |= dict(zip("work_orders:" + first["order"], first["origin"], strict=True))
    done = rows[rows["state"].isin(["done", "closed"])].drop_duplicates(["order", "origin"])
    top = done["origin"]
    for _ in range(MOST_STEPS):
        upper = top.map(above)
        if upper.isna().all():
            break
        top = upper.fillna(top)
    parts = top.str.extract(r"^sales_order_lines:(?P<order>.+)/(?P<line>\d+)$")
    found = parts.assign(work_order=done["order"]).dropna().drop_duplicates()
    found = found[found["order"].isin(orders)]
    return found.astype({"line": "int64"}).reset_index(drop=True)


def components_of(connection: Connection, orders: pd.Series) -> pd.DataFrame:
    """Order and item of the component rows of work orders."""
    table = table_of("work_order_components")
    query = select(table.c.order, table.c.item).where(among(connection, table.c.order, orders.unique().tolist()))
    return read_frame(connection, query.order_by(table.c.order, table.c.item))
