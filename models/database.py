"""Engines, transactions, bulk writes and typed reads, alike on SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, Select, Table, create_engine, delete, event, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from models import metadata

BUSY_TIMEOUT_MS = 60_000
# PostgreSQL's protocol counts parameters in 16 bits; SQLite's limit is the same since 3.32.
PARAMETERS = 30_000


@cache
def engine_of(url: str) -> Engine:
    """The engine of a database URL, one for each process and URL; a SQLite file's folder is made."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(parsed, pool_pre_ping=True)


def _prepare_sqlite(connection, _record) -> None:
    # the driver's own implicit BEGIN would be deferred; SQLAlchemy's "begin" event starts the transaction instead
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    # a transaction that reads first and writes later would fail at once when another one wrote in between
    read_only = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed at the end, rolled back on any error."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent view for reading; nothing is kept."""
    with engine.connect().execution_options(read_only=True) as connection:
        yield connection
        connection.rollback()


def create_tables(engine: Engine) -> None:
    """All tables as the models declare them; for tests and in-memory work (`kitline migrate` uses Alembic)."""
    metadata.create_all(engine)


def table_of(name: str) -> Table:
    """A table by name."""
    return metadata.tables[name]


def insert_frame(connection: Connection, name: str, frame: pd.DataFrame) -> int:
    """Append a frame's rows. Columns the table does not have are left out; missing ones take their default.

    Returns the number of rows.
    """
    if frame.empty:
        return 0
    rows = rows_of(frame, table_of(name))
    connection.execute(insert(table_of(name)), rows)
    return len(rows)


def insert_missing(connection: Connection, name: str, frame: pd.DataFrame) -> int:
    """Append the rows whose key is not there yet; returns how many were."""
    if frame.empty:
        return 0
    table = table_of(name)
    before = connection.scalar(select(func.count()).select_from(table))
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows_of(frame, table))
    return connection.scalar(select(func.count()).select_from(table)) - before


def upsert_frame(connection: Connection, name: str, frame: pd.DataFrame) -> int:
    """Write rows by their primary key: new ones are added, existing ones get the frame's columns."""
    if frame.empty:
        return 0
    table = table_of(name)
    rows = rows_of(frame, table)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    changed = {column: statement.excluded[column] for column in rows[0] if column not in key}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=key, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing()
    connection.execute(statement, rows)
    return len(rows)


def delete_where(connection: Connection, name: str, **values) -> int:
    """Delete the rows whose columns equal the values (a list means any of them)."""
    table = table_of(name)
    statement = delete(table)
    for column, value in values.items():
        listed = isinstance(value, (list, tuple, set))
        statement = statement.where(table.c[column].in_(list(value)) if listed else table.c[column] == value)
    return connection.execute(statement).rowcount


def rows_of(frame: pd.DataFrame, table: Table) -> list[dict]:
    """A frame's rows as dicts for SQL: defaults filled in, "" of a nullable text as NULL."""
    columns = {}
    for column in table.columns:
        if column.name in frame:
            columns[column.name] = _sql_values(frame[column.name], column)
        elif "default" in column.info and column.info["default"] is not None and not column.info["required"]:
            columns[column.name] = [column.info["default"]] * len(frame)
        elif not column.nullable and column.info.get("kind") in ("code", "text", "choice", "period"):
            columns[column.name] = [""] * len(frame)
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _sql_values(values: pd.Series, column) -> list:
    kind = column.info.get("kind")
    if kind == "day":
        days = values.to_numpy().astype("datetime64[D]")
        distinct, positions = np.unique(days, return_inverse=True)
        objects = distinct.astype(object)
        return objects[positions].tolist()
    if kind in ("decimal", "whole"):
        return values.astype(object).where(values.notna(), None).tolist()
    if kind in ("code", "text", "choice", "period"):
        listed = values.astype(object).where(values.notna(), "").tolist()
        return [cell or None for cell in listed] if column.nullable else listed
    if kind == "instant":
        return [None if pd.isna(cell) else cell.to_pydatetime() for cell in values]
    return values.tolist()


def read_frame(connection: Connection, query: Select) -> pd.DataFrame:
    """A query's rows as a typed frame: int64 or Int64, datetime64[s], bool, str with "" for NULL."""
    result = connection.execute(query)
    rows = result.all()
    listed = list(zip(*rows, strict=True)) if rows else [()] * len(result.keys())
    return pd.DataFrame(
        {column.name: typed_series(cells, column) for column, cells in zip(query.selected_columns, listed, strict=True)}
    )


def read_table(connection: Connection, name: str, *conditions) -> pd.DataFrame:
    """All columns of a table as a typed frame, sorted by its primary key."""
    table = table_of(name)
    return read_frame(connection, select(table).where(*conditions).order_by(*table.primary_key.columns))


def typed_series(cells, column) -> pd.Series:
    """Database values as the dtype that Kitline's frames use for such a column.

    The kind comes from the column's declaration; a computed column is taken as a number that is always there.
    """
    info = getattr(column, "info", {}) or {}
    kind = info.get("kind", "decimal")
    if kind in ("decimal", "whole"):
        if info and getattr(column, "nullable", False):
            missing = np.array([cell is None for cell in cells], dtype=bool)
            values = np.array([0 if cell is None else cell for cell in cells], dtype=np.int64)
            return pd.Series(pd.arrays.IntegerArray(values, missing))
        return pd.Series(np.array([0 if cell is None else int(cell) for cell in cells], dtype=np.int64))
    if kind == "day":
        return pd.Series(np.array(list(cells), dtype="datetime64[D]").astype("datetime64[s]"))
    if kind == "yes_no":
        return pd.Series(np.array(list(cells), dtype=bool))
    if kind in ("json", "instant"):
        return pd.Series(list(cells), dtype=object)
    return pd.Series(["" if cell is None else cell for cell in cells], dtype="str")
