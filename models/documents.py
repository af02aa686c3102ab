"""Gap-free document numbers and changes of state."""

from datetime import date

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from calculations.errors import KitlineError
from models.database import chunks, table_of
from models.states import TRANSITIONS, states_before


class ImpossibleTransition(KitlineError):
    """A document cannot go from its state to the one asked for."""

    kind = "impossible_transition"


def next_numbers(connection: Connection, series: str, as_of: date, count: int) -> list[str]:
    """The next `count` numbers of a series in the year of `as_of`, such as "SO-2026-00001".

    They are taken inside the caller's transaction: rolled back with it, so the series has no gaps, and the row lock
    makes a second transaction wait.
    """
    if not count:
        return []
    table = table_of("document_series")
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    key = {"series": series, "year": as_of.year}
    connection.execute(dialect.insert(table).values(**key, last=0).on_conflict_do_nothing())
    mine = (table.c.series == series) & (table.c.year == as_of.year)
    connection.execute(update(table).where(mine).values(last=table.c.last + count))
    last = connection.scalar(select(table.c.last).where(mine))
    return [f"{series}-{as_of.year}-{number:05d}" for number in range(last - count + 1, last + 1)]


def next_number(connection: Connection, series: str, as_of: date) -> str:
    """The next number of a series in the year of `as_of`."""
    return next_numbers(connection, series, as_of, 1)[0]


def change_state(connection: Connection, table: str, life: str, numbers: list[str], state: str) -> int:
    """Move documents on, if they are in a state from which that is allowed; returns how many were moved.

    Args:
        life: key of `states.TRANSITIONS`. numbers: values of the table's key column.
    Raises:
        ImpossibleTransition: one of them is elsewhere; nothing is changed.
    """
    documents = table_of(table)
    key = next(iter(documents.primary_key.columns))
    allowed = (state, *states_before(life, state))
    for chunk in chunks(numbers):
        found = select(key, documents.c.state).where(key.in_(chunk), documents.c.state.not_in(allowed))
        barred = connection.execute(found.order_by(key).limit(1)).first()
        if barred:
            reachable = " or ".join(TRANSITIONS[life][barred.state]) or "nothing"
            raise ImpossibleTransition(f"{table} {barred[0]} is {barred.state} and can become {reachable}, not {state}")
    moved = update(documents).where(documents.c.state != state).values(state=state)
    return sum(connection.execute(moved.where(key.in_(chunk))).rowcount for chunk in chunks(numbers))
