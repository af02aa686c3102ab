"""Expenses of a period by where they go, and the values of purchases, freight and duty included.

Quantities are micro-units, amounts minor units of the currency, items and orders positions (see `cost_books`).
"""

import numpy as np
import pandas as pd

from calculations.allocation import ORDER_SCOPE, split_groups, sum_by
from calculations.cost_books import CostBooks
from calculations.exact import MICRO, multiply_divide
from calculations.item_prices import prices_by_supplier

POOL = ["pool", "scope", "basis", "amount", "origin"]


def pools_of(books: CostBooks, period: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The period's expenses: overhead pools, landed cost of purchase orders, and expenses of sales orders.

    Returns:
        pools (pool, scope, basis, amount, origin; one row a pool, scope and basis), and twice order, pool, amount,
        origin for those whose scope is a purchase or a sales order.
    """
    rows = books.world["expenses"]
    rows = rows[rows["period"] == period].assign(origin=lambda frame: "expenses:" + frame["event"])
    grouped = rows.groupby(["pool", "scope", "basis"], as_index=False, sort=False).agg(
        amount=("amount_micro", "sum"), origin=("origin", "first")
    )
    grouped["amount"] = multiply_divide(grouped["amount"], 1, books.cent)
    grouped["order"] = grouped["scope"].where(grouped["scope"].str.startswith(ORDER_SCOPE), "")
    grouped["order"] = grouped["order"].str.removeprefix(ORDER_SCOPE)
    columns = ["order", "pool", "amount", "origin"]
    landed = grouped["order"].isin(books.world["purchase_orders"]["order"]) & (grouped["order"] != "")
    sold = grouped["order"].isin(books.world["sales_orders"]["order"]) & (grouped["order"] != "") & ~landed
    return (
        grouped.loc[~landed & ~sold, POOL].reset_index(drop=True),
        grouped.loc[landed, columns].reset_index(drop=True),
        grouped.loc[sold, columns].reset_index(drop=True),
    )


def order_bases(books: CostBooks, hours: pd.DataFrame, good: np.ndarray, material: np.ndarray) -> pd.DataFrame:
    """What overhead can be allocated by, for each order (see `allocation.allocate_pools`)."""
    size = len(books.orders)
    item = books.orders["item"].to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "order": books.orders["order"].array,
            "in_house": books.orders["in_house"].array,
            "completed_quantity_micro": good,
            "labor_hours_micro": sum_by(hours["labor_hours_micro"], hours["position"], size),
            "machine_hours_micro": sum_by(hours["machine_hours_micro"], hours["position"], size),
            "material_cost": material,
            "standard_cost": multiply_divide(good, books.standard[item], MICRO * books.cent),
        }
    )


def purchases_of(books: CostBooks, moves: pd.DataFrame, landed: pd.DataFrame) -> pd.DataFrame:
    """What came from suppliers in the month, less what went back to them, at the order line's price.

    A line without a price takes the supplier's, then the item's standard cost, and is reported. Landed cost spreads by
    the value of the order's receipts of the month (by quantity where they have none).

    Returns:
        document, line, item, lot, date, origin, quantity, amount (landed cost included), landed; a return nets with the
        receipts of its line and lot.
    Raises nothing: landed cost of an order without a receipt in the month is reported and left for a later one.
    """
    rows = moves[(moves["role"] == "purchase")]
    rows = rows.assign(price=_prices(books, rows), line=rows["line"].astype("Int64").fillna(-1).astype("int64"))
    rows["amount"] = books.worth(rows["quantity"], rows["price"])
    key = ["document", "line", "item", "lot"]
    rows = rows.groupby(key, as_index=False, sort=True).agg(
        date=("date", "min"), origin=("origin", "first"), quantity=("quantity", "sum"), amount=("amount", "sum")
    )
    rows["landed"] = _landed(books, rows, landed)
    rows["amount"] += rows["landed"]
    return rows[(rows["quantity"] != 0) | (rows["amount"] != 0)].reset_index(drop=True)


def _landed(books: CostBooks, rows: pd.DataFrame, landed: pd.DataFrame) -> np.ndarray:
    spread = np.zeros(len(rows), dtype=np.int64)
    for order, pool, amount, _ in landed[["order", "pool", "amount", "origin"]].itertuples(index=False):
        chosen = np.flatnonzero((rows["document"] == order).to_numpy() & (rows["quantity"] > 0).to_numpy())
        if not len(chosen):
            message = f"nothing was received for {order} in the period; enter {pool} in the period of the receipt"
            books.refused.append(("expenses", -1, "scope", f"order:{order}", message))
            continue
        weights = rows["amount"].to_numpy()[chosen]
        weights = weights if (weights > 0).any() else rows["quantity"].to_numpy()[chosen]
        spread[chosen] += split_groups([amount], np.maximum(weights, 0), np.zeros(len(chosen), dtype=np.int64))
    return spread


def _prices(books: CostBooks, rows: pd.DataFrame) -> np.ndarray:
    lines = books.world["purchase_order_lines"]
    priced = {
        (order, line): None if pd.isna(price) else int(price)
        for order, line, price in zip(
            lines["order"], lines["line"].tolist(), lines["unit_price_micro"].astype(object), strict=True
        )
    }
    row_of = dict(zip(zip(lines["order"], lines["line"].tolist(), strict=True), lines.index, strict=True))
    supplier = dict(
        zip(books.world["purchase_orders"]["order"], books.world["purchase_orders"]["supplier"], strict=True)
    )
    agreed: dict = {}
    found, reported = [], set()
    columns = (rows[name].astype(object) for name in ("document", "line", "item", "unit_cost", "date"))
    for order, line, item, cost, day in zip(*columns, strict=True):
        key = (order, line if not pd.isna(line) else -1)
        price = priced.get(key)
        if price is None:
            code = books.items[item]
            if day not in agreed:
                agreed[day] = prices_by_supplier(books.world, day.date())
            fallback = agreed[day].get((supplier.get(order), code), 0 if pd.isna(cost) else int(cost))
            price = fallback or int(books.standard[item])
            if key not in reported:
                reported.add(key)
                message = f"{order} line {key[1]} has no price; the supplier's price or {code}'s standard cost is used"
                books.refused.append(("purchase_order_lines", row_of.get(key, -1), "unit_price", "", message))
        found.append(price)
    return np.array(found, dtype=np.int64)
