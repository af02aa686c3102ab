"""What a decision about documents looks at: their state, what they are worth, and whether anything happened."""

import pandas as pd
from sqlalchemy import Connection, func, literal, select, union_all

from calculations.exact import MICRO, multiply_divide
from models.database import among, read_frame, read_table, table_of
from models.document_life import LIVES
from models.postings import IN_HANDS
from models.reversals import fact_holds, move_holds
from models.stock import RESERVED

# What an import says happened before Kitline saw the order.
HAPPENED = {
    "purchase_orders": (("purchase_order_lines", ("received_quantity_micro",)),),
    "work_orders": (
        ("work_orders", ("completed_quantity_micro", "scrapped_quantity_micro")),
        ("work_order_components", ("issued_quantity_micro",)),
    ),
    "subcontract_orders": (
        ("subcontract_orders", ("received_quantity_micro",)),
        ("subcontract_order_components", ("sent_quantity_micro",)),
    ),
    "sales_orders": (("sales_order_lines", ("shipped_quantity_micro",)),),
}
# Where a document's quantity and price stand.
PRICED = {
    "purchase_orders": ("purchase_order_lines", "unit_price_micro"),
    "subcontract_orders": ("subcontract_orders", "fee_micro"),
    "sales_orders": ("sales_order_lines", "unit_price_micro"),
    "planned_orders": ("planned_orders", "unit_price_micro"),
}


def documents_of(connection: Connection, numbers: list[str]) -> pd.DataFrame:
    """The documents of these numbers, as `calculations.document_decisions.decided` takes them, sorted by number."""
    parts = [_states(connection, table, numbers) for table in LIVES]
    frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    values: dict[str, int] = {}
    for table in (*PRICED, "work_orders"):
        listed = frame.loc[frame["table"] == table, "number"].tolist()
        values |= _values(connection, table, listed) if listed else {}
    started, held = _started(connection, frame), _in_hands(connection, numbers)
    asked = _submitted_by(connection, numbers)
    numbers = frame["number"].tolist()
    return frame.assign(
        value_micro=pd.Series([values.get(number, 0) for number in numbers], dtype="int64"),
        started=[number in started for number in numbers],
        in_hands_micro=pd.Series([held.get(number, 0) for number in numbers], dtype="int64"),
        submitted_by=pd.Series([asked.get(number, "") for number in numbers], dtype="str"),
    ).sort_values("number", ignore_index=True)


def _states(connection: Connection, table: str, numbers: list[str]) -> pd.DataFrame:
    documents = table_of(table)
    key = next(iter(documents.primary_key.columns))
    found = read_frame(connection, select(key, documents.c.state).where(among(connection, key, numbers)))
    return found.rename(columns={key.name: "number"}).assign(table=table, life=LIVES[table]).astype("str")


def _values(connection: Connection, table: str, numbers: list[str]) -> dict[str, int]:
    """Quantity × price of each document in micro-units; of a work order at standard cost."""
    name, price = PRICED.get(table, (table, ""))
    rows = table_of(name)
    key = rows.c.number if name == "planned_orders" else rows.c.order
    items = table_of("items")
    column = rows.c[price] if price else items.c.standard_cost_micro
    query = (
        select(key, rows.c.quantity_micro, column)
        .join(items, items.c.item == rows.c.item)
        .where(among(connection, key, numbers))
    )
    frame = read_frame(connection, query)
    if frame.empty:
        return {}
    quantity, unit_price = frame["quantity_micro"].to_numpy(), frame[column.name].fillna(0).to_numpy(dtype="int64")
    amount = pd.Series(multiply_divide(quantity, unit_price, MICRO))
    return amount.groupby(frame[key.name].to_numpy(dtype=object)).sum().astype("int64").to_dict()


def _started(connection: Connection, documents: pd.DataFrame) -> set[str]:
    """Numbers of documents on which something happened."""
    numbers = documents["number"].tolist()
    moves, hours = table_of("stock_moves"), table_of("time_entries")
    queries = [
        # what is only set aside can be given back
        select(moves.c.order).where(
            among(connection, moves.c.order, numbers), moves.c.kind != "reservation", move_holds(moves)
        ),
        select(hours.c.order).where(among(connection, hours.c.order, numbers), fact_holds("time_entries")),
    ]
    for table, places in HAPPENED.items():
        listed = documents.loc[documents["table"] == table, "number"].tolist()
        for name, columns in places if listed else ():
            rows = table_of(name)
            happened = sum((rows.c[column] for column in columns), literal(0)) > 0
            queries.append(select(rows.c.order).where(among(connection, rows.c.order, listed), happened))
    return set(connection.scalars(union_all(*queries)))


def _in_hands(connection: Connection, numbers: list[str]) -> dict[str, int]:
    """Micro-units of anything that a document holds or that waits for inspection for it."""
    moves = table_of("stock_moves")
    place = (moves.c.order, moves.c.item, moves.c.status)
    held = (
        select(moves.c.order, func.abs(func.sum(moves.c.quantity_micro)).label("held"))
        .where(among(connection, moves.c.order, numbers), moves.c.status.in_(IN_HANDS), moves.c.status != RESERVED)
        .group_by(*place)
        .subquery()
    )
    query = select(held.c.order, func.sum(held.c.held)).group_by(held.c.order)
    return {order: int(quantity) for order, quantity in connection.execute(query)}


def _submitted_by(connection: Connection, numbers: list[str]) -> dict[str, str]:
    """Who asked last for the approval of each document."""
    events = read_table(
        connection,
        "document_events",
        among(connection, table_of("document_events").c.document, numbers),
        table_of("document_events").c.after == "submitted",
    )
    asked = dict(zip(events["document"], events["by"], strict=True))
    changes = table_of("order_changes")
    mine = select(changes.c.number, changes.c.by).where(among(connection, changes.c.number, numbers))
    return asked | dict(map(tuple, connection.execute(mine)))
