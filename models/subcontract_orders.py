"""Subcontract orders and the material sent for them."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import code, day, decimal, origin, state
from models.states import SUPPLY_ORDER


class SubcontractOrder(SQLModel, table=True):
    """An order to process our material; received is what came before Kitline saw the order."""

    __tablename__ = "subcontract_orders"
    order: str = code("order number", key=True)
    supplier: str = code("subcontractor", references="suppliers.supplier")
    item: str = code("item to be delivered", references="items.item")
    quantity_micro: int = decimal("quantity ordered", above=0)
    due_date: Day = day("day it should arrive")
    fee_micro: int | None = decimal("processing fee for one unit; blank takes the supplier's price", default=None)
    received_quantity_micro: int = decimal("received before this import", default=0)
    origin: str = origin()
    state: str = state(SUPPLY_ORDER, "released")


class SubcontractOrderComponent(SQLModel, table=True):
    """Material a subcontract order needs in all, and what was sent before Kitline saw it."""

    __tablename__ = "subcontract_order_components"
    order: str = code("order number", key=True, references="subcontract_orders.order")
    item: str = code("component", key=True, references="items.item")
    quantity_micro: int = decimal("quantity the whole order needs")
    sent_quantity_micro: int = decimal("sent before this import", default=0)
