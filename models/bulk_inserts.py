"""Many rows at once into either database, column by column, inside the caller's transaction.

Arrow carries the columns, so that no row and, on PostgreSQL, no cell becomes a Python object on its way.
"""

from io import BytesIO
from itertools import chain

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection, Table

# Rows that are turned into text or Python cells at a time: what bounds the memory of a write.
BATCH = 20_000
# Parameters of one INSERT of several rows; every SQLite takes 999.
PARAMETERS = 999


def insert_columns(connection: Connection, table: Table, columns: dict[str, pa.Array]) -> None:
    """Append rows given as Arrow columns; a missing value is NULL."""
    BULK_INSERTS[connection.dialect.name](connection, _names(connection, table, columns), pa.table(columns))


def _names(connection: Connection, table: Table, columns: dict) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return f"{quote(table.name)} ({', '.join(quote(column) for column in columns)})"


def _batches(rows: pa.Table):
    return (rows.slice(start, BATCH) for start in range(0, rows.num_rows, BATCH))


def _copy_postgresql(connection: Connection, names: str, rows: pa.Table) -> None:
    """COPY of CSV text: a missing value is an empty cell, an empty text a quoted one."""
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    with connection.connection.cursor().copy(f"COPY {names} FROM STDIN (FORMAT csv)") as copy:
        for batch in _batches(rows):
            text = BytesIO()
            csv.write_csv(batch, text, options)
            copy.write(text.getbuffer())


def _insert_sqlite(connection: Connection, names: str, rows: pa.Table) -> None:
    """INSERTs of several rows each: SQLite prepares a row's checks once for a statement, not once for a row."""
    width = rows.num_columns
    row, several = f"({', '.join('?' * width)})", max(1, PARAMETERS // width) * width
    for batch in _batches(rows):
        cells = list(chain.from_iterable(zip(*map(_sqlite_cells, batch.columns), strict=True)))
        statements = [tuple(cells[start : start + several]) for start in range(0, len(cells), several)]
        rest = statements.pop() if len(cells) % several else ()
        for parameters in (statements, [rest] if rest else []):
            if parameters:
                marks = ", ".join([row] * (len(parameters[0]) // width))
                connection.exec_driver_sql(f"INSERT INTO {names} VALUES {marks}", parameters)


def _sqlite_cells(column: pa.ChunkedArray) -> list:
    # SQLAlchemy stores dates as ISO text in SQLite; the driver has no opinion of its own any more
    return (column.cast(pa.string()) if pa.types.is_date(column.type) else column).to_pylist()


BULK_INSERTS = {"sqlite": _insert_sqlite, "postgresql": _copy_postgresql}
