"""Customers."""

from sqlmodel import SQLModel

from models.columns import REQUIRED, code, text, whole


class Customer(SQLModel, table=True):
    """Who buys."""

    __tablename__ = "customers"
    customer: str = code("customer code", key=True)
    name: str = text("name on documents", default=REQUIRED)
    email: str = text("address for messages", default=None)
    segment: str = text("market segment", default=None)
    priority: int = whole("1 is served first when stock is short", default=5, low=1, high=99)
    currency: str = code("currency of the customer's orders; blank is the plant's own", default=None)
