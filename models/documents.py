"""Gap-free document numbers, and turns: who waits for whom."""

from datetime import date

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.database import table_of


def next_numbers(connection: Connection, series: str, as_of: date, count: int) -> list[str]:
    """The next `count` numbers of a series in the year of `as_of`, such as "SO-2026-00001".

    They are taken inside the caller's transaction: rolled back with it, so the series has no gaps, and the row lock
    makes a second transaction wait.
    """
    if not count:
        return []
    table = table_of("document_series")
    _ensure_series(connection, series, as_of)
    mine = (table.c.series == series) & (table.c.year == as_of.year)
    connection.execute(update(table).where(mine).values(last=table.c.last + count))
    last = connection.scalar(select(table.c.last).where(mine))
    return _numbered(series, as_of, last - count, count)


def coming_numbers(connection: Connection, series: str, as_of: date, count: int) -> list[str]:
    """The numbers that `next_numbers` would give now; none is taken."""
    table = table_of("document_series")
    mine = (table.c.series == series) & (table.c.year == as_of.year)
    return _numbered(series, as_of, connection.scalar(select(table.c.last).where(mine)) or 0, count)


def _numbered(series: str, as_of: date, last: int, count: int) -> list[str]:
    return [f"{series}-{as_of.year}-{number:05d}" for number in range(last + 1, last + count + 1)]


def next_number(connection: Connection, series: str, as_of: date) -> str:
    """The next number of a series in the year of `as_of`."""
    return next_numbers(connection, series, as_of, 1)[0]


# What others who do the same wait for until a transaction ends: promising (docs/decisions/0018), and changing what
# documents say or what happened on them (docs/decisions/0029).
PROMISES, DOCUMENTS = "PR", "documents"


def take_turn(connection: Connection, what: str, as_of: date) -> None:
    """Make others who want a turn of the same kind wait until this transaction ends.

    SQLite lets one transaction write at a time anyway.
    """
    table = table_of("document_series")
    _ensure_series(connection, what, as_of)
    mine = (table.c.series == what) & (table.c.year == as_of.year)
    connection.execute(select(table.c.last).where(mine).with_for_update())


def _ensure_series(connection: Connection, series: str, as_of: date) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"series": series, "year": as_of.year, "last": 0}
    connection.execute(dialect.insert(table_of("document_series")).values(**row).on_conflict_do_nothing())
