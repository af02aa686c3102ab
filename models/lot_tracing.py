"""The flows of lots, read from stock moves that hold: what orders took, what they made, where lots came from.

Each function is one statement, however many lots or documents it is asked about.
"""

from collections.abc import Callable, Iterable
from datetime import date

import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, null, or_, select

from calculations.lot_tracing import FOUND, LOT, OPENING, PRODUCTION, RECEIPT, SALE, Flow, Node
from models.database import among, table_of
from models.reversals import move_holds
from models.worlds import typed_frame

TAKEN = ("issue", "return_issue", "send", "return_send", "consumption")
MADE = ("completion", "subcontract_receipt")
SOURCES = {"receipt": RECEIPT, "opening": OPENING, "adjustment": FOUND, "customer_return": SALE}


def flows_at(connection: Connection, nodes: Iterable[Node], forward: bool) -> list[Flow]:
    """The flows that begin (backward: end) at these nodes."""
    nodes = set(nodes)
    lots = [node for node in nodes if node.kind == LOT]
    documents = [node for node in nodes if node.kind in (PRODUCTION, SALE, RECEIPT)]
    found: list[Flow] = []
    if lots:
        chosen = of_lots(connection, lots)
        found += _uses(connection, chosen) + _reworks(connection, chosen) if forward else _makes(connection, chosen)
    if documents:
        chosen = _of_documents(connection, documents)
        found += _makes(connection, chosen) if forward else _uses(connection, chosen) + _reworks(connection, chosen)
    return [flow for flow in found if (flow.above if forward else flow.below) in nodes]


Choice = Callable[..., ColumnElement[bool]]


def of_lots(connection: Connection, lots: Iterable[Node]) -> Choice:
    """The condition that a move is of the items and of the lots; of some items it lets other lots of the list pass."""
    lots = list(lots)
    items, names = {node.name for node in lots}, {node.part for node in lots}
    return lambda moves, order: and_(among(connection, moves.c.item, items), among(connection, moves.c.lot, names))


def _of_documents(connection: Connection, documents: list[Node]) -> Choice:
    orders = {node.name for node in documents}
    return lambda moves, order: among(connection, order, orders)


def _uses(connection: Connection, chosen: Choice) -> list[Flow]:
    """What orders took of lots, net of what came back, and what left for customers."""
    moves = table_of("stock_moves")
    shipped, opened = moves.c.kind == "shipment", and_(moves.c.kind == "opening", moves.c.order != "")
    on_shelf = moves.c.status == "available"
    taken = case((on_shelf, -moves.c.quantity_micro), (opened, moves.c.quantity_micro), else_=0)
    rows = (
        select(
            case((shipped, SALE), else_=PRODUCTION).label("kind"),
            moves.c.order,
            case((shipped, moves.c.line), else_=null()).label("line"),
            moves.c.item,
            moves.c.lot,
            taken.label("quantity"),
            case((moves.c.kind == "consumption", -moves.c.quantity_micro), else_=0).label("used"),
            # the days on which it was taken; on the day it was used up it was with the order already
            case((or_(on_shelf, opened), moves.c.date), else_=null()).label("date"),
            moves.c.date.label("used_date"),
        )
        .where(or_(moves.c.kind.in_((*TAKEN, "shipment")), opened), move_holds(moves), ~_of_a_rework_order(moves))
        .where(chosen(moves, moves.c.order))
        .subquery()
    )
    return [
        Flow(Node(LOT, item, lot), _document(kind, order, line), quantity, first, last,
             used if kind == PRODUCTION else None)
        for kind, order, line, item, lot, quantity, used, first, last in _summed(connection, rows)
        if quantity > 0 or used > 0
    ]  # fmt: skip


def _of_a_rework_order(moves) -> ColumnElement[bool]:
    """Whether a move is of the rejected units in a rework order's hands, whose lot only the rejection says."""
    works = table_of("work_orders")
    same = and_(works.c.order == moves.c.order, works.c.item == moves.c.item, works.c.origin.like("inspections:%"))
    return and_(moves.c.lot == "", select(works.c.order).where(same).exists())


def _reworks(connection: Connection, chosen: Choice) -> list[Flow]:
    """Rejected lots and the rework orders that their rejection opened."""
    moves, works = table_of("stock_moves"), table_of("work_orders")
    rows = (
        select(
            literal(PRODUCTION).label("kind"),
            works.c.order,
            null().label("line"),
            moves.c.item,
            moves.c.lot,
            (-moves.c.quantity_micro).label("quantity"),
            literal(0).label("used"),
            moves.c.date.label("date"),
            moves.c.date.label("used_date"),
        )
        .join(works, works.c.origin == moves.c.origin)
        .where(moves.c.kind == "rework", chosen(moves, works.c.order))
        .subquery()
    )
    return [
        Flow(Node(LOT, item, lot), Node(PRODUCTION, order), quantity, first, last)
        for _, order, _, item, lot, quantity, _, first, last in _summed(connection, rows)
    ]


