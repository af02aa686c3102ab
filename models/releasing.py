"""Planned orders that may be released, and the claim that lets one run alone release each of them."""

from datetime import date

import pandas as pd
from sqlalchemy import Connection, select, update

from models.database import chunks, read_table, table_of
from models.states import states_before


def planned_orders_due(connection: Connection, until: date) -> pd.DataFrame:
    """Planned orders to be released up to a day that are neither released nor rejected."""
    planned = table_of("planned_orders")
    states = states_before("planned_orders", "released")
    return read_table(connection, "planned_orders", planned.c.state.in_(states), planned.c.release_date <= until)


def pegs_of(connection: Connection, planned: pd.DataFrame) -> pd.DataFrame:
    """What the planned orders of the same planning runs serve."""
    pegs = table_of("pegs")
    runs = planned["run"].unique().tolist() if len(planned) else []
    return read_table(connection, "pegs", pegs.c.supply_kind == "planned_order", pegs.c.run.in_(runs))


def claim_planned_orders(connection: Connection, numbers: list[str]) -> set[str]:
    """Mark planned orders as released, those that no other run was faster with; returns which.

    The condition on the state is looked at again once another transaction's lock is gone, so that of two runs one gets
    each order.
    """
    planned = table_of("planned_orders")
    states = states_before("planned_orders", "released")
    claimed: set[str] = set()
    for chunk in chunks(numbers):
        claim = update(planned).where(planned.c.number.in_(chunk), planned.c.state.in_(states)).values(state="released")
        claimed |= set(connection.scalars(claim.returning(planned.c.number)))
    return claimed


def releases_of(connection: Connection, order: str, line: int | None = None) -> list[str]:
    """The planned orders that went into a document, or into one of its lines."""
    releases = table_of("releases")
    query = select(releases.c.planned_order).where(releases.c.order == order).order_by(releases.c.planned_order)
    if line is not None:
        query = query.where((releases.c.line == line) | releases.c.line.is_(None))
    return list(connection.scalars(query))
