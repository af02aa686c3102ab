"""Customers."""

from sqlmodel import SQLModel

from models.columns import BLANK, REQUIRED, choice, code, text, whole

# How a customer takes an order: in parts, or only when all of it is there.
DELIVERIES = ("partial", "complete", "")


class Customer(SQLModel, table=True):
    """Who buys."""

    __tablename__ = "customers"
    customer: str = code("customer code", key=True)
    name: str = text("name on documents", default=REQUIRED)
    email: str = text("address for messages", default=None)
    segment: str = text("market segment", default=None)
    priority: int = whole("1 is served first when stock is short", default=5, low=1, high=99)
    currency: str = code("currency of the customer's orders; blank is the plant's own", default=None)
    delivery: str | None = choice("whether orders may be delivered in parts; blank is the plant's policy delivery",
                                  DELIVERIES, default=BLANK, added=True)  # fmt: skip
