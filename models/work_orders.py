"""Work orders and the components they need."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import choice, code, day, decimal, origin, state
from models.states import SUPPLY_ORDER


class WorkOrder(SQLModel, table=True):
    """An order to make an item; completed and scrapped are what happened before Kitline saw the order."""

    __tablename__ = "work_orders"
    order: str = code("order number", key=True)
    item: str = code("item to make", references="items.item")
    quantity_micro: int = decimal("quantity to start", above=0)
    start_date: Day = day("day work starts")
    due_date: Day = day("day it should be done")
    completed_quantity_micro: int = decimal("good quantity before this import", default=0)
    scrapped_quantity_micro: int = decimal("scrapped quantity before this import", default=0)
    kind: str = choice("why it exists", ("production", "rework"), "production", stored_only=True)
    origin: str = origin()
    state: str = state(SUPPLY_ORDER, "released")


class WorkOrderComponent(SQLModel, table=True):
    """What a work order needs in all, and what was issued before Kitline saw it."""

    __tablename__ = "work_order_components"
    order: str = code("order number", key=True, references="work_orders.order")
    item: str = code("component", key=True, references="items.item")
    quantity_micro: int = decimal("quantity the whole order needs")
    issued_quantity_micro: int = decimal("issued before this import", default=0)
    issue_method: str = choice("blank: as the bill of materials says", ("issue", "backflush", "none", ""), "",
                               stored_only=True)  # fmt: skip
