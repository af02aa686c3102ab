"""Where lots ended: shipped to whom, lying where, gone how; one statement each, however many lots."""

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import Connection, case, func, literal, select

from calculations.lot_tracing import Node
from models.database import among, read_frame, table_of
from models.lot_tracing import of_lots
from models.reversals import move_holds
from models.worlds import typed_frame

GONE = ("scrap", "supplier_return", "adjustment")
WITH_AN_ORDER = ("inspection", "in_production", "at_subcontractor", "reserved")


def shipments_of(connection: Connection, lots: Iterable[Node]) -> pd.DataFrame:
    """What left for customers of these lots, and came back (negative), event by event.

    Columns date, event, customer, customer_name, order, line, item, lot, quantity_micro.
    """
    moves, orders, customers = (table_of(name) for name in ("stock_moves", "sales_orders", "customers"))
    lots = list(lots)
    query = (
        select(moves.c.date, moves.c.origin.label("event"), orders.c.customer, customers.c.name.label("customer_name"),
               moves.c.order, moves.c.line, moves.c.item, moves.c.lot,
               func.sum(-moves.c.quantity_micro).label("quantity_micro"))
        .join(orders, orders.c.order == moves.c.order)
        .join(customers, customers.c.customer == orders.c.customer)
        .where(moves.c.kind.in_(("shipment", "customer_return")), move_holds(moves))
        .where(of_lots(connection, lots)(moves, moves.c.order))
        .group_by(*(column for column in (moves.c.date, moves.c.origin, orders.c.customer, customers.c.name,
                                          moves.c.order, moves.c.line, moves.c.item, moves.c.lot)))
        .order_by(moves.c.date, moves.c.origin, moves.c.item, moves.c.lot)
    )  # fmt: skip
    text = ("event", "customer", "customer_name", "order", "item", "lot")
    frame = typed_frame(connection, query, day=("date",), text=text)
    frame["event"] = frame["event"].str.split(":", n=1).str[1].astype("str")
    return _only(frame, lots)


def places_of(connection: Connection, lots: Iterable[Node]) -> pd.DataFrame:
    """Where these lots lie, and what is gone of them otherwise than into orders or to customers.

    Columns item, lot, place (the status, or scrap, supplier_return, adjustment), warehouse, order, quantity_micro;
    what lies with a document has its order; an adjustment down is positive, one up negative.
    """
    moves, lots = table_of("stock_moves"), list(lots)
    chosen = of_lots(connection, lots)(moves, moves.c.order)
    with_order = moves.c.status.in_(WITH_AN_ORDER)
    lying = select(moves.c.item, moves.c.lot, moves.c.status.label("place"), moves.c.warehouse,
                   case((with_order, moves.c.order), else_="").label("order"),
                   moves.c.quantity_micro.label("quantity")).where(chosen)  # fmt: skip
    gone = select(moves.c.item, moves.c.lot, moves.c.kind.label("place"), moves.c.warehouse, literal("").label("order"),
                  (-moves.c.quantity_micro).label("quantity")).where(
        chosen, moves.c.kind.in_(GONE), move_holds(moves))  # fmt: skip
    rows = lying.union_all(gone).subquery()
    key = [rows.c[name] for name in ("item", "lot", "place", "warehouse", "order")]
    total = func.sum(rows.c.quantity)
    query = select(*key, total.label("quantity_micro")).group_by(*key).having(total != 0).order_by(*key)
    return _only(typed_frame(connection, query, text=("item", "lot", "place", "warehouse", "order")), lots)


def _only(frame: pd.DataFrame, lots: list[Node]) -> pd.DataFrame:
    wanted = pd.MultiIndex.from_tuples([(node.name, node.part) for node in lots] or [("", "")])
    return frame[pd.MultiIndex.from_frame(frame[["item", "lot"]]).isin(wanted)].reset_index(drop=True)


def items_of(connection: Connection, items: Iterable[str]) -> pd.DataFrame:
    """Name and unit of items: item, name, unit."""
    table = table_of("items")
    query = select(table.c.item, table.c.name, table.c.unit).where(among(connection, table.c.item, set(items)))
    return read_frame(connection, query.order_by(table.c.item))
