"""What each order line earned: revenue less the actual cost of what was shipped, rework, extra freight and returns."""

from collections import defaultdict

import numpy as np
import pandas as pd

from calculations.allocation import split_groups
from calculations.cost_books import ELEMENTS, CostBooks, text_or_blank
from calculations.exact import MICRO, split_by_largest_remainder
from calculations.item_prices import exchange_rates_on, in_own_currency

AMOUNTS = ("revenue", *ELEMENTS, "cost", "rework", "freight", "returns", "margin")


def sales_prices(books: CostBooks) -> dict[tuple[str, int], int]:
    """Price of each order line in the plant's currency; without one the item's list price; without that 0, reported.

    A price in a foreign currency counts at the rate in force on the order's date, for all its shipments.
    """
    rates = _rates_by_order(books.world)
    lines, items = books.world["sales_order_lines"], books.world["items"]
    listed = dict(zip(items["item"], items["list_price_micro"].astype(object), strict=True))
    prices = {}
    for row, order, line, item, price in zip(
        lines.index,
        lines["order"],
        lines["line"].tolist(),
        lines["item"],
        lines["unit_price_micro"].astype(object),
        strict=True,
    ):
        if not pd.isna(price):
            price = in_own_currency(price, rates.get(order))
        else:
            price = listed.get(item)
            if pd.isna(price):
                price = 0
                books.refused.append(
                    (
                        "sales_order_lines",
                        row,
                        "unit_price",
                        "",
                        f"{order} line {line} has no price and {item} no list price; its revenue is 0",
                    )
                )
        prices[order, line] = int(price)
    return prices


def _rates_by_order(world: dict[str, pd.DataFrame]) -> dict[str, int]:
    """The exchange rate of each order in a currency that has one, in micro-units."""
    orders = world["sales_orders"]
    if world["exchange_rates"].empty:
        return {}
    rates = {}
    for day, of_day in orders[orders["currency"] != ""].groupby("order_date"):
        known = exchange_rates_on(world, day.to_datetime64())
        named = zip(of_day["order"], of_day["currency"], strict=True)
        rates |= {order: known[currency] for order, currency in named if currency in known}
    return rates


def posted_revenue(shipped: dict, before: dict, prices: dict, unit: int) -> dict[tuple[str, int], int]:
    """Revenue of this period's shipments by order line, in minor units.

    What an order has shipped in all is rounded once; this period's revenue is that less what was posted before, split
    over the lines by largest remainder. So an order's posted revenue always equals its rounded exact total.

    Args:
        shipped, before: micro-units by (order, line), of this period and of all earlier ones.
        prices: micro-units by (order, line). unit: micro-units of amount in a minor unit × 10⁶.

    >>> three = {("SO-1", line): 1_000_000 for line in (1, 2, 3)}
    >>> posted_revenue(three, {}, dict.fromkeys(three, 333_333), 10_000 * 1_000_000)
    {('SO-1', 1): 34, ('SO-1', 2): 33, ('SO-1', 3): 33}
    """
    lines_of: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for key in sorted(shipped):
        lines_of[key[0]].append(key)
    earlier: dict[str, int] = defaultdict(int)
    for key, quantity in before.items():
        if key[0] in lines_of:
            earlier[key[0]] += quantity * prices.get(key, 0)
    revenue = {}
    for order, keys in lines_of.items():
        exact = [shipped[key] * prices.get(key, 0) for key in keys]
        total = _rounded(earlier[order] + sum(exact), unit) - _rounded(earlier[order], unit)
        revenue |= dict(zip(keys, _split(total, exact, unit), strict=True))
    return revenue


