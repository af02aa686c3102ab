"""The current state of the plant as a world: import tables with every posted fact folded in.

Totals such as received or completed quantities are never stored: they are what the import said plus what the moves and
facts since then add, computed here by the database.
"""

from collections.abc import Callable, Iterable
from functools import cache

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from calculations.quantity_limits import refuse_uncountable
from calculations.stock_ledger import NO_LINE
from models.database import among, read_frame, read_table, table_of
from models.import_tables import import_tables
from models.reversals import fact_holds, move_holds
from models.states import ENDED, NOT_YET
from models.stock import RESERVED

# Which kinds of move, on which side, add up to a document's progress.
RECEIVED = ("receipt", "subcontract_receipt", "supplier_return")
ISSUED = ("issue", "return_issue", "send", "return_send", "consumption")
CLOSED = ("closed", "cancelled", "rejected")
# What these bring was there before, elsewhere or in another status.
MOVED = ("transfer", "reservation")
# Of so many orders, what was posted is looked up; of more, what was posted of all is added up at once.
FEW_ORDERS = 1_000
# Orders that use items as components, and the components themselves: looked at together.
WORKS, SUBCONTRACTS = (("work_orders", "work_order_components"), ("subcontract_orders", "subcontract_order_components"))
USED_BY = {name: pair for pair in (WORKS, SUBCONTRACTS) for name in pair}


def read_world(
    connection: Connection,
    tables: Iterable[str] | None = None,
    *,
    ended: bool = False,
    items: Iterable[str] | None = None,
    orders: Iterable[str] | None = None,
) -> dict:
    """A complete world: the asked tables with their rows, all others empty.

    Args:
        tables: import tables to read, and "planned_orders" or "stock_moves"; None reads every import table but facts.
        ended: documents that are done stay in too (late facts, costing); closed and cancelled ones never do,
            unless "all".
        items: only rows of these items, and whole orders that use one of them; None reads every row.
        orders: only documents with these numbers; None reads every document.
    Returns:
        frames by table name, typed as `row_parsing` types them; `stock` holds today's balances.
    Raises:
        QuantityOverflow: quantities of one item that cannot be added up exactly.
    """
    wanted = set(tables) if tables is not None else {name for name, spec in import_tables().items() if not spec.is_fact}
    world = {}
    for name in import_tables():
        if name not in wanted:
            world[name] = _without_rows(name).copy(deep=False)
        elif name in READERS:
            only = _only(connection, name, items) + _of_orders(connection, name, orders)
            world[name] = READERS[name](connection, ended, *only)
        else:
            world[name] = read_table(connection, name, *_only(connection, name, items))
    for name in wanted - set(world):
        world[name] = read_table(connection, name, *_only(connection, name, items))
    refuse_uncountable(world)
    return world


@cache
def _without_rows(name: str) -> pd.DataFrame:
    """An import table's frame without rows; pandas takes a millisecond to make one, and a world has forty."""
    return pd.DataFrame({c.field: pd.array([], dtype=c.dtype) for c in import_tables()[name].columns})


def _only(connection: Connection, name: str, items: Iterable[str] | None) -> list[ColumnElement]:
    """The condition that a table's row belongs to one of the items; none for a table without items."""
    if items is None:
        return []
    # stock is the sum of its moves
    table = table_of("stock_moves" if name == "stock" else name)
    if name in USED_BY:
        orders, components = (table_of(part) for part in USED_BY[name])
        using = select(components.c.order).where(among(connection, components.c.item, items))
        mine = select(orders.c.order).where(among(connection, orders.c.item, items))
        return [or_(table.c.order.in_(mine), table.c.order.in_(using))]
    if name == "bom_lines":
        boms = table_of("boms")
        return [table.c.bom.in_(select(boms.c.bom).where(among(connection, boms.c.item, items)))]
    if name == "substitutes":
        return [among(connection, table.c.component, items), among(connection, table.c.substitute, items)]
    return [among(connection, table.c.item, items)] if "item" in table.c else []


def _of_orders(connection: Connection, name: str, orders: Iterable[str] | None) -> list[ColumnElement]:
    """The condition that a document's row has one of the numbers; stock is no document."""
    return [] if orders is None or name == "stock" else [among(connection, table_of(name).c.order, orders)]


