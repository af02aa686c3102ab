"""Rows into and out of a test's database, the way a plant's own files would come."""

import csv
from datetime import date
from pathlib import Path

from models.database import read_table, reading
from support import frame_rows


def import_rows(folder: Path, tables: dict[str, list[dict]], as_of: date) -> None:
    """Import tables given as plain rows, through CSV files in a new folder below `folder`; none may be refused."""
    from tasks.importing import load_tables

    target = folder / f"import-{len(list(folder.glob('import-*')))}"
    target.mkdir()
    for name, rows in tables.items():
        with (target / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
            writer.writeheader()
            writer.writerows(rows)
    refused = load_tables(target, as_of)["refused"]
    assert refused == [], refused


def stored_rows(database, table: str) -> list[dict]:
    """A table's rows as `frame_rows` shows them, by primary key."""
    with reading(database) as connection:
        return frame_rows(read_table(connection, table))