def _split(total: int, exact: list[int], unit: int) -> list[int]:
    """Parts of `total` that are the exact amounts rounded; reversals of earlier shipments make some negative.

    >>> _split(1, [-15, 25], 10)
    [-1, 2]
    """
    if min(exact) >= 0:
        return split_by_largest_remainder(total, exact)
    parts, rest = [amount // unit for amount in exact], [amount % unit for amount in exact]
    missing = total - sum(parts)
    for place in sorted(range(len(parts)), key=lambda place: (-rest[place], place))[: max(missing, 0)]:
        parts[place] += 1
    # an order's earlier rounding may leave one minor unit over
    parts[0] += min(missing, 0)
    return parts


def _rounded(exact: int, unit: int) -> int:
    return (2 * exact + unit) // (2 * unit)


def order_margins(books: CostBooks, month, start, end) -> pd.DataFrame:
    """Margin of every order line that shipped, came back or was repaired in the month, in minor units.

    Returns:
        order, line, customer, item, quantity (shipped, micro-units), revenue, the cost by element, cost, rework,
        freight (what we paid, and expenses booked to the order), returns (revenue given back less the cost of the
        goods back in stock), margin; sorted by order and line.
    """
    prices = sales_prices(books)
    uses = month.uses[month.uses["role"] == "shipment"]
    out, back = uses[~uses["returned"]], uses[uses["returned"]]
    shipped, costs = _by_line(out, "quantity"), _by_line(out, "amount")
    unit = MICRO * books.cent
    revenue = posted_revenue(shipped, _shipped_before(books, start), prices, unit)
    returned, put_back = _by_line(back, "quantity"), _by_line(back, "amount")
    given_back = {key: _rounded(-quantity * prices.get(key, 0), unit) for key, quantity in returned.items()}
    returns = {key: amount + put_back[key] for key, amount in given_back.items()}
    freight = _freight(books, start, end)
    for order, amount in month.order_expenses[["order", "amount"]].itertuples(index=False):
        _spread(freight, order, amount, revenue, prices)
    rework = _rework(books, month)
    keys = sorted({*shipped, *returns, *rework, *(key for key, amount in freight.items() if amount)})
    rows = [
        (
            key[0],
            key[1],
            shipped.get(key, 0),
            revenue.get(key, 0),
            costs.get(key, 0),
            rework.get(key, 0),
            freight.get(key, 0),
            returns.get(key, 0),
        )
        for key in keys
    ]
    frame = pd.DataFrame(rows, columns=["order", "line", "quantity", "revenue", "cost", "rework", "freight", "returns"])
    frame = frame.astype(dict.fromkeys(frame.columns[1:], "int64") | {"order": "str"})
    frame["margin"] = frame["revenue"] - frame["cost"] - frame["rework"] - frame["freight"] - frame["returns"]
    return _named(books, frame, month.mix)


def _by_line(uses: pd.DataFrame, column: str) -> dict[tuple[str, int], int]:
    sums = uses.groupby(["document", "line"])[column].sum()
    return {key: int(value) for key, value in sums.items()}


def _shipped_before(books: CostBooks, start) -> dict[tuple[str, int], int]:
    lines = books.world["sales_order_lines"]
    earlier = books.moves[(books.moves["kind"] == "shipment") & (books.moves["date"] < start)]
    moved = (-earlier.groupby(["document", "line"])["quantity"].sum()).to_dict()
    return {
        (order, line): quantity + int(moved.get((order, line), 0))
        for order, line, quantity in zip(
            lines["order"], lines["line"].tolist(), lines["shipped_quantity_micro"].tolist(), strict=True
        )
        if quantity or (order, line) in moved
    }


def _freight(books: CostBooks, start, end) -> dict[tuple[str, int], int]:
    """What we paid to send and fetch goods, by order line; facts that were posted only."""
    posted = set(books.moves["origin"])
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for table in ("shipments", "customer_returns"):
        facts = books.world[table]
        facts = facts[(facts["date"] >= start) & (facts["date"] <= end) & facts["freight_micro"].notna()]
        for origin, order, line, freight in zip(
            facts["origin"],
            facts["order"],
            facts["line"].tolist(),
            facts["freight_micro"].astype("int64").tolist(),
            strict=True,
        ):
            if origin in posted:
                sums[order, line] += _rounded(freight, books.cent)
    return sums


def _spread(freight: dict, order: str, amount: int, revenue: dict, prices: dict) -> None:
    """An expense of an order over its shipped lines by revenue, or on its first line."""
    keys = [key for key in sorted(revenue) if key[0] == order] or [key for key in sorted(prices) if key[0] == order][:1]
    weights = [max(revenue.get(key, 0), 0) for key in keys]
    for key, part in zip(keys, split_by_largest_remainder(amount, weights), strict=True):
        freight[key] = freight.get(key, 0) + part


def _rework(books: CostBooks, month) -> dict[tuple[str, int], int]:
    lines = books.world["sales_order_lines"]
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for kind, order, item, amount in month.variances:
        if kind != "rework":
            continue
        sold = books.orders["rework_of"].iloc[order]
        own = lines[lines["order"] == sold].sort_values("line")
        same = own[own["item"] == books.items[item]]
        sums[sold, int((same if len(same) else own)["line"].iloc[0])] += amount
    return sums


def _named(books: CostBooks, frame: pd.DataFrame, mix: np.ndarray) -> pd.DataFrame:
    lines = books.world["sales_order_lines"][["order", "line", "item"]]
    orders = books.world["sales_orders"][["order", "customer"]]
    frame = frame.merge(lines, on=["order", "line"], how="left").merge(orders, on="order", how="left")
    frame = frame.assign(item=text_or_blank(frame["item"]), customer=text_or_blank(frame["customer"]))
    place = books.items.get_indexer(frame["item"])
    weights = (
        np.rint(mix[place] * MICRO).astype(np.int64) if len(frame) else np.zeros((0, len(ELEMENTS)), dtype=np.int64)
    )
    group = np.repeat(np.arange(len(frame)), len(ELEMENTS))
    parts = split_groups(frame["cost"], weights.ravel(), group).reshape(len(frame), len(ELEMENTS))
    for position, element in enumerate(ELEMENTS):
        frame[element] = parts[:, position]
    return frame[["order", "line", "customer", "item", "quantity", *AMOUNTS]]


def customer_margins(margins: pd.DataFrame) -> pd.DataFrame:
    """Margins summed by customer, the best first; amounts in the unit of `margins`."""
    columns = [name for name in margins.columns if name.removesuffix("_micro") in AMOUNTS]
    sums = margins.groupby("customer", as_index=False)[columns].sum()
    last = "margin_micro" if "margin_micro" in columns else "margin"
    return sums.sort_values([last, "customer"], ascending=[False, True], ignore_index=True)
