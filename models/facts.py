"""Facts: one row, one thing that happened. `event` is the sender's key, so a fact sent twice counts once.

A fact is pending until a posting run turned it into moves (posted) or could not (refused, its reason in quarantine).
"""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import BLANK, MICRO, choice, code, day, decimal, period, state, text, whole
from models.inspection_plans import STAGES
from models.states import FACT

DISPOSITIONS = ("rework", "return", "scrap")
BASES = ("completed_quantity", "labor_hours", "machine_hours", "material_cost", "standard_cost", "direct")


class Receipt(SQLModel, table=True):
    """Goods that arrived for a purchase or subcontract order."""

    __tablename__ = "receipts"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    order: str = code("purchase or subcontract order")
    line: int | None = whole("line of the purchase order", default=BLANK)
    quantity_micro: int = decimal("quantity received", above=0)
    lot: str = code("lot number", default="")
    warehouse: str = code("where it was put", default="MAIN")
    unit: str | None = code("unit of the quantity; blank is the stocking unit", default=BLANK, added=True)
    deliver_to: str | None = code("subcontract or work order the supplier sent it to directly", default=BLANK,
                                  added=True)  # fmt: skip
    state: str = state(FACT, "pending")


class Issue(SQLModel, table=True):
    """Material handed to a work order or sent for a subcontract order; negative is a return."""

    __tablename__ = "issues"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    order: str = code("work or subcontract order")
    item: str = code("component", references="items.item")
    quantity_micro: int = decimal("quantity; negative comes back", low=-(10**9) * MICRO)
    lot: str = code("lot number; blank takes the oldest", default="")
    warehouse: str = code("where it was taken; blank takes the oldest wherever it lies", default="")
    unit: str | None = code("unit of the quantity; blank is the stocking unit", default=BLANK, added=True)
    state: str = state(FACT, "pending")


class Completion(SQLModel, table=True):
    """Good and scrapped units reported on a work order."""

    __tablename__ = "completions"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    order: str = code("work order")
    quantity_micro: int = decimal("good units")
    scrapped_quantity_micro: int = decimal("scrapped units", default=0)
    scrap_reason: str = text("why they were scrapped", default=None)
    lot: str = code("lot number", default="")
    operation: str | None = code("operation where the scrapped units were lost", default=BLANK, added=True)
    state: str = state(FACT, "pending")


class TimeEntry(SQLModel, table=True):
    """Hours worked on a work order."""

    __tablename__ = "time_entries"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    order: str = code("work order")
    work_center: str = code("where", references="work_centers.work_center")
    labor_hours_micro: int = decimal("labor hours", default=0)
    machine_hours_micro: int = decimal("machine hours", default=0)
    operation: str = code("operation", default=None)
    quantity_micro: int | None = decimal("units that passed the operation", default=BLANK, above=0)
    state: str = state(FACT, "pending")


class Inspection(SQLModel, table=True):
    """A decision on goods that waited for inspection."""

    __tablename__ = "inspections"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    stage: str = choice("where it was inspected", STAGES)
    order: str = code("purchase, subcontract or work order")
    line: int | None = whole("line of the purchase order", default=BLANK)
    lot: str = code("lot number", default="")
    inspected_quantity_micro: int = decimal("quantity decided on", above=0)
    accepted_quantity_micro: int = decimal("good quantity")
    concession_quantity_micro: int = decimal("used as it is, with approval", default=0)
    rejected_quantity_micro: int = decimal("rejected quantity", default=0)
    disposition: str = choice("what becomes of the rejected", (*DISPOSITIONS, ""), "")
    reason: str = text("why it was rejected", default=None)
    inspector: str = text("who decided", default=None)
    state: str = state(FACT, "pending")


class Reading(SQLModel, table=True):
    """One measured value of an inspection."""

    __tablename__ = "readings"
    event: str = code("inspection it belongs to", key=True, references="inspections.event")
    characteristic: str = code("what was measured", key=True)
    sample: int = whole("piece", key=True)
    value_micro: int = decimal("measured value; of an attribute, 0 is good", low=-(10**9) * MICRO)


class Shipment(SQLModel, table=True):
    """Goods that left for a customer."""

    __tablename__ = "shipments"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    order: str = code("sales order")
    line: int = whole("line of the sales order")
    quantity_micro: int = decimal("quantity shipped", above=0)
    lot: str = code("lot number; blank takes the oldest", default="")
    unit: str | None = code("unit of the quantity; blank is the stocking unit", default=BLANK, added=True)
    freight_micro: int | None = decimal("freight we paid", default=BLANK)
    state: str = state(FACT, "pending")


class CustomerReturn(SQLModel, table=True):
    """Goods that came back from a customer; they wait for inspection."""

    __tablename__ = "customer_returns"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    order: str = code("sales order")
    line: int = whole("line of the sales order")
    quantity_micro: int = decimal("quantity returned", above=0)
    lot: str = code("lot number", default="")
    freight_micro: int | None = decimal("freight we paid", default=BLANK)
    state: str = state(FACT, "pending")


class Expense(SQLModel, table=True):
    """An overhead pool of a period, or an addition to it."""

    __tablename__ = "expenses"
    event: str = code("the sender's key of the fact", key=True)
    period: str = period("month of the expense")
    pool: str = code("overhead pool")
    amount_micro: int = decimal("amount", low=-(10**9) * MICRO)
    scope: str = text("all, work_center:CODE or order:CODE", default="all")
    basis: str = choice("what it is allocated by", BASES, "completed_quantity")
    state: str = state(FACT, "pending")


class OpeningWorkInProcess(SQLModel, table=True):
    """Cost already in a work order before Kitline saw it."""

    __tablename__ = "opening_wip"
    order: str = code("work order", key=True, references="work_orders.order")
    element: str = choice("cost element", ("material", "labor", "machine", "overhead", "subcontract"), key=True)
    amount_micro: int = decimal("amount")
    quantity_micro: int | None = decimal("units in process", default=BLANK)
    degree_micro: int | None = decimal("degree of completion", default=BLANK, high=MICRO)
