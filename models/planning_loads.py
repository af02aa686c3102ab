"""What a planning run asks of the work centers, and what it changed against the run before."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import BLANK, choice, code, day, decimal, whole

S = {"stored_only": True}
SIGNED = {"stored_only": True, "low": None, "high": None}
SUBJECTS = ("late_order", "exception", "planned_order")
CHANGES = ("new", "gone", "more", "less", "earlier", "later")


class WorkCenterLoad(SQLModel, table=True):
    """Hours asked of a work center in a week, against its capacity."""

    __tablename__ = "work_center_loads"
    run: str = code("planning run", key=True, **S)
    work_center: str = code("work center", key=True, **S)
    week: Day = day("Monday of the week", key=True, **S)
    hours_micro: int = decimal("hours of planned and open orders that start in it", **SIGNED)
    capacity_micro: int = decimal("hours of the calendar", **SIGNED)
    overload_micro: int = decimal("hours above the capacity", **SIGNED)
    orders: int = whole("orders that ask for them", default=0, high=10**9, **S)
    room_week: Day | None = day("week in which the last of an overload's hours find room", default=None, **S)


class OverloadOrder(SQLModel, table=True):
    """An order that asks for hours of an overloaded week, and the customer line that waits for it."""

    __tablename__ = "overload_orders"
    run: str = code("planning run", key=True, **S)
    position: int = whole("position in the run, the largest of a week first", key=True, high=10**9, **S)
    work_center: str = code("work center", **S)
    week: Day = day("Monday of the week", **S)
    order: str = code("work order or planned order", **S)
    item: str = code("item made", **S)
    hours_micro: int = decimal("hours it asks for", **SIGNED)
    lines: int = whole("customer lines that wait for it", default=0, high=10**9, **S)
    first_order: str = code("sales order of the line that is due first", default="", **S)
    first_line: int | None = whole("its line", default=BLANK, **S)
    first_due: Day | None = day("when it is due", default=None, **S)


class PlanChange(SQLModel, table=True):
    """A difference between a plan and the one it replaced."""

    __tablename__ = "plan_changes"
    run: str = code("planning run", key=True, **S)
    position: int = whole("position in the run", key=True, high=10**9, **S)
    subject: str = choice("what changed", SUBJECTS, **S)
    change: str = choice("how", CHANGES, **S)
    kind: str = code("kind of the planned order or exception", default="", **S)
    item: str = code("item code", default="", **S)
    order: str = code("document concerned", default="", **S)
    line: int | None = whole("line of the document", default=BLANK, **S)
    date_before: Day | None = day("need date or date concerned, before", default=None, **S)
    date: Day | None = day("need date or date concerned, now", default=None, **S)
    quantity_before_micro: int | None = decimal("quantity before", default=BLANK, **SIGNED)
    quantity_micro: int | None = decimal("quantity now", default=BLANK, **SIGNED)
