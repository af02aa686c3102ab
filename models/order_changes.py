"""Changes of sales orders: asked for, waiting for approval inside the frozen fence, applied or rejected."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import code, day, details, state, text
from models.states import ORDER_CHANGE

S = {"stored_only": True}


class OrderChange(SQLModel, table=True):
    """What somebody wants otherwise in an order, and what it looked like to him."""

    __tablename__ = "order_changes"
    number: str = code("number of the change", key=True, **S)
    order: str = code("sales order", references="sales_orders.order", **S)
    as_of: Day = day("business date on which it was asked for", **S)
    changes: list | None = details("what is to be otherwise, line by line")
    cancel_supply: list | None = details("supply orders to be reduced or cancelled with it")
    seen: str = code("digest of the order as the asker saw it", **S)
    by: str = text("who asked for it", **S)
    reason: str = text("why", **S)
    run: str = code("run that recorded it", default="", **S)
    state: str = state(ORDER_CHANGE, "submitted")
