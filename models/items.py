"""Items, their unit conversions and substitutes."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import EVER, MICRO, REQUIRED, choice, code, day, decimal, text, whole, yes_no

SOURCING = ("make", "buy", "subcontract")
LOT_SIZING = ("lot_for_lot", "fixed_order_quantity", "period_order_quantity", "least_total_cost")


class Item(SQLModel, table=True):
    """Anything that is bought, made, processed or sold; quantities are in its stocking unit."""

    __tablename__ = "items"
    item: str = code("item code", key=True)
    name: str = text("name on documents", default=REQUIRED)
    unit: str = code("stocking unit")
    sourcing: str = choice("how it is obtained", SOURCING)
    item_group: str = text("group for reports and recipients of alerts", default=None)
    lead_time_days: int | None = whole("working days to obtain it; blank takes the supplier's or the routing's",
                                       default=None, high=3660)  # fmt: skip
    safety_lead_time_days: int = whole("working days it should be ready early", default=0, high=366)
    inspection_days: int = whole("working days its inspection takes", default=0, high=366)
    safety_stock_micro: int = decimal("stock that should never be planned away", default=0)
    minimum_order_quantity_micro: int = decimal("smallest quantity to order", default=0)
    order_multiple_micro: int | None = decimal("order only multiples of this", default=None, above=0)
    maximum_order_quantity_micro: int | None = decimal("split orders above this", default=None, above=0)
    order_up_to_micro: int | None = decimal("fill up to this when below safety stock", default=None)
    lot_sizing: str = choice("how requirements become orders", LOT_SIZING, "lot_for_lot")
    fixed_order_quantity_micro: int | None = decimal("the fixed lot", default=None, above=0)
    period_days: int | None = whole("working days one order covers", default=None, low=1, high=3660)
    ordering_cost_micro: int | None = decimal("cost of one order or set-up", default=None)
    carrying_rate_micro: int | None = decimal(
        "cost of carrying for a year, as a fraction of standard cost", default=None
    )
    yield_rate_micro: int = decimal("good share of what is started", default=MICRO, low=None, above=0, high=MICRO)
    decimals: int = whole("decimals of its quantities", default=0, high=6)
    standard_cost_micro: int | None = decimal("planned cost of one unit", default=None)
    list_price_micro: int | None = decimal("sales price where the order names none", default=None)
    inspect: bool = yes_no("goes through inspection before it is usable")
    lot_tracked: bool = yes_no("every quantity belongs to a lot")
    shelf_life_days: int | None = whole("working days a lot is usable after receipt", default=None, low=1, high=36600)
    planner: str = text("planner's address or name", default=None)
    buyer: str = text("buyer's address or name", default=None)


class SafetyStock(SQLModel, table=True):
    """The safety stock of an item from a day on, until its next row; before the first the item's own holds."""

    __tablename__ = "safety_stocks"
    item: str = code("item code", key=True, references="items.item")
    effective_from: Day = day("first day it holds", key=True)
    quantity_micro: int = decimal("stock that should not be planned away from that day on")


class UnitConversion(SQLModel, table=True):
    """One from-unit is `factor` to-units."""

    __tablename__ = "unit_conversions"
    item: str = code("item code; blank holds for every item", default="", key=True)
    from_unit: str = code("unit that is converted", key=True)
    to_unit: str = code("unit it is converted to", key=True)
    factor_micro: int = decimal("to-units in one from-unit", above=0)


class Substitute(SQLModel, table=True):
    """What may stand in for a component."""

    __tablename__ = "substitutes"
    component: str = code("main material", key=True, references="items.item")
    substitute: str = code("material that may replace it", key=True, references="items.item")
    priority: int = whole("1 is tried first", default=1, low=1, high=99)
    ratio_micro: int = decimal("units of the substitute for one of the main material", default=MICRO, above=0)
    strategy: str = choice("mixed fills up, whole never mixes", ("mixed", "whole"), "mixed")
    bom: str = code("only in this bill of materials; blank is everywhere", default="", key=True)
    effective_from: Day = day("first day of validity", default=EVER, key=True)
    effective_to: Day | None = day("last day of validity", default=None)
