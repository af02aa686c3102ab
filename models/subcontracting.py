"""What the subcontract tracker and the statement read: orders, their moves summed by the database, decisions, costs."""

from datetime import date

import pandas as pd
from sqlalchemy import Connection, and_, case, func, literal, or_, select

from models.database import read_table, table_of
from models.states import NOT_YET
from models.worlds import typed_frame, unit_costs

MASTERS = ("items", "suppliers", "supplier_items", "unit_conversions", "exchange_rates", "boms", "bom_lines")


def subcontract_documents(connection: Connection) -> dict[str, pd.DataFrame]:
    """Every subcontract order that was ever let out, with its component rows as imported, and the masters."""
    orders = table_of("subcontract_orders")
    world = {name: read_table(connection, name) for name in MASTERS}
    world["subcontract_orders"] = read_table(connection, "subcontract_orders", orders.c.state.not_in(NOT_YET))
    world["subcontract_order_components"] = read_table(connection, "subcontract_order_components")
    return world


def subcontract_moves(connection: Connection, since: date | None = None, until: date | None = None) -> pd.DataFrame:
    """Moves of subcontract orders, summed by the database.

    Args:
        since, until: a period, both days included; what opened an order's account counts before every period.
    Returns:
        order, item, status, kind, within (whether in the period), quantity_micro; nothing later than `until`.
    """
    moves, orders = table_of("stock_moves"), table_of("subcontract_orders")
    opening = moves.c.kind == "opening"
    inside = and_(~opening, moves.c.date >= since) if since else literal(True)
    within = case((inside, 1), else_=0).label("within")
    key = (moves.c.order, moves.c.item, moves.c.status, moves.c.kind)
    query = (
        select(*key, within, func.sum(moves.c.quantity_micro).label("quantity_micro"))
        .where(moves.c.order.in_(select(orders.c.order)))
        .group_by(*key, within)
        .order_by(*key, within)
    )
    if until:
        query = query.where(or_(opening, moves.c.date <= until))
    frame = typed_frame(connection, query, text=("order", "item", "status", "kind"))
    return frame.assign(within=frame["within"] == 1)


def subcontract_inspections(
    connection: Connection, since: date | None = None, until: date | None = None
) -> pd.DataFrame:
    """Decisions on goods of subcontract orders that were carried out, of a period where one is given."""
    inspections, orders = table_of("inspections"), table_of("subcontract_orders")
    where = [inspections.c.state == "posted", inspections.c.order.in_(select(orders.c.order))]
    where += [inspections.c.date >= since] if since else []
    where += [inspections.c.date <= until] if until else []
    return read_table(connection, "inspections", *where)


def subcontract_unit_costs(connection: Connection, items: pd.DataFrame) -> dict[str, int]:
    """Unit costs of what is sent to subcontractors."""
    moves, elsewhere = table_of("stock_moves"), table_of("stock_moves").alias()
    return unit_costs(
        connection, items, moves.c.item.in_(select(elsewhere.c.item).where(elsewhere.c.status == "at_subcontractor"))
    )
