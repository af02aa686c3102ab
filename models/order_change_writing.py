"""Order changes in the database: rows of documents taken out, and what waits for approval."""

import pandas as pd
from sqlalchemy import Connection, delete, tuple_

from models.database import read_table, table_of


def delete_rows(connection: Connection, table: str, keys: pd.DataFrame) -> None:
    """Take the rows with these keys out of a table."""
    rows = table_of(table)
    columns = [rows.c[name] for name in keys]
    listed = list(map(tuple, keys.astype(object).to_numpy().tolist()))
    connection.execute(delete(rows).where(tuple_(*columns).in_(listed)))


def order_change(connection: Connection, number: str) -> dict | None:
    """A change by its number, None where there is none."""
    changes = table_of("order_changes")
    found = read_table(connection, "order_changes", changes.c.number == number)
    return found.to_dict("records")[0] if len(found) else None
