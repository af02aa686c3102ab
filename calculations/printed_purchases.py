"""The lines of purchase orders as the supplier reads them: in his unit, at his price, in his currency."""

import pandas as pd

from calculations.exact import MICRO, minor_unit, multiply_divide
from calculations.supply_sources import offers_of, stocking_units


def purchase_lines(world: dict, currency: str, decimals: int = 2) -> pd.DataFrame:
    """Lines of the world's purchase orders in the supplier's purchase unit, where his offer has one that goes in whole.

    The price of a purchase unit is the offered one, or that of a price break, if the order's price of a stocking unit
    comes from it; else that price × the stocking units in it. Amount = quantity × price, in minor units.

    Args:
        currency: of offers that name none. decimals: of a currency's minor unit.
    Returns:
        order, line, item, name, quantity_micro and unit (of the supplier), stock_quantity_micro and stock_unit,
        due_date, unit_price_micro and amount_micro (missing where the order has no price), currency; by order, line.
    """
    items = world["items"].set_index("item")
    heads = world["purchase_orders"].set_index("order")
    offers = _offers(world)
    breaks = {}
    for row in world["price_breaks"].itertuples(index=False):
        breaks.setdefault((row.supplier, row.item), []).append(int(row.price_micro))
    rows = []
    for line in world["purchase_order_lines"].sort_values(["order", "line"]).itertuples(index=False):
        head, item = heads.loc[line.order], items.loc[line.item]
        price = None if pd.isna(line.unit_price_micro) else int(line.unit_price_micro)
        key = (head["supplier"], line.item)
        offer, factor = _offer(offers.get(key, []), head["order_date"], price)
        unit, quantity, stock = item["unit"], int(line.quantity_micro), int(line.quantity_micro)
        if offer is not None and offer.unit not in ("", unit) and stock * MICRO % factor == 0:
            unit, quantity = offer.unit, stock * MICRO // factor
            if price is not None:
                price = _purchase_price(price, factor, [int(offer.price_micro), *breaks.get(key, [])])
        amount = None if price is None else int(minor_unit(int(multiply_divide(quantity, price, MICRO)), decimals))
        charged = (offer.currency if offer is not None else "") or currency
        rows.append((line.order, int(line.line), line.item, item["name"], quantity, unit, stock, item["unit"],
                     line.due_date, price, amount, charged))  # fmt: skip
    columns = {"order": "str", "line": "int64", "item": "str", "name": "str", "quantity_micro": "int64", "unit": "str",
               "stock_quantity_micro": "int64", "stock_unit": "str", "due_date": "datetime64[s]",
               "unit_price_micro": "Int64", "amount_micro": "Int64", "currency": "str"}  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def currencies_of(world: dict, orders: pd.DataFrame, currency: str) -> list[str]:
    """The currency in which the supplier of each order charges for its item; `currency` where his offer names none."""
    offers = _offers(world)
    keys = zip(orders["supplier"].tolist(), orders["item"].tolist(), strict=True)
    return [next((offer.currency for offer, _ in offers.get(key, ())), "") or currency for key in keys]


def _offers(world: dict) -> dict[tuple[str, str], list[tuple]]:
    """Offers by supplier and item, best first, each with the stocking units in its purchase unit."""
    index = pd.Index(world["items"]["item"])
    offers, position = offers_of(world["supplier_items"], index)
    factors = stocking_units(offers, world["items"]["unit"].to_numpy()[position], world["unit_conversions"])
    found: dict[tuple[str, str], list[tuple]] = {}
    for offer, factor in zip(offers.itertuples(index=False), factors.tolist(), strict=True):
        found.setdefault((offer.supplier, offer.item), []).append((offer, factor))
    return found


def _offer(offers: list[tuple], day: pd.Timestamp, price: int | None) -> tuple:
    """The offer that an order of the day was made by: in force then, and of this price if one of them has it."""
    in_force = [pair for pair in offers if pair[0].effective_from <= day and not pair[0].effective_to < day] or offers
    priced = [(offer, factor) for offer, factor in in_force if price == _stocking_price(int(offer.price_micro), factor)]
    return (priced or in_force or [(None, MICRO)])[0]


def _stocking_price(price: int, factor: int) -> int:
    return int(multiply_divide(price, MICRO, factor))


def _purchase_price(price: int, factor: int, offered: list[int]) -> int:
    """The offered price that gives this price of a stocking unit: 10 a box of 3, not 3 × 3.333333."""
    same = [each for each in offered if _stocking_price(each, factor) == price]
    return same[0] if same else int(multiply_divide(price, factor, MICRO))
