"""Supply and capacity that a promise holds for a customer who has not ordered yet."""

from datetime import date as Day

import pandas as pd
from sqlalchemy import Connection, exists, func, or_, select, update
from sqlmodel import SQLModel

from calculations.errors import KitlineError
from calculations.promise_reservations import with_reservations
from models.columns import BLANK, choice, code, day, decimal, state, text, whole
from models.states import RESERVATION

S = {"stored_only": True}


class UnknownReservation(KitlineError):
    """A number that is no reservation, or of one that holds nothing any more."""

    kind = "unknown_reservation"


class PromiseReservation(SQLModel, table=True):
    """A part of a promise that is held until its last day, until the order comes, or until somebody gives it up."""

    __tablename__ = "promise_reservations"
    reservation: str = code("number of the reservation", key=True, **S)
    part: int = whole("part of the promise, by date", key=True, **S)
    opportunity: str | None = code("opportunity it is for", default=None, references="opportunities.opportunity", **S)
    line: int | None = whole("line of the opportunity", default=BLANK, **S)
    customer: str | None = code("customer it is for", default=None, references="customers.customer", **S)
    item: str = code("item code", references="items.item", **S)
    quantity_micro: int = decimal("quantity held", above=0, **S)
    requested_date: Day = day("day the customer wants it", **S)
    promised_date: Day = day("day promised", **S)
    decision: str = choice("what the promise was", ("accept", "partial", "later"), **S)
    priority: int = whole("1 is served first", low=1, high=99, **S)
    valid_until: Day = day("last day on which it holds", **S)
    run: str = code("run that made it", default="", **S)
    reason: str = text("what decided the promised date", **S)
    state: str = state(RESERVATION, "held")


def reservations_in_force(connection: Connection, as_of: Day) -> pd.DataFrame:
    """Parts that still hold supply on the day; those of an opportunity that is lost or ordered do not."""
    from models.database import read_table

    return read_table(connection, "promise_reservations", _in_force(as_of))


def with_reserved_demand(connection: Connection, world: dict[str, pd.DataFrame], as_of: Day) -> dict[str, pd.DataFrame]:
    """A world with the reservations in force among its order lines, for whoever treats them like orders."""
    return with_reservations({**world, "promise_reservations": reservations_in_force(connection, as_of)})


def _in_force(as_of: Day):
    from models.database import table_of

    held, opportunities, orders = (table_of(name) for name in ("promise_reservations", "opportunities", "sales_orders"))
    lost = exists().where(opportunities.c.opportunity == held.c.opportunity, opportunities.c.stage == "lost")
    ordered = exists().where(orders.c.opportunity == held.c.opportunity)
    return (held.c.state == "held") & (held.c.valid_until >= as_of) & ~or_(lost, ordered)


def end_reservations(connection: Connection, state: str, **of) -> int:
    """Take held parts out of force: `state` is released, replaced or consumed; returns how many.

    Args:
        of: columns and values (a list means any of them) that name the parts.
    """
    from models.database import table_of

    held = table_of("promise_reservations")
    statement = update(held).where(held.c.state == "held").values(state=state)
    for column, value in of.items():
        listed = isinstance(value, (list, tuple))
        statement = statement.where(held.c[column].in_(value) if listed else held.c[column] == value)
    return connection.execute(statement).rowcount


def give_up(connection: Connection, number: str) -> int:
    """Release a reservation by hand; returns how many parts.

    Raises:
        UnknownReservation: nothing has the number, or it holds nothing any more.
    """
    from models.database import table_of

    ended = end_reservations(connection, "released", reservation=number)
    if not ended:
        held = table_of("promise_reservations")
        known = connection.scalar(select(func.max(held.c.state)).where(held.c.reservation == number))
        if known is None:
            raise UnknownReservation(f"there is no reservation {number}; kitline reservations lists those in force")
        raise UnknownReservation(f"reservation {number} is {known} already and holds nothing")
    return ended
