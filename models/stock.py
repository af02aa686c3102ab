"""Stock: opening balances as imported, and append-only moves; a balance is always the sum of its moves."""

from datetime import date as Day

from sqlalchemy import Index
from sqlmodel import SQLModel

from models.columns import BLANK, choice, code, day, decimal, origin, whole

STATUSES = ("available", "inspection", "blocked", "at_subcontractor", "in_production")
# Set aside for an order; only a reservation gets it there, no opening balance.
RESERVED = "reserved"
MOVE_KINDS = (
    "opening",
    "receipt",
    "issue",
    "return_issue",
    "consumption",
    "completion",
    "scrap",
    "rework",
    "subcontract_receipt",
    "send",
    "return_send",
    "inspection",
    "supplier_return",
    "shipment",
    "customer_return",
    "transfer",
    "adjustment",
    "reservation",
)


class OpeningStock(SQLModel, table=True):
    """What lay in stock before the first fact; equal keys on purpose get a `layer` each."""

    __tablename__ = "stock"
    item: str = code("item code", key=True, references="items.item")
    quantity_micro: int = decimal("quantity", low=None)
    warehouse: str = code("warehouse", default="MAIN", key=True)
    lot: str = code("lot number", default="", key=True)
    status: str = choice("what may be done with it", STATUSES, "available", key=True)
    unit_cost_micro: int | None = decimal("cost of one unit", default=BLANK)
    received_date: Day | None = day("day it came in", default=BLANK)
    layer: int = whole("counts rows of the same place, lot and status", default=1, key=True, stored_only=True)


class StockMove(SQLModel, table=True):
    """One change of one balance."""

    __tablename__ = "stock_moves"
    __table_args__ = (Index(None, "order", "kind"), Index(None, "item", "date"))
    number: str = code("table:event/n of the fact that caused it", key=True, stored_only=True)
    date: Day = day("business date", stored_only=True)
    item: str = code("item code", references="items.item", stored_only=True)
    warehouse: str = code("warehouse", stored_only=True)
    lot: str = code("lot number", default="", stored_only=True)
    status: str = choice("status of the balance it changes", (*STATUSES, RESERVED), stored_only=True)
    quantity_micro: int = decimal("change, signed", low=None, high=None, stored_only=True)
    kind: str = choice("what happened", MOVE_KINDS, stored_only=True)
    order: str = code("document", default="", stored_only=True)
    line: int | None = whole("line of the document", default=BLANK, stored_only=True)
    unit_cost_micro: int | None = decimal("provisional cost of one unit", default=BLANK, low=None, high=None,
                                          stored_only=True)  # fmt: skip
    origin: str = origin()
