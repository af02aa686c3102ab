"""Purchase requisitions: which planned order was made for which shortage of a work order."""

import pandas as pd
from sqlalchemy import Connection, delete, select
from sqlmodel import SQLModel

from models.columns import code, decimal, whole

S = {"stored_only": True}
SIGNED = {"stored_only": True, "low": None, "high": None}


class Requisition(SQLModel, table=True):
    """A shortage of an open work order that a firm planned order answers; the key lets it be answered once."""

    __tablename__ = "requisitions"
    order: str = code("work order", key=True, references="work_orders.order", **S)
    item: str = code("component", key=True, references="items.item", **S)
    turn: int = whole("counts the requisitions for this work order and component", key=True, **S)
    planned_order: str = code("planned order made for it", references="planned_orders.number", unique=True, **S)
    short_micro: int = decimal("shortage it answers", **SIGNED)
    quantity_micro: int = decimal("quantity requisitioned", **SIGNED)
    run: str = code("run that made it", **S)


def withdraw_suggestions(connection: Connection, numbers: list[str]) -> int:
    """Delete suggestions that a requisition takes the place of, with their pegs and messages; returns how many.

    What has been firmed, approved or released meanwhile stays.
    """
    from models.database import chunks, table_of

    planned, gone = table_of("planned_orders"), []
    for chunk in chunks(numbers):
        suggested = (planned.c.state == "suggested") & planned.c.firm.is_(False)
        taken = delete(planned).where(planned.c.number.in_(chunk), suggested).returning(planned.c.number)
        gone += list(connection.scalars(taken))
    for chunk in chunks(gone):
        pegs, messages = table_of("pegs"), table_of("planning_exceptions")
        connection.execute(delete(pegs).where(pegs.c.supply_kind == "planned_order", pegs.c.supply.in_(chunk)))
        connection.execute(delete(messages).where(messages.c.order.in_(chunk)))
    return len(gone)


def releases_of_requisitions(connection: Connection) -> pd.DataFrame:
    """The document lines that requisitions became."""
    from models.database import read_table, table_of

    releases, made = table_of("releases"), table_of("requisitions")
    return read_table(connection, "releases", releases.c.planned_order.in_(select(made.c.planned_order)))


def pegs_of_work_orders(connection: Connection) -> pd.DataFrame:
    """What serves open work orders, and what they serve, by the last plan."""
    from models.database import read_table, table_of

    pegs = table_of("pegs")
    return read_table(connection, "pegs", (pegs.c.demand_kind == "work_order") | (pegs.c.supply_kind == "work_order"))
