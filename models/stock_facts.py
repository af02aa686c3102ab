"""Facts about stock itself: adjusted, moved, counted, and facts that were wrong and are undone."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import BLANK, MICRO, REQUIRED, choice, code, day, decimal, state, text, whole
from models.states import FACT

# What a person may adjust, move and count by himself; goods in inspection only move by a decision.
ON_THE_SHELF = ("available", "blocked")
REVERSIBLE = ("receipts", "issues", "completions", "time_entries", "shipments", "customer_returns", "transfers",
              "adjustments", "stock_counts")  # fmt: skip


class Reversal(SQLModel, table=True):
    """A fact that was wrong, undone with everything it did."""

    __tablename__ = "reversals"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it is undone")
    table: str = choice("table of the fact that is undone", REVERSIBLE)
    reversed_event: str = code("event of the fact that is undone")
    reason: str = text("why it is undone", default=REQUIRED)
    state: str = state(FACT, "pending")


class Adjustment(SQLModel, table=True):
    """Stock that was found, lost or spoiled."""

    __tablename__ = "adjustments"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    item: str = code("item code", references="items.item")
    quantity_micro: int = decimal("what is added to the books; negative is taken off", low=-(10**9) * MICRO)
    warehouse: str = code("where", default="MAIN")
    lot: str = code("lot number", default="")
    status: str = choice("status of the stock", ON_THE_SHELF, "available")
    reason: str = text("why", default=REQUIRED)
    state: str = state(FACT, "pending")


class Transfer(SQLModel, table=True):
    """Stock moved to another warehouse, blocked, or made usable again."""

    __tablename__ = "transfers"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it happened")
    item: str = code("item code", references="items.item")
    quantity_micro: int = decimal("quantity moved", above=0)
    from_warehouse: str = code("where it was taken", default="MAIN")
    to_warehouse: str = code("where it was put", default="MAIN")
    lot: str = code("lot number; blank takes what expires first", default="")
    from_status: str = choice("status it had", ON_THE_SHELF, "available")
    to_status: str = choice("status it has then; blank keeps it", (*ON_THE_SHELF, ""), "")
    reason: str = text("why", default=None)
    state: str = state(FACT, "pending")


class StockCount(SQLModel, table=True):
    """What was really there at the end of a day; the difference to the books is adjusted."""

    __tablename__ = "stock_counts"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it was counted")
    item: str = code("item code", references="items.item")
    counted_quantity_micro: int = decimal("quantity that was there")
    warehouse: str = code("where", default="MAIN")
    lot: str = code("lot number", default="")
    status: str = choice("status of the stock", ON_THE_SHELF, "available")
    reason: str = text("remark", default=None)
    state: str = state(FACT, "pending")


class StockReservation(SQLModel, table=True):
    """Stock set aside for an order, so that nothing else takes it; negative gives it back."""

    __tablename__ = "stock_reservations"
    event: str = code("the sender's key of the fact", key=True)
    date: Day = day("day it is set aside")
    order: str = code("sales, work or subcontract order")
    line: int | None = whole("line of the sales order", default=BLANK)
    item: str = code("component of the work or subcontract order; of a sales order its line says", default="")
    quantity_micro: int = decimal("quantity; negative gives back", low=-(10**9) * MICRO)
    warehouse: str = code("where it lies; blank takes what expires first wherever it lies", default="")
    lot: str = code("lot number; blank takes what expires first", default="")
    reason: str = text("why", default=None)
    state: str = state(FACT, "pending")
