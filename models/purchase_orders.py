"""Purchase orders."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import code, day, decimal, origin, state, whole
from models.states import SUPPLY_ORDER


class PurchaseOrder(SQLModel, table=True):
    """What was ordered from a vendor."""

    __tablename__ = "purchase_orders"
    order: str = code("order number", key=True)
    supplier: str = code("supplier code", references="suppliers.supplier")
    order_date: Day = day("day of the order")
    origin: str = origin()
    state: str = state(SUPPLY_ORDER, "released")


class PurchaseOrderLine(SQLModel, table=True):
    """A line of a purchase order; `received_quantity` is what came before Kitline saw the order."""

    __tablename__ = "purchase_order_lines"
    order: str = code("order number", key=True, references="purchase_orders.order")
    line: int = whole("line number", key=True)
    item: str = code("item code", references="items.item")
    quantity_micro: int = decimal("quantity ordered", above=0)
    due_date: Day = day("day it should arrive")
    unit_price_micro: int | None = decimal("price of one unit", default=None)
    received_quantity_micro: int = decimal("received before this import", default=0)
    origin: str = origin()