def balances(connection: Connection, *only: ColumnElement) -> pd.DataFrame:
    """Stock by item, warehouse, lot, status and document: the sum of moves, without zeros.

    What is outside the warehouse or set aside has an `order`, what is set aside for a sales order its `line` too.
    `unit_cost_micro` is the average provisional cost of what came in, `received_date` the oldest day it came in; what
    changes its place or status, or is found fit by an inspection, grows no younger.
    """
    moves = table_of("stock_moves")
    # in the warehouse the document behind a move says nothing about where the goods are
    outside = moves.c.status.in_(("at_subcontractor", "in_production", RESERVED))
    place = case((outside, moves.c.order), else_="").label("order")
    line = case((moves.c.status == RESERVED, func.coalesce(moves.c.line, NO_LINE)), else_=NO_LINE).label("line")
    came_in = and_(moves.c.quantity_micro > 0, moves.c.kind.not_in(MOVED), move_holds(moves))
    quantity = func.sum(moves.c.quantity_micro)
    query = (
        select(
            moves.c.item,
            moves.c.warehouse,
            moves.c.lot,
            moves.c.status,
            place,
            line,
            quantity.label("quantity_micro"),
            func.min(case((came_in, moves.c.date))).label("received_date"),
        )
        .where(*only)
        .group_by(moves.c.item, moves.c.warehouse, moves.c.lot, moves.c.status, place, line)
        .having(quantity != 0)
        .order_by(moves.c.item, moves.c.warehouse, moves.c.lot, moves.c.status, place, line)
    )
    frame = typed_frame(connection, query, day=("received_date",), text=("item", "warehouse", "lot", "status", "order"))
    frame = frame.assign(
        received_date=_first_days(connection, frame, *only),
        line=frame["line"].astype("Int64").mask(frame["line"] == NO_LINE),
    )
    return frame.merge(_average_costs(connection, *only), on="item", how="left").assign(
        unit_cost_micro=lambda joined: joined["unit_cost_micro"].astype("Int64")
    )


def _first_days(connection: Connection, stock: pd.DataFrame, *only: ColumnElement) -> pd.Series:
    """The day each balance came in: of a lot, and of what was only moved to its place, the first one anywhere."""
    moves = table_of("stock_moves")
    query = (
        select(moves.c.item, moves.c.lot, func.min(moves.c.date).label("first"))
        .where(moves.c.quantity_micro > 0, moves.c.kind.not_in(MOVED), move_holds(moves), *only)
        .group_by(moves.c.item, moves.c.lot)
    )
    first = typed_frame(connection, query, day=("first",), text=("item", "lot"))
    found = stock[["item", "lot"]].merge(first, on=["item", "lot"], how="left")["first"]
    here = stock["received_date"].reset_index(drop=True)
    return found.where((stock["lot"] != "").reset_index(drop=True) | here.isna(), here)


def unit_costs(connection: Connection, items: pd.DataFrame, *only: ColumnElement) -> dict[str, int]:
    """Cost by item in micro-units of money: the average provisional cost of what came in, else the standard cost."""
    known = items[items["standard_cost_micro"].notna()]
    costs = dict(zip(known["item"], known["standard_cost_micro"].astype("int64").tolist(), strict=True))
    average = _average_costs(connection, *only)
    return costs | dict(zip(average["item"], average["unit_cost_micro"].astype("int64").tolist(), strict=True))


def _average_costs(connection: Connection, *only: ColumnElement) -> pd.DataFrame:
    """Provisional unit cost by item: the quantity-weighted average of priced incoming moves.

    Weights are whole units, so that the sum of products stays inside 64 bits; the figure is provisional, the closing
    computes the exact one.
    """
    moves = table_of("stock_moves")
    query = select(moves.c.item, moves.c.quantity_micro, moves.c.unit_cost_micro).where(
        moves.c.quantity_micro > 0,
        moves.c.unit_cost_micro.is_not(None),
        moves.c.kind.in_(PRICED),
        move_holds(moves),
        *only,
    )
    priced = read_frame(connection, query)
    if priced.empty:
        return pd.DataFrame({"item": pd.Series([], dtype="str"), "unit_cost_micro": pd.Series([], dtype="Int64")})
    value = priced["quantity_micro"].astype(float) * priced["unit_cost_micro"].astype(float)
    sums = pd.DataFrame({"item": priced["item"], "value": value, "quantity": priced["quantity_micro"].astype(float)})
    sums = sums.groupby("item", as_index=False).sum()
    sums["unit_cost_micro"] = (sums["value"] / sums["quantity"]).round().astype("int64").astype("Int64")
    return sums[["item", "unit_cost_micro"]]


PRICED = ("opening", "receipt", "completion", "subcontract_receipt", "adjustment")


def typed_frame(connection: Connection, query: Select, day: tuple = (), text: tuple = ()) -> pd.DataFrame:
    """A query with computed columns as a typed frame; what is neither day nor text is a whole number."""
    frame = read_frame_raw(connection, query)
    for name in frame:
        if name in day:
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
        elif name in text:
            frame[name] = frame[name].fillna("").astype("str")
        else:
            frame[name] = frame[name].astype("int64")
    return frame


def read_frame_raw(connection: Connection, query: Select) -> pd.DataFrame:
    """A query's rows as objects."""
    result = connection.execute(query)
    # pandas looks at every row object closely; plain tuples spare most of the time
    return pd.DataFrame(list(map(tuple, result)), columns=list(result.keys()), dtype=object)


def _with_moved(
    connection: Connection,
    frame: pd.DataFrame,
    column: str,
    keys: tuple[str, ...],
    kinds: tuple,
    sign: int = 1,
    **where,
) -> pd.DataFrame:
    """The documents' rows with Σ sign × quantity of moves of these kinds added to a total, matched by key columns."""
    if frame.empty:
        return frame
    moves = table_of("stock_moves")
    columns = [moves.c[key] for key in keys]
    query = (
        select(*columns, func.sum(sign * moves.c.quantity_micro))
        .where(moves.c.kind.in_(kinds), *(moves.c[name] == value for name, value in where.items()))
        .where(*_of_few(connection, moves.c.order, frame))
        .group_by(*columns)
    )
    rows = map(tuple, connection.execute(query))
    return _added(frame, column, keys, {row[:-1]: int(row[-1]) for row in rows})


