"""The queries of an import: what is there already, what a change touches, and the quarantine."""

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import Connection, bindparam, select, update

from models.database import chunks, delete_where, insert_frame, read_frame, read_table, rows_of, table_of

# Above this many rows one read of the whole table is cheaper than asking for keys.
ASKED_KEYS = 2_000
# Rows written by one statement: progress is shown between them and memory stays small.
CHUNK = 50_000


def rows_with_keys_of(connection: Connection, name: str, frame: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """The rows of a table whose key may be among the frame's: filtered by the first key column where that is few."""
    table = table_of(name)
    first = frame[key[0]].drop_duplicates()
    if len(first) > ASKED_KEYS:
        return read_table(connection, name)
    wanted = [cell.date() for cell in first] if pd.api.types.is_datetime64_any_dtype(first.dtype) else first.tolist()
    return read_table(connection, name, table.c[key[0]].in_(wanted))


def keys_of(connection: Connection, name: str, key: tuple[str, ...]) -> pd.DataFrame:
    """The key columns of all rows of a table."""
    table = table_of(name)
    return read_frame(connection, select(*(table.c[column] for column in key)))


def insert_rows(connection: Connection, name: str, frame: pd.DataFrame) -> Iterable[int]:
    """Append the frame in chunks; yields the number of rows written so far."""
    for start in range(0, len(frame), CHUNK):
        insert_frame(connection, name, frame.iloc[start : start + CHUNK])
        yield min(start + CHUNK, len(frame))


def update_rows(connection: Connection, name: str, frame: pd.DataFrame, key: tuple[str, ...], **values) -> None:
    """Set the frame's columns on the rows with its keys; columns the frame lacks stay as they are."""
    if frame.empty:
        return
    table = table_of(name)
    rows = [
        {f"new_{column}": row[column] for column in frame.columns} for row in rows_of(frame, table)
    ]  # rows_of adds defaults of absent columns, which must not overwrite what is there
    statement = (
        update(table)
        .where(*(table.c[column] == bindparam(f"new_{column}") for column in key))
        .values({column: bindparam(f"new_{column}") for column in frame.columns if column not in key} | values)
    )
    connection.execute(statement, rows)


def ended_documents(connection: Connection, name: str, states: tuple[str, ...]) -> dict[str, str]:
    """State by number of the documents that are in one of these states."""
    table = table_of(name)
    return dict(connection.execute(select(table.c.order, table.c.state).where(table.c.state.in_(states))).all())


def orders_of_opportunities(connection: Connection) -> dict[str, str]:
    """The sales order of every opportunity that became one."""
    orders = table_of("sales_orders")
    query = select(orders.c.opportunity, orders.c.order).where(orders.c.opportunity.is_not(None))
    return dict(connection.execute(query).all())


def locked_periods(connection: Connection) -> set[str]:
    """The months that are locked."""
    table = table_of("periods")
    return set(connection.scalars(select(table.c.period).where(table.c.state == "locked")))


def moved_lots(connection: Connection) -> set[tuple[str, str, str]]:
    """(item, warehouse, lot) with moves other than opening ones."""
    moves = table_of("stock_moves")
    query = select(moves.c.item, moves.c.warehouse, moves.c.lot).where(moves.c.kind != "opening").distinct()
    return {tuple(row) for row in connection.execute(query)}


def bill_lines(connection: Connection) -> list[tuple[str, int, str, str]]:
    """(bill, line, item made, component) of every bill line."""
    boms, lines = table_of("boms"), table_of("bom_lines")
    query = select(lines.c.bom, lines.c.line, boms.c.item, lines.c.component).join(boms, boms.c.bom == lines.c.bom)
    return [tuple(row) for row in connection.execute(query.order_by(lines.c.bom, lines.c.line))]


def substitute_pairs(connection: Connection) -> list[tuple[str, str]]:
    """(component, substitute) of every substitute."""
    table = table_of("substitutes")
    query = select(table.c.component, table.c.substitute).distinct().order_by(table.c.component, table.c.substitute)
    return [tuple(row) for row in connection.execute(query)]


def delete_opening_moves(connection: Connection, numbers: list[str]) -> None:
    """Take opening moves out that are about to be written anew."""
    for chunk in chunks(numbers):
        delete_where(connection, "stock_moves", number=chunk)


def moved_orders(connection: Connection, orders: list[str]) -> set[str]:
    """Those of the orders that goods have moved for."""
    moves = table_of("stock_moves")
    found: set[str] = set()
    for chunk in chunks(orders):
        found |= set(connection.scalars(select(moves.c.order).where(moves.c.order.in_(chunk)).distinct()))
    return found


def column_by(connection: Connection, name: str, key: str, column: str) -> dict:
    """One column of a table by another."""
    table = table_of(name)
    return dict(connection.execute(select(table.c[key], table.c[column])).all())


def unit_conversions(connection: Connection) -> list[tuple[str, str, str]]:
    """(item or "", from, to) of every unit conversion."""
    table = table_of("unit_conversions")
    query = select(table.c.item, table.c.from_unit, table.c.to_unit)
    return [tuple(row) for row in connection.execute(query)]


def waiting_rows(connection: Connection, tables: Iterable[str]) -> pd.DataFrame:
    """Quarantined rows of these tables that still wait for a correction."""
    quarantine = table_of("quarantine")
    return read_table(
        connection, "quarantine", quarantine.c.state == "waiting", quarantine.c.table.in_(sorted(set(tables)))
    )


def resolve_rows(connection: Connection, numbers: list[str]) -> None:
    """Mark quarantined rows as corrected."""
    quarantine = table_of("quarantine")
    for chunk in chunks(numbers):
        connection.execute(update(quarantine).where(quarantine.c.number.in_(chunk)).values(state="resolved"))


def quarantine_rows(connection: Connection, frame: pd.DataFrame) -> int:
    """Keep refused rows: one that waits stays as it is, a resolved one waits again; returns how many were added."""
    quarantine = table_of("quarantine")
    states = dict(connection.execute(select(quarantine.c.number, quarantine.c.state)).all())
    known = frame["number"].map(states)
    again = frame["number"][(known == "resolved").to_numpy()].tolist()
    for chunk in chunks(again):
        connection.execute(update(quarantine).where(quarantine.c.number.in_(chunk)).values(state="waiting"))
    new = frame[known.isna().to_numpy()]
    insert_frame(connection, "quarantine", new)
    return len(new) + len(again)
