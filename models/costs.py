"""What a cost closing writes; replaced by the next closing of the period until the period is locked."""

from sqlmodel import SQLModel

from models.columns import BLANK, choice, code, decimal, instant, origin, period, state, whole
from models.states import PERIOD

S = {"stored_only": True}
SIGNED = {"stored_only": True, "low": None, "high": None}


class Period(SQLModel, table=True):
    """A month of the books."""

    __tablename__ = "periods"
    period: str = period("month", key=True, **S)
    state: str = state(PERIOD, "open")
    closed_by: str = code("run that closed it", default="", **S)
    locked_at: object = instant("when it was locked")


class CostEntry(SQLModel, table=True):
    """One posted amount."""

    __tablename__ = "cost_entries"
    number: str = code("period/position", key=True, **S)
    period: str = period("month", **S)
    kind: str = code("term of the identity or step of the closing", **S)
    order: str = code("document", default="", **S)
    line: int | None = whole("line", default=BLANK, **S)
    item: str = code("item code", default="", **S)
    element: str = code("cost element", default="", **S)
    pool: str = code("overhead pool", default="", **S)
    quantity_micro: int | None = decimal("quantity", default=BLANK, **SIGNED)
    amount_micro: int = decimal("amount, a whole number of minor units", **SIGNED)
    origin: str = origin()


class ItemCost(SQLModel, table=True):
    """Actual unit cost of an item in a period and the value of its closing stock."""

    __tablename__ = "item_costs"
    period: str = period("month", key=True, **S)
    item: str = code("item code", key=True, references="items.item", **S)
    unit_cost_micro: int = decimal("actual cost of one unit", **SIGNED)
    quantity_micro: int = decimal("closing stock", **SIGNED)
    amount_micro: int = decimal("value of the closing stock", **SIGNED)


class WorkInProcess(SQLModel, table=True):
    """Cost left in an open work or subcontract order at the end of a period."""

    __tablename__ = "wip"
    period: str = period("month", key=True, **S)
    order: str = code("work or subcontract order", key=True, **S)
    element: str = choice("cost element", ("material", "labor", "machine", "overhead", "subcontract"), key=True, **S)
    quantity_micro: int = decimal("units in process", **SIGNED)
    amount_micro: int = decimal("amount", **SIGNED)


class OrderMargin(SQLModel, table=True):
    """What an order line earned in a period."""

    __tablename__ = "order_margins"
    period: str = period("month", key=True, **S)
    order: str = code("sales order", key=True, **S)
    line: int = whole("line", key=True, **S)
    customer: str = code("customer code", **S)
    item: str = code("item code", **S)
    quantity_micro: int = decimal("shipped quantity", **SIGNED)
    revenue_micro: int = decimal("revenue", **SIGNED)
    cost_micro: int = decimal("actual cost of what was shipped", **SIGNED)
    rework_micro: int = decimal("rework caused", default=0, **SIGNED)
    freight_micro: int = decimal("freight paid", default=0, **SIGNED)
    returns_micro: int = decimal("revenue of returned goods less their cost", default=0, **SIGNED)
    margin_micro: int = decimal("revenue less all of these", **SIGNED)


class CostIdentity(SQLModel, table=True):
    """The terms that must balance at every close."""

    __tablename__ = "cost_identity"
    period: str = period("month", key=True, **S)
    term: str = code("term", key=True, **S)
    amount_micro: int = decimal("amount", **SIGNED)
