"""What a planning run suggests, for whom and with which warnings."""

from datetime import date as Day

import pandas as pd
from sqlalchemy import Connection, delete, exists, or_, select, update
from sqlmodel import SQLModel

from models.columns import BLANK, MICRO, choice, code, day, decimal, origin, state, text, whole, yes_no
from models.states import PLANNED_ORDER

ORDER_KINDS = ("purchase", "production", "subcontract")
EXCEPTION_KINDS = (
    "expedite",
    "defer",
    "cancel",
    "past_due_release",
    "past_due_demand",
    "overdue_receipt",
    "below_safety_stock",
    "no_bom",
    "no_supplier",
    "no_lead_time",
    "overload",
    "late_order",
)
# What a planning run derives beside its orders, and the next run makes anew.
DERIVED = ("pegs", "requirements", "planning_exceptions", "substitutions", "work_center_loads", "overload_orders",
           "plan_changes")  # fmt: skip
S = {"stored_only": True}
SIGNED = {"stored_only": True, "low": None, "high": None}


class PlannedOrder(SQLModel, table=True):
    """A suggestion to buy, make or subcontract; firm and approved ones survive the next run."""

    __tablename__ = "planned_orders"
    number: str = code("number of the planned order", key=True, **S)
    run: str = code("planning run", default="", **S)
    item: str = code("item code", references="items.item", **S)
    kind: str = choice("what it asks for", ORDER_KINDS, **S)
    quantity_micro: int = decimal("quantity to start or order", **SIGNED)
    receipt_quantity_micro: int = decimal("quantity expected after yield", **SIGNED)
    release_date: Day = day("day to release it", **S)
    due_date: Day = day("day it is due", **S)
    need_date: Day = day("day it is needed", **S)
    yield_rate_micro: int = decimal("good share it was planned with", default=MICRO, **SIGNED)
    supplier: str | None = code("suggested supplier", default=None, references="suppliers.supplier", **S)
    unit_price_micro: int | None = decimal("suggested price", default=BLANK, **SIGNED)
    firm: bool = yes_no("is not changed by a planning run", **S)
    gross_micro: int | None = decimal("required on the need date", default=BLANK, **SIGNED)
    available_micro: int | None = decimal("on hand and expected, before that requirement", default=BLANK, **SIGNED)
    safety_stock_micro: int | None = decimal("safety stock that had to remain", default=BLANK, **SIGNED)
    net_micro: int | None = decimal("net requirement: required + safety stock − available", default=BLANK, **SIGNED)
    covered_micro: int | None = decimal("net requirement of all the days it covers", default=BLANK, **SIGNED)
    lot_sizing: str | None = code("rule by which requirements became an order", default=None, added=True, **S)
    lot_micro: int | None = decimal("fixed lot", default=BLANK, **SIGNED)
    minimum_micro: int | None = decimal("smallest quantity that may be ordered", default=BLANK, **SIGNED)
    multiple_micro: int | None = decimal("only multiples of this may be ordered", default=BLANK, **SIGNED)
    maximum_micro: int | None = decimal("largest quantity of one order", default=BLANK, **SIGNED)
    ordered_micro: int | None = decimal("ordered for the day, over all parts of a split", default=BLANK, **SIGNED)
    ahead_days: int | None = whole("working days it is due before the need", default=BLANK, low=None, **S)
    lead_time_days: int | None = whole("working days from release to due date", default=BLANK, low=None, **S)
    reason: str = text("the arithmetic behind the quantity and the dates", **S)
    origin: str = origin()
    state: str = state(PLANNED_ORDER, "suggested")


class Peg(SQLModel, table=True):
    """A quantity of a supply that serves a demand."""

    __tablename__ = "pegs"
    run: str = code("planning run", key=True, **S)
    # in the key, so that what a supply serves is found without an index of its own
    supply: str = code("number of the supply", key=True, **S)
    position: int = whole("position in the run", key=True, **S)
    supply_kind: str = code("stock, purchase_order, work_order, subcontract_order or planned_order", **S)
    supply_line: int | None = whole("line of the supply", default=BLANK, **S)
    demand_kind: str = code("kind of the demand", **S)
    demand: str = code("number of the demand", **S)
    line: int | None = whole("line of the demand", default=BLANK, **S)
    item: str = code("item code", **S)
    date: Day = day("date of the demand", **S)
    quantity_micro: int = decimal("quantity served", **SIGNED)


class Requirement(SQLModel, table=True):
    """The netting of an item on a day: every term of the projected available quantity."""

    __tablename__ = "requirements"
    run: str = code("planning run", key=True, **S)
    item: str = code("item code", key=True, **S)
    date: Day = day("day", key=True, **S)
    gross_micro: int = decimal("gross requirements", **SIGNED)
    scheduled_receipts_micro: int = decimal("open orders due", **SIGNED)
    planned_receipts_micro: int = decimal("planned orders due", **SIGNED)
    safety_stock_micro: int = decimal("safety stock that has to remain", **SIGNED)
    net_micro: int = decimal("net requirement", **SIGNED)
    projected_available_micro: int = decimal("stock after the day", **SIGNED)


