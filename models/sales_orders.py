"""Sales orders."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import BLANK, choice, code, day, decimal, origin, state, whole
from models.customers import DELIVERIES
from models.states import SALES_ORDER


class SalesOrder(SQLModel, table=True):
    """What a customer ordered; at most one for an opportunity."""

    __tablename__ = "sales_orders"
    order: str = code("order number", key=True)
    customer: str = code("customer code", references="customers.customer")
    order_date: Day = day("day of the order")
    priority: int | None = whole("1 is served first; blank takes the customer's", default=None, low=1, high=99)
    currency: str = code("currency of the prices; blank is the customer's", default=None)
    delivery: str | None = choice("whether it may be delivered in parts; blank is as the customer takes orders",
                                  DELIVERIES, default=BLANK, added=True)  # fmt: skip
    opportunity: str | None = code("opportunity it was converted from", default=None, stored_only=True, unique=True,
                                   references="opportunities.opportunity")  # fmt: skip
    origin: str = origin()
    state: str = state(SALES_ORDER, "approved")


class SalesOrderLine(SQLModel, table=True):
    """A line of a sales order; `shipped_quantity` is what was shipped before Kitline saw the order."""

    __tablename__ = "sales_order_lines"
    order: str = code("order number", key=True, references="sales_orders.order")
    line: int = whole("line number", key=True)
    item: str = code("item code", references="items.item")
    quantity_micro: int = decimal("quantity ordered", above=0)
    due_date: Day = day("day the customer wants it")
    unit_price_micro: int | None = decimal("price of one unit; blank takes the list price", default=None)
    shipped_quantity_micro: int = decimal("shipped before this import", default=0)
    promised_date: Day | None = day("day promised for the whole line", default=None, stored_only=True)
    promise_decision: str = choice("what the promise was", ("accept", "partial", "later", ""), "", stored_only=True)
    promise_bottleneck: str = code("what decided the promised date", default=None, stored_only=True)
    origin: str = origin()
