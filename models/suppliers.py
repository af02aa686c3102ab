"""Suppliers, and what they charge for which item."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import EVER, MICRO, REQUIRED, choice, code, day, decimal, text, whole


class Supplier(SQLModel, table=True):
    """Who sells material or processes ours."""

    __tablename__ = "suppliers"
    supplier: str = code("supplier code", key=True)
    name: str = text("name on documents", default=REQUIRED)
    email: str = text("address for messages", default=None)
    kind: str = choice("a vendor sells, a subcontractor processes our material", ("vendor", "subcontractor"), "vendor")
    on_time_tolerance_days: int = whole("working days early or late that still count as on time", default=0, high=366)
    over_receipt_percent_micro: int = decimal("percent above the ordered quantity that may be received", default=0,
                                              high=1000 * MICRO)  # fmt: skip


class SupplierItem(SQLModel, table=True):
    """A supplier's price and conditions for an item; of a subcontractor, the processing fee."""

    __tablename__ = "supplier_items"
    supplier: str = code("supplier code", key=True, references="suppliers.supplier")
    item: str = code("item code", key=True, references="items.item")
    price_micro: int = decimal("price of one purchase unit")
    currency: str = code("currency of the price; blank is the plant's own", default=None)
    unit: str = code("purchase unit; blank is the stocking unit", default=None)
    lead_time_days: int | None = whole("working days from order to receipt", default=None, high=3660)
    minimum_order_quantity_micro: int | None = decimal("smallest quantity sold, in purchase units", default=None)
    order_multiple_micro: int | None = decimal("quantity sold only in multiples of this", default=None, above=0)
    priority: int = whole("1 is asked first", default=1, low=1, high=99, key=True)
    effective_from: Day = day("first day of validity", default=EVER, key=True)
    effective_to: Day | None = day("last day of validity", default=None)


class PriceBreak(SQLModel, table=True):
    """A supplier's price of an item from a quantity on; below the first break the price of supplier_items holds."""

    __tablename__ = "price_breaks"
    supplier: str = code("supplier code", key=True, references="suppliers.supplier")
    item: str = code("item code", key=True, references="items.item")
    from_quantity_micro: int = decimal("smallest ordered quantity, in purchase units, that has the price", key=True,
                                       above=0)  # fmt: skip
    price_micro: int = decimal("price of one purchase unit, in the currency of supplier_items")
