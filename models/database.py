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
# From here on the shorter way into the database pays.
MANY_ROWS = 200


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


# PostgreSQL would otherwise show each statement what was committed just before it.
READ_ONLY = {
    "sqlite": {"read_only": True},
    "postgresql": {"read_only": True, "isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


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
    """One consistent view of the data, in which nothing can be written."""
    with engine.connect().execution_options(**READ_ONLY[engine.dialect.name]) as connection:
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

    Large frames go past SQLAlchemy's row dicts: COPY on PostgreSQL, the driver's executemany on SQLite, both inside the
    connection's transaction.

    Returns the number of rows.
    """
    if frame.empty:
        return 0
    table = table_of(name)
    columns = _sql_columns(frame, table)
    if len(frame) < MANY_ROWS or any(table.c[column].info.get("kind") in ("json", "instant") for column in columns):
        connection.execute(insert(table), _dicts(columns))
    else:
        BULK_INSERTS[connection.dialect.name](connection, table, columns)
    return len(frame)


def _copy_postgresql(connection: Connection, table: Table, columns: dict[str, list]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column) for column in columns)
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy:
        for row in zip(*columns.values(), strict=True):
            copy.write_row(row)


def _executemany_sqlite(connection: Connection, table: Table, columns: dict[str, list]) -> None:
    # SQLAlchemy stores dates as ISO text in SQLite; the driver has no opinion of its own any more
    texts = {
        name: [None if cell is None else cell.isoformat() for cell in cells]
        for name, cells in columns.items()
        if table.c[name].info.get("kind") == "day"
    }
    quote = connection.dialect.identifier_preparer.quote
    names, marks = ", ".join(quote(column) for column in columns), ", ".join("?" * len(columns))
    rows = list(zip(*{**columns, **texts}.values(), strict=True))
    connection.exec_driver_sql(f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})", rows)


BULK_INSERTS = {"sqlite": _executemany_sqlite, "postgresql": _copy_postgresql}


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


def chunks(values: list) -> Iterator[list]:
    """The values in parts that fit one statement's parameters."""
    for start in range(0, len(values), PARAMETERS):
        yield values[start : start + PARAMETERS]


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
    return _dicts(_sql_columns(frame, table))


def _dicts(columns: dict[str, list]) -> list[dict]:
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _sql_columns(frame: pd.DataFrame, table: Table) -> dict[str, list]:
    columns = {}
    for column in table.columns:
        if column.name in frame:
            columns[column.name] = _sql_values(frame[column.name], column)
        elif "default" in column.info and column.info["default"] is not None and not column.info["required"]:
            columns[column.name] = [column.info["default"]] * len(frame)
        elif not column.nullable and column.info.get("kind") in ("code", "text", "choice", "period"):
            columns[column.name] = [""] * len(frame)
    return columns


def _sql_values(values: pd.Series, column) -> list:
    kind = column.info.get("kind")
    if kind == "day":
        # few distinct days: make each Python date once
        distinct, positions = np.unique(values.to_numpy().astype("datetime64[D]"), return_inverse=True)
        return distinct.astype(object)[positions].tolist()
    if kind in ("decimal", "whole"):
        return values.tolist() if values.dtype == "int64" else values.to_numpy(dtype=object, na_value=None).tolist()
    if kind in ("code", "text", "choice", "period"):
        listed = values.to_numpy(dtype=object, na_value="").tolist() if values.dtype != object else values.tolist()
        return [cell or None for cell in listed] if column.nullable else [cell or "" for cell in listed]
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
