"""Work centers, routings and the plant's calendar."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import MICRO, REQUIRED, code, day, decimal, text, yes_no


class WorkCenter(SQLModel, table=True):
    """Where work is done, at which rates and with how many hours a working day."""

    __tablename__ = "work_centers"
    work_center: str = code("work center code", key=True)
    name: str = text("name on documents", default=None)
    labor_rate_micro: int = decimal("cost of one labor hour", default=0)
    machine_rate_micro: int = decimal("cost of one machine hour", default=0)
    capacity_hours_micro: int = decimal("hours a working day", default=8 * MICRO)


class Operation(SQLModel, table=True):
    """A step of an item's routing."""

    __tablename__ = "operations"
    item: str = code("item made", key=True, references="items.item")
    operation: str = code("step, in the order of its name or number", key=True)
    work_center: str = code("where it is done", references="work_centers.work_center")
    setup_hours_micro: int = decimal("hours once an order", default=0)
    run_hours_per_unit_micro: int = decimal("hours for one unit", default=0)
    inspect: bool = yes_no("is inspected before the next step")


class CalendarDay(SQLModel, table=True):
    """A day that differs from Monday–Friday."""

    __tablename__ = "calendar"
    date: Day = day("the day", key=True)
    working: bool = yes_no("yes: a worked weekend day, no: a holiday", default=REQUIRED)


class ExchangeRate(SQLModel, table=True):
    """Units of the plant's currency for one of the foreign currency, from a day on."""

    __tablename__ = "exchange_rates"
    currency: str = code("currency code", key=True)
    date: Day = day("first day of the rate", key=True)
    rate_micro: int = decimal("plant currency for one foreign unit", above=0)


class Forecast(SQLModel, table=True):
    """Expected demand of a day; orders consume it."""

    __tablename__ = "forecasts"
    item: str = code("item code", key=True, references="items.item")
    date: Day = day("day of the demand", key=True)
    quantity_micro: int = decimal("expected quantity")
