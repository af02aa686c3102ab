"""Unit prices of items by source: last receipt, supplier, standard, average. Per stocking unit, in micro-units."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO
from calculations.offer_order import by_preference
from calculations.reversals import without_undone_facts, without_undone_moves

LAST_DAY = np.datetime64("2999-12-31", "s")
FIRST_DAY = np.datetime64("1900-01-01", "s")


def supplier_prices(world: dict[str, pd.DataFrame], day: date) -> pd.DataFrame:
    """Prices in force on the day: supplier, item, price_micro; an item's first supplier first.

    A price given per another unit is turned into the item's own where a conversion is known, one in another currency
    into the plant's by the newest rate up to the day, where there is one.
    """
    rows = world["supplier_items"]
    when = np.datetime64(day, "s")
    in_force = (rows["effective_from"].fillna(FIRST_DAY) <= when) & (rows["effective_to"].fillna(LAST_DAY) >= when)
    rows = by_preference(rows[in_force]).sort_values("item", kind="stable")
    units = dict(zip(world["items"]["item"], world["items"]["unit"], strict=True))
    factors = {
        (item, start, end): factor
        for item, start, end, factor in world["unit_conversions"][
            ["item", "from_unit", "to_unit", "factor_micro"]
        ].itertuples(index=False)
    }
    rates = exchange_rates_on(world, when)
    prices = [
        _per_stocking_unit(in_own_currency(price, rates.get(currency)), unit, units.get(item, ""), item, factors)
        for item, unit, price, currency in rows[["item", "unit", "price_micro", "currency"]].itertuples(index=False)
    ]
    return pd.DataFrame(
        {
            "supplier": rows["supplier"].array,
            "item": rows["item"].array,
            "price_micro": np.array(prices, dtype=np.int64),
        }
    )


def exchange_rates_on(world: dict[str, pd.DataFrame], when: np.datetime64) -> dict[str, int]:
    """The plant's currency for one of each foreign one, in micro-units, on the day."""
    rates = world.get("exchange_rates")
    if rates is None or rates.empty:
        return {}
    rates = rates[rates["date"] <= when].sort_values("date", kind="stable").drop_duplicates("currency", keep="last")
    return dict(zip(rates["currency"], rates["rate_micro"].tolist(), strict=True))


def in_own_currency(price: int, rate: int | None) -> int:
    """A price at a rate; a currency without a rate is the plant's own.

    >>> in_own_currency(2_000_000, 900_000)
    1800000
    """
    return price if rate is None else (2 * price * rate + MICRO) // (2 * MICRO)


def prices_by_supplier(world: dict[str, pd.DataFrame], day: date) -> dict[tuple[str, str], int]:
    """Price in force on the day by (supplier, item)."""
    prices = supplier_prices(world, day).drop_duplicates(["supplier", "item"])
    return dict(zip(zip(prices["supplier"], prices["item"], strict=True), prices["price_micro"].tolist(), strict=True))


def _per_stocking_unit(price: int, unit: str, own: str, item: str, factors: dict) -> int:
    if not unit or unit == own:
        return price
    for key in ((item, unit, own), ("", unit, own)):
        if factors.get(key):
            return (2 * price * MICRO + factors[key]) // (2 * factors[key])
    for key in ((item, own, unit), ("", own, unit)):
        if factors.get(key):
            return (2 * price * factors[key] + MICRO) // (2 * MICRO)
    return price


def _first_supplier(world, day) -> dict[str, int]:
    prices = supplier_prices(world, day).drop_duplicates("item")
    return dict(zip(prices["item"], prices["price_micro"].tolist(), strict=True))


def _standard(world, day) -> dict[str, int]:
    known = world["items"][world["items"]["standard_cost_micro"].notna()]
    return dict(zip(known["item"], known["standard_cost_micro"].astype("int64").tolist(), strict=True))


def _last_receipt(world, day) -> dict[str, int]:
    """The price of the newest receipt up to the day; opening stock with a cost counts as received."""
    lines = world["purchase_order_lines"]
    receipts = without_undone_facts(world, "receipts")
    receipts = receipts[receipts["date"] <= np.datetime64(day, "s")]
    received = receipts.merge(lines[["order", "line", "item", "unit_price_micro"]], on="order", suffixes=("", "_of"))
    received = received[(received["line"].isna()) | (received["line"] == received["line_of"])]
    parts = [received[["date", "item", "unit_price_micro"]].rename(columns={"unit_price_micro": "price"})]
    moves = world.get("stock_moves")
    if moves is not None and len(moves):
        moves = without_undone_moves(moves, world.get("reversals"))
        moves = moves[(moves["kind"] == "receipt") & (moves["date"] <= np.datetime64(day, "s"))]
        parts.append(moves[["date", "item", "unit_cost_micro"]].rename(columns={"unit_cost_micro": "price"}))
    stock = world["stock"]
    stock = stock[stock["unit_cost_micro"].notna() & stock["received_date"].notna()]
    stock = stock[stock["received_date"] <= np.datetime64(day, "s")]
    stock = stock[["received_date", "item", "unit_cost_micro"]]
    parts.insert(0, stock.rename(columns={"received_date": "date", "unit_cost_micro": "price"}))
    priced = pd.concat([part.astype({"price": "Int64"}) for part in parts]).dropna(subset=["price"])
    newest = priced.sort_values("date", kind="stable").drop_duplicates("item", keep="last")
    return dict(zip(newest["item"], newest["price"].astype("int64").tolist(), strict=True))


def _average(world, day) -> dict[str, int]:
    """The average cost of what is in stock."""
    totals: dict[str, list[int]] = {}
    stock = world["stock"][world["stock"]["unit_cost_micro"].notna()]
    for item, quantity, cost in zip(
        stock["item"], stock["quantity_micro"].tolist(), stock["unit_cost_micro"].astype("int64").tolist(), strict=True
    ):
        total = totals.setdefault(item, [0, 0])
        total[0] += quantity
        total[1] += quantity * cost
    return {
        item: (2 * value + quantity) // (2 * quantity) for item, (quantity, value) in totals.items() if quantity > 0
    }


PRICE_SOURCES: dict[str, Callable[[dict, date], dict[str, int]]] = {
    "last_receipt": _last_receipt,
    "supplier": _first_supplier,
    "standard": _standard,
    "average": _average,
}


def item_prices(world: dict[str, pd.DataFrame], day: date, sources: list[str]) -> tuple[dict[str, int], dict[str, str]]:
    """Price of each item by the first source that has one, and which source that was.

    Returns:
        unit price in micro-units by item, source by item; an item without any price is in neither.
    """
    prices: dict[str, int] = {}
    found: dict[str, str] = {}
    for source in sources:
        for item, price in PRICE_SOURCES[source](world, day).items():
            if item not in prices:
                prices[item], found[item] = price, source
    return prices, found