class PlanningException(SQLModel, table=True):
    """An action message: what is wrong and the remedy; rank 1 is the most pressing."""

    __tablename__ = "planning_exceptions"
    run: str = code("planning run", key=True, **S)
    rank: int = whole("1 is the most pressing", key=True, low=1, high=10**9, **S)
    kind: str = choice("kind of exception", EXCEPTION_KINDS, **S)
    item: str = code("item code", default="", **S)
    order: str = code("document concerned", default="", **S)
    line: int | None = whole("line of the document", default=BLANK, **S)
    date: Day | None = day("date concerned", default=None, **S)
    quantity_micro: int | None = decimal("quantity concerned", default=BLANK, **SIGNED)
    days: int | None = whole("working days at risk: how late, how overdue, how far to move", default=BLANK, **S)
    value_micro: int | None = decimal("money at risk in the plant's currency; blank where no price is known",
                                      default=BLANK, **SIGNED)  # fmt: skip
    message: str = text("what is wrong and what to do", **S)


class Substitution(SQLModel, table=True):
    """A decision to use a substitute."""

    __tablename__ = "substitutions"
    run: str = code("planning run", key=True, **S)
    position: int = whole("position in the run", key=True, **S)
    item: str = code("main material", **S)
    substitute: str = code("material used instead", **S)
    date: Day = day("day of the requirement", **S)
    quantity_micro: int = decimal("quantity of the main material replaced", **SIGNED)


class Release(SQLModel, table=True):
    """A planned order went into a document, once: the key is the planned order."""

    __tablename__ = "releases"
    planned_order: str = code("planned order", key=True, references="planned_orders.number", **S)
    order: str = code("document it became", **S)
    line: int | None = whole("line of the document", default=BLANK, **S)
    quantity_micro: int = decimal("quantity released", **SIGNED)
    run: str = code("release run", default="", **S)


def surviving_orders(connection: Connection) -> pd.DataFrame:
    """Planned orders that the next run does not replace: firm, approved, released and rejected ones."""
    from models.database import read_table, table_of

    orders = table_of("planned_orders")
    return read_table(connection, "planned_orders", or_(orders.c.state != "suggested", orders.c.firm.is_(True)))


def rejected_suggestions(connection: Connection) -> pd.DataFrame:
    """Suggestions that people turned down; not those that fell with them, of which no step is recorded."""
    from models.database import read_table, table_of

    orders = table_of("planned_orders")
    return read_table(connection, "planned_orders", orders.c.state == "rejected", _decided(orders))


def _decided(orders):
    from models.database import table_of

    events = table_of("document_events")
    mine = (events.c.table == "planned_orders") & (events.c.document == orders.c.number)
    return exists().where(mine, events.c.after == "rejected")


def pegs_of_supply(connection: Connection, kinds: tuple[str, ...]) -> pd.DataFrame:
    """What supply of these kinds serves by the last plan."""
    from models.database import read_table, table_of

    return read_table(connection, "pegs", table_of("pegs").c.supply_kind.in_(kinds))


def plan_before(connection: Connection) -> dict[str, pd.DataFrame] | None:
    """What the last plan said, as `calculations.plan_changes` compares it; None where there is no plan yet.

    Planned orders that were released or rejected since are left out: people took them away, no plan did.
    """
    from models.database import read_frame, table_of
    from models.progress import LIVE, latest_run

    run = latest_run(connection, "material_planning")
    if not run:
        return None
    orders, messages = table_of("planned_orders"), table_of("planning_exceptions")
    live = (orders.c.run == run) & orders.c.state.in_(LIVE)
    columns = ("kind", "item", "order", "line", "date", "quantity_micro")
    return {
        "planned_orders": read_frame(
            connection,
            select(*(orders.c[name] for name in ("item", "kind", "need_date", "quantity_micro"))).where(live),
        ),
        "exceptions": read_frame(
            connection, select(*(messages.c[name] for name in columns)).where(messages.c.run == run)
        ),
    }


def replace_plan(connection: Connection, run: str, rejected: pd.DataFrame) -> int:
    """Make room for the plan of `run`: suggestions of earlier runs go, with everything those runs derived.

    Firm and approved orders stay and belong to the new run, whose pegs say what they serve; released ones stay as they
    are. Rejected ones stay unless the new plan has them again (`rejected`: number). Returns how many suggestions went.
    """
    from models.database import among, table_of

    for name in DERIVED:
        connection.execute(delete(table_of(name)))
    orders = table_of("planned_orders")
    gone = connection.execute(delete(orders).where(orders.c.state == "suggested", orders.c.firm.is_(False)))
    again = among(connection, orders.c.number, rejected["number"].tolist()) | ~_decided(orders)
    connection.execute(delete(orders).where(orders.c.state == "rejected", again))
    kept = orders.c.state.in_(("suggested", "firm", "approved"))
    connection.execute(update(orders).where(kept).values(run=run))
    return gone.rowcount
