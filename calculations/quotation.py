"""What to quote for an opportunity, and for when."""

from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

from calculations.bom_cost import ZERO, CostRollUp, half_up
from calculations.cost_books import REFUSED
from calculations.errors import KitlineError
from calculations.exact import MICRO, checked, minor_unit, multiply_divide, to_micro
from calculations.policies import resolve
from calculations.promise import promise_lines


class ImpossibleMargin(KitlineError):
    """A margin on the price of 100 % or more, which no price reaches."""

    kind = "impossible_margin"


def price_of(cost: Fraction, policies: dict) -> Fraction | None:
    """The price that a cost asks for: markup is on the cost, margin on the price; None without either.

    >>> int(price_of(Fraction(720), {"markup": "0.25", "margin": None}))
    900
    >>> int(price_of(Fraction(720), {"markup": None, "margin": "0.2"}))
    900
    """
    if policies["markup"] is not None:
        return cost * (1 + Fraction(to_micro(policies["markup"]), MICRO))
    if policies["margin"] is None:
        return None
    margin = Fraction(to_micro(policies["margin"]), MICRO)
    if margin >= 1:
        raise ImpossibleMargin(f"a margin of {policies['margin']} on the price cannot be reached; give less than 1")
    return cost / (1 - margin)


def quote_opportunities(
    world: dict[str, pd.DataFrame], as_of: date, policies: dict | None = None
) -> dict[str, pd.DataFrame]:
    """A price and a date for every line of every opportunity that is not lost.

    The unit price is the rolled-up cost with the policy `markup` or `margin`; without either it is the line's own
    price, else the item's list price, else the cost. Lines are promised together with the open orders.

    Returns:
        quotes: opportunity, line, item, quantity_micro, unit_cost_micro, unit_price_micro, amount_micro (quantity ×
            unit price, rounded to the minor unit), promised_date of the whole line (blank: no supply is
            known); sorted by opportunity and line. refused: lines of unknown items, and items without a cost.
    Raises:
        ImpossibleMargin: a margin of 1 or more.
    """
    resolved = resolve(policies, as_of)
    lines = _open_lines(world)
    roll_up = CostRollUp(world, as_of, resolved)
    positions = roll_up.structure.positions_of(lines["item"])
    unknown = [
        ("opportunity_lines", row, "item", item, f"there is no item {item}; add it or correct the line")
        for row, item in lines.loc[positions < 0, "item"].items()
    ]
    lines, positions = lines[positions >= 0], positions[positions >= 0]
    costs = [sum(roll_up.of(position), ZERO) for position in positions.tolist()]
    prices = _prices(world, lines, costs, resolved)
    quantity = lines["quantity_micro"].to_numpy(dtype=np.int64)
    quotes = pd.DataFrame({
        "opportunity": lines["opportunity"].array, "line": lines["line"].array, "item": lines["item"].array,
        "quantity_micro": quantity, "unit_cost_micro": checked([half_up(cost) for cost in costs]),
        "unit_price_micro": prices,
        "amount_micro": minor_unit(multiply_divide(quantity, prices, MICRO), resolved["currency_decimals"]),
    })  # fmt: skip
    dates = _promised(world, lines, as_of, policies or {})
    quotes["promised_date"] = pd.Series(
        [dates.get(key, pd.NaT) for key in zip(quotes["opportunity"], quotes["line"].tolist(), strict=True)],
        dtype="datetime64[s]",
    )
    return {"quotes": quotes, "refused": pd.DataFrame(unknown + roll_up.refused, columns=REFUSED)}


def _open_lines(world: dict) -> pd.DataFrame:
    opportunities, lines = world["opportunities"], world["opportunity_lines"]
    # a scenario may leave the opportunities themselves out: then nothing says that one is lost
    lost = opportunities.loc[opportunities["stage"] == "lost", "opportunity"]
    return lines[~lines["opportunity"].isin(lost)].sort_values(["opportunity", "line"], kind="stable")


def _prices(world: dict, lines: pd.DataFrame, costs: list[Fraction], policies: dict) -> np.ndarray:
    listed = dict(zip(world["items"]["item"], world["items"]["list_price_micro"].astype(object), strict=True))
    prices = []
    for item, own, cost in zip(lines["item"], lines["unit_price_micro"].astype(object), costs, strict=True):
        price = price_of(cost, policies)
        if price is None:
            given = own if not pd.isna(own) else listed.get(item)
            price = cost if pd.isna(given) else Fraction(int(given))
        prices.append(half_up(price))
    return checked(prices)


def _promised(world: dict, lines: pd.DataFrame, as_of: date, policies: dict) -> dict[tuple[str, int], pd.Timestamp]:
    """The day each opportunity line would be complete, promised together with the open orders."""
    # an order number that no document can have: opportunities and orders may be numbered alike
    numbers = "\0" + lines["opportunity"]
    customer = world["opportunities"].set_index("opportunity")["customer"]
    columns = ["order", "line", "item", "quantity_micro", "due_date", "unit_price_micro", "shipped_quantity_micro"]
    new_lines = lines.assign(order=numbers, due_date=lines["requested_date"], shipped_quantity_micro=0)[columns]
    opportunities = lines["opportunity"].unique()
    orders = pd.DataFrame({
        "order": pd.Series(["\0" + number for number in opportunities], dtype="str"),
        "customer": pd.Series([customer.get(number, "") for number in opportunities], dtype="str"),
        "order_date": pd.Series([pd.Timestamp(as_of)] * len(opportunities), dtype="datetime64[s]"),
        "priority": pd.Series([pd.NA] * len(opportunities), dtype="Int64"),
        "currency": pd.Series([""] * len(opportunities), dtype="str"),
        "delivery": pd.Series([""] * len(opportunities), dtype="str"),
    })  # fmt: skip
    joined = {
        **world,
        "sales_orders": pd.concat([world["sales_orders"], orders], ignore_index=True),
        "sales_order_lines": pd.concat([world["sales_order_lines"], new_lines], ignore_index=True),
    }
    found: dict[tuple[str, int], pd.Timestamp] = {}
    promises = promise_lines(joined, as_of, policies)["promises"]
    for order, line, day in promises[["order", "line", "promised_date"]].itertuples(index=False):
        if order.startswith("\0"):
            key = (order[1:], line)
            before = found.get(key, day)
            found[key] = pd.NaT if pd.isna(day) or pd.isna(before) else max(before, day)
    return found