def _of_few(connection: Connection, column: ColumnElement, frame: pd.DataFrame) -> list[ColumnElement]:
    """The condition that a row belongs to one of the frame's orders; none where they are many, so that most do."""
    orders = frame["order"].unique()
    return [among(connection, column, orders.tolist())] if len(orders) <= FEW_ORDERS else []


def _added(frame: pd.DataFrame, column: str, keys: tuple[str, ...], moved: dict) -> pd.DataFrame:
    """The frame with `moved` added to a total, matched by key columns."""
    if moved and len(frame):
        found = zip(*(frame[key].tolist() for key in keys), strict=True)
        frame[column] = frame[column] + pd.Series([moved.get(key, 0) for key in found], dtype="int64")
    return frame


def _documents(connection: Connection, name: str, ended: bool, *only: ColumnElement) -> pd.DataFrame:
    if ended == "all":
        return read_table(connection, name, *only)
    table = table_of(name)
    left_out = (*CLOSED, *NOT_YET) if ended else (*ENDED, *NOT_YET)
    return read_table(connection, name, table.c.state.not_in(left_out), *only)


def _lines(connection: Connection, name: str, header: str, ended: bool, *only: ColumnElement) -> pd.DataFrame:
    table, parent = table_of(name), table_of(header)
    if ended == "all":
        return read_table(connection, name, *only)
    left_out = (*CLOSED, *NOT_YET) if ended else (*ENDED, *NOT_YET)
    open_orders = select(parent.c.order).where(parent.c.state.not_in(left_out))
    return read_table(connection, name, table.c.order.in_(open_orders), *only)


def _sales_order_lines(connection: Connection, ended: bool, *only: ColumnElement) -> pd.DataFrame:
    frame = _lines(connection, "sales_order_lines", "sales_orders", ended, *only)
    return _with_moved(connection, frame, "shipped_quantity_micro", ("order", "line"), ("shipment",), -1)


def _purchase_order_lines(connection: Connection, ended: bool, *only: ColumnElement) -> pd.DataFrame:
    frame = _lines(connection, "purchase_order_lines", "purchase_orders", ended, *only)
    return _with_moved(connection, frame, "received_quantity_micro", ("order", "line"), RECEIVED)


def _work_orders(connection: Connection, ended: bool, *only: ColumnElement) -> pd.DataFrame:
    frame = _documents(connection, "work_orders", ended, *only)
    if frame.empty:
        return frame
    completions = table_of("completions")
    query = (
        select(
            completions.c.order,
            func.sum(completions.c.quantity_micro).label("good"),
            func.sum(completions.c.scrapped_quantity_micro).label("scrapped"),
        )
        .where(fact_holds("completions"), *_of_few(connection, completions.c.order, frame))
        .group_by(completions.c.order)
    )
    rows = connection.execute(query).all()
    good = {(order,): int(quantity) for order, quantity, _ in rows}
    scrapped = {(order,): int(quantity) for order, _, quantity in rows}
    frame = _added(frame, "completed_quantity_micro", ("order",), good)
    return _added(frame, "scrapped_quantity_micro", ("order",), scrapped)


def _work_order_components(connection: Connection, ended: bool, *only: ColumnElement) -> pd.DataFrame:
    frame = _lines(connection, "work_order_components", "work_orders", ended, *only)
    key = ("order", "item")
    return _with_moved(connection, frame, "issued_quantity_micro", key, ISSUED, -1, status="available")


def _subcontract_orders(connection: Connection, ended: bool, *only: ColumnElement) -> pd.DataFrame:
    frame = _documents(connection, "subcontract_orders", ended, *only)
    return _with_moved(connection, frame, "received_quantity_micro", ("order",), RECEIVED)


def _subcontract_order_components(connection: Connection, ended: bool, *only: ColumnElement) -> pd.DataFrame:
    frame = _lines(connection, "subcontract_order_components", "subcontract_orders", ended, *only)
    key = ("order", "item")
    return _with_moved(connection, frame, "sent_quantity_micro", key, ISSUED, -1, status="available")


READERS: dict[str, Callable[..., pd.DataFrame]] = {
    "sales_orders": lambda connection, ended, *only: _documents(connection, "sales_orders", ended, *only),
    "sales_order_lines": _sales_order_lines,
    "stock": lambda connection, ended, *only: balances(connection, *only),
    "purchase_orders": lambda connection, ended, *only: _documents(connection, "purchase_orders", ended, *only),
    "purchase_order_lines": _purchase_order_lines,
    "work_orders": _work_orders,
    "work_order_components": _work_order_components,
    "subcontract_orders": _subcontract_orders,
    "subcontract_order_components": _subcontract_order_components,
}
