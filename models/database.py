"""Engines, transactions, bulk writes and typed reads, alike on SQLite and PostgreSQL."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    Table,
    any_,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from models import metadata
from models.bulk_inserts import insert_columns
from models.typed_columns import PYTHON_KINDS, TEXTS, kind_of, sql_values, typed_cells

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

    Large frames go past SQLAlchemy's row dicts (`bulk_inserts`), inside the connection's transaction like small ones.

    Returns the number of rows.
    """
    if frame.empty:
        return 0
    table = table_of(name)
    columns = _sql_columns(frame, table)
    if len(frame) < MANY_ROWS or not all(isinstance(values, pa.Array) for values in columns.values()):
        connection.execute(insert(table), _dicts(columns))
    else:
        insert_columns(connection, table, columns)
    return len(frame)


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


def _dicts(columns: dict[str, pa.Array | list]) -> list[dict]:
    names = list(columns)
    cells = [values.to_pylist() if isinstance(values, pa.Array) else values for values in columns.values()]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def _sql_columns(frame: pd.DataFrame, table: Table) -> dict[str, pa.Array | list]:
    columns = {}
    for column in table.columns:
        if column.name in frame:
            columns[column.name] = sql_values(frame[column.name], column)
        elif "default" in column.info and column.info["default"] is not None and not column.info["required"]:
            columns[column.name] = pa.repeat(column.info["default"], len(frame))
        elif not column.nullable and column.info.get("kind") in TEXTS:
            columns[column.name] = pa.repeat("", len(frame))
    return columns


def read_frame(connection: Connection, query: Select) -> pd.DataFrame:
    """A query's rows as a typed frame: int64 or Int64, datetime64[s], bool, str with "" for NULL."""
    columns = list(query.selected_columns)
    result = connection.execute(query)
    if any(kind_of(column) in PYTHON_KINDS for column in columns):
        rows = result.all()
    else:
        # the driver's own cells are all that is needed; SQLAlchemy would wrap each row and convert each date
        rows = result.cursor.fetchall()
        result.close()
    listed = _turned(rows, len(columns))
    # arrays, because pandas would look at the index of each Series; twenty tables make hundreds of them
    return pd.DataFrame(
        {column.name: typed_cells(cells, column) for column, cells in zip(columns, listed, strict=True)}
    )


def _turned(rows: list[tuple], width: int) -> list[list]:
    """Rows as columns; in parts, because `zip` of all rows at once would hold an iterator for each of them."""
    columns = [[] for _ in range(width)]
    for start in range(0, len(rows), 1_000):
        for column, cells in zip(columns, zip(*rows[start : start + 1_000], strict=True), strict=True):
            column.extend(cells)
    return columns


def read_table(connection: Connection, name: str, *conditions) -> pd.DataFrame:
    """All columns of a table as a typed frame, sorted by its primary key."""
    table = table_of(name)
    return read_frame(connection, select(table).where(*conditions).order_by(*table.primary_key.columns))


def among(connection: Connection, column: ColumnElement, values: Iterable[str]) -> ColumnElement:
    """Whether a text column has one of many values, as one parameter however many there are."""
    values = sorted(values)
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, values, type_=ARRAY(String)))
    return column.in_(select(func.json_each(json.dumps(values)).table_valued("value").c.value))
