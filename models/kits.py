"""Results of kitting checks."""

from datetime import date as Day

from sqlalchemy import Connection, delete, select
from sqlmodel import SQLModel

from models.columns import choice, code, day, decimal, whole

S = {"stored_only": True}
SIGNED = {"stored_only": True, "low": None, "high": None}
KIT_STATUSES = ("ready", "partial", "short", "no_bom")


class Kit(SQLModel, table=True):
    """How many complete sets an order line can have."""

    __tablename__ = "kits"
    run: str = code("kitting run", key=True, **S)
    order: str = code("order", key=True, **S)
    line: int = whole("line", key=True, **S)
    item: str = code("item code", **S)
    required_sets_micro: int = decimal("sets asked for", **SIGNED)
    complete_sets_micro: int = decimal("sets every component is there for", **SIGNED)
    status: str = choice("result", KIT_STATUSES, **S)
    kit_date: Day | None = day("first day all components are covered", default=None, **S)
    bottleneck: str = code("component that decides", default="", **S)


class Shortage(SQLModel, table=True):
    """A component an order line lacks, and what will cover it."""

    __tablename__ = "shortages"
    run: str = code("kitting run", key=True, **S)
    order: str = code("order", key=True, **S)
    line: int = whole("line", key=True, **S)
    item: str = code("component", key=True, **S)
    required_micro: int = decimal("needed", **SIGNED)
    available_micro: int = decimal("there", **SIGNED)
    short_micro: int = decimal("missing", **SIGNED)
    covered_by: str = code("supply that covers it", default="", **S)
    covered_date: Day | None = day("day it is covered", default=None, **S)


def forget_kits(connection: Connection, as_of: Day) -> None:
    """Take out what earlier checks of the same day found; a day has one answer."""
    from models.database import table_of

    runs = table_of("runs")
    earlier = select(runs.c.number).where(runs.c.stage == "kitting_check", runs.c.as_of == as_of)
    for name in ("shortages", "kits"):
        table = table_of(name)
        connection.execute(delete(table).where(table.c.run.in_(earlier)))
