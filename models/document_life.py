"""Where documents stand, how they got there, and the one way to move them on: each step with who, when and why.

The release of a planned order is told by its row in `releases`, not here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import date as Day

import pandas as pd
from sqlalchemy import Connection, DateTime, Select, func, insert, literal, select, update

from calculations.errors import KitlineError
from models.database import among, read_frame, table_of
from models.states import TRANSITIONS, states_before

# Which life the documents of a table lead; see `states.TRANSITIONS`.
LIVES = {
    "sales_orders": "sales_orders",
    "purchase_orders": "supply_orders",
    "work_orders": "supply_orders",
    "subcontract_orders": "supply_orders",
    "planned_orders": "planned_orders",
    "order_changes": "order_changes",
}


class ImpossibleTransition(KitlineError):
    """A document cannot go from its state to the one asked for."""

    kind = "impossible_transition"


@dataclass(frozen=True)
class Because:
    """Who moves a document on, in which run, and why; `by` and `reason` may be blank where facts speak."""

    run: str
    as_of: Day
    by: str = ""
    reason: str = ""


def change_state(connection: Connection, table: str, numbers: list[str], state: str, because: Because) -> int:
    """Move documents on, if they are in a state from which that is allowed, and record each step.

    Args:
        numbers: values of the table's key column; one that is in the state already stays as it is.
    Returns:
        how many were moved.
    Raises:
        ImpossibleTransition: one of them is elsewhere; nothing is changed.
    """
    if not numbers:
        return 0
    documents, life = table_of(table), LIVES[table]
    key = next(iter(documents.primary_key.columns))
    mine = among(connection, key, numbers)
    # the rows are locked first: of two who decide at once the second sees what the first one did
    locked = select(key, documents.c.state).where(mine).order_by(key).with_for_update()
    allowed = (state, *states_before(life, state))
    for number, before in connection.execute(locked):
        if before not in allowed:
            reachable = " or ".join(TRANSITIONS[life][before]) or "nothing"
            raise ImpossibleTransition(f"{table} {number} is {before} and can become {reachable}, not {state}")
    moving = mine & (documents.c.state != state)
    connection.execute(_events(table, key, documents.c.state, moving, state, because))
    return connection.execute(update(documents).where(moving).values(state=state)).rowcount


def _events(table: str, key, before, moving, state: str, because: Because):
    """The statement that records the next step of every document that moves."""
    events = table_of("document_events")
    last = select(func.max(events.c.position)).where(events.c.table == table, events.c.document == key)
    step = select(
        literal(table), key, func.coalesce(last.scalar_subquery(), 0) + 1, before, literal(state),
        literal(datetime.now(UTC), DateTime(timezone=True)), literal(because.as_of, events.c.as_of.type),
        literal(because.by), literal(because.reason), literal(because.run),
    ).where(moving)  # fmt: skip
    columns = ["table", "document", "position", "before", "after", "at", "as_of", "by", "reason", "run"]
    return insert(events).from_select(columns, step)


def events_of(connection: Connection, tables: tuple[str, ...], document: str) -> pd.DataFrame:
    """The steps of a document, oldest first: table, before, after, at, as_of, by, reason, run."""
    events = table_of("document_events")
    columns = ("table", "position", "before", "after", "at", "as_of", "by", "reason", "run")
    query: Select = select(*(events.c[name] for name in columns)).where(
        events.c.table.in_(tables), events.c.document == document
    )
    return read_frame(connection, query.order_by(events.c.at, events.c.position))