def _makes(connection: Connection, chosen: Choice) -> list[Flow]:
    """What orders made, suppliers brought and customers returned, what lay there from the start or was found.

    A return that names a lot shipped on its line brings that lot back and is no new one.
    """
    moves = table_of("stock_moves")
    kind = case(*((moves.c.kind == name, source) for name, source in SOURCES.items()), else_=PRODUCTION)
    shipped = moves.alias()
    same = and_(shipped.c.order == moves.c.order, shipped.c.line == moves.c.line, shipped.c.item == moves.c.item,
                shipped.c.lot == moves.c.lot, shipped.c.kind == "shipment")  # fmt: skip
    known = and_(moves.c.kind == "customer_return", select(shipped.c.number).where(same, move_holds(shipped)).exists())
    rows = (
        select(
            kind.label("kind"),
            moves.c.order,
            case((moves.c.kind.in_(("receipt", "customer_return")), moves.c.line), else_=null()).label("line"),
            moves.c.item,
            moves.c.lot,
            moves.c.quantity_micro.label("quantity"),
            literal(0).label("used"),
            moves.c.date.label("date"),
            moves.c.date.label("used_date"),
        )
        .where(moves.c.kind.in_((*MADE, *SOURCES)), move_holds(moves), ~known, chosen(moves, moves.c.order))
        .where(~and_(moves.c.kind == "opening", moves.c.order != ""))
        .subquery()
    )
    # an opening balance is there from the start, whatever its date says
    return [
        Flow(
            Node(kind, item, lot) if kind in (OPENING, FOUND) else _document(kind, order, line),
            Node(LOT, item, lot),
            quantity,
            date.min if kind == OPENING else first,
            date.min if kind == OPENING else last,
        )
        for kind, order, line, item, lot, quantity, _, first, last in _summed(connection, rows)
        if quantity > 0
    ]


def _summed(connection: Connection, rows) -> list[tuple]:
    key = [rows.c[name] for name in ("kind", "order", "line", "item", "lot")]
    sums = [func.sum(rows.c.quantity), func.sum(rows.c.used)]
    days = [func.coalesce(end(rows.c.date), end(rows.c.used_date)) for end in (func.min, func.max)]
    query = select(*key, *sums, *days).group_by(*key).order_by(*key)
    return [
        (*row[:5], int(row[5]), int(row[6]), row[7] or date.min, row[8] or date.min)
        for row in connection.execute(query)
    ]


def _document(kind: str, order: str, line: int | None) -> Node:
    return Node(kind, order, "" if line is None else str(line))


def lots_of_fact(connection: Connection, table: str, event: str) -> pd.DataFrame:
    """The lots that a fact moved, as far as it holds: item, lot, quantity_micro (without sign), date."""
    moves = table_of("stock_moves")
    query = (
        select(moves.c.item, moves.c.lot, func.sum(moves.c.quantity_micro).label("quantity_micro"),
               func.min(moves.c.date).label("date"))
        .where(moves.c.origin == f"{table}:{event}", moves.c.kind != "consumption", move_holds(moves))
        .group_by(moves.c.item, moves.c.lot)
        .order_by(moves.c.item, moves.c.lot)
    )  # fmt: skip
    frame = typed_frame(connection, query, day=("date",), text=("item", "lot"))
    return frame.assign(quantity_micro=frame["quantity_micro"].abs())


def parties_of(connection: Connection, documents: Iterable[Node]) -> dict[Node, str]:
    """The customer of each sales order line and the supplier of each receipt and subcontract order, by name."""
    documents = list(documents)
    found: dict[Node, str] = {}
    for kind, table, party, parties in (
        (SALE, "sales_orders", "customer", "customers"),
        (RECEIPT, "purchase_orders", "supplier", "suppliers"),
        (PRODUCTION, "subcontract_orders", "supplier", "suppliers"),
    ):
        asked = [node for node in documents if node.kind == kind]
        if asked:
            orders, names = table_of(table), table_of(parties)
            query = (
                select(orders.c.order, names.c.name)
                .join(names, names.c[party] == orders.c[party])
                .where(among(connection, orders.c.order, {node.name for node in asked}))
            )
            name_of = dict(map(tuple, connection.execute(query)))
            found |= {node: name_of[node.name] for node in asked if node.name in name_of}
    return found
