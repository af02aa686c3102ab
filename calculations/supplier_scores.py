"""How good suppliers were: quality, punctuality and price of what they delivered."""

from collections import defaultdict
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, multiply_divide
from calculations.reversals import without_undone_facts
from calculations.stocking_units import StockingUnits, down
from calculations.typed_frames import typed
from calculations.working_days import WorkingDays, as_days

SCORE_DTYPES = {
    "supplier": "str",
    "received_micro": "int64",
    "rejected_micro": "int64",
    "rejected_rate_micro": "int64",
    "on_time_rate_micro": "int64",
    "price_rate_micro": "Int64",
}


def supplier_scores(
    world: dict[str, pd.DataFrame], first: date | None = None, last: date | None = None
) -> pd.DataFrame:
    """The scores of every supplier who delivered between two days, both included; who did not deliver has none.

    On time is what came up to the due date and his tolerance in working days, by quantity, each delivery counted as it
    came; early is not late. The price rate is what was paid over the items' standard cost, for what has both.

    Args:
        world: purchase and subcontract orders, receipts, inspections (of them, rejected counts in the period of its
            decision), items, unit_conversions, suppliers, calendar.
    Returns:
        supplier, received_micro, rejected_micro, rejected_rate_micro (rejected ÷ received), on_time_rate_micro,
        price_rate_micro (1 = standard; blank without a price and a standard cost); sorted by supplier.
    """
    lines = _lines(world)
    receipts = _in_period(without_undone_facts(world, "receipts"), first, last).assign(
        line=lambda frame: frame["line"].astype("Int64")
    )
    due = [_line_of(lines, order, line) for order, line in zip(receipts["order"], receipts["line"], strict=True)]
    receipts = receipts[[row is not None for row in due]]
    due = [row for row in due if row is not None]
    if not due:
        return typed([], SCORE_DTYPES)
    received, in_time, paid, standard = (defaultdict(int) for _ in range(4))
    costs = dict(zip(world["items"]["item"], world["items"]["standard_cost_micro"], strict=True))
    days = as_days(receipts["date"].to_numpy())
    tolerance = dict(zip(world["suppliers"]["supplier"], world["suppliers"]["on_time_tolerance_days"], strict=True))
    allowed = np.array([int(tolerance.get(row[0], 0)) for row in due], dtype=np.int64)
    last_days = WorkingDays(world["calendar"]).add(np.array([row[1] for row in due], dtype="datetime64[D]"), allowed)
    units = StockingUnits(world)
    for (supplier, _, item, price), unit, entered, timely in zip(
        due, receipts["unit"], receipts["quantity_micro"].tolist(), (days <= last_days).tolist(), strict=True
    ):
        quantity = units.quantity(item, unit, entered, down)
        received[supplier] += quantity
        in_time[supplier] += quantity * timely
        cost = costs.get(item)
        if not pd.isna(price) and cost is not None and not pd.isna(cost) and cost > 0:
            paid[supplier] += quantity * int(price)
            standard[supplier] += quantity * int(cost)
    rejected = _rejected(world, lines, first, last)
    rows = [
        (supplier, amount, rejected[supplier], _rate(rejected[supplier], amount), _rate(in_time[supplier], amount),
         _rate(paid[supplier], standard[supplier]) if standard[supplier] else pd.NA)
        for supplier, amount in sorted(received.items())
    ]  # fmt: skip
    return typed(rows, SCORE_DTYPES)


def _lines(world) -> dict[tuple[str, int], tuple]:
    """(order, line) → (supplier, due date, item, price); line −1 for the only or first line of an order."""
    suppliers = dict(zip(world["purchase_orders"]["order"], world["purchase_orders"]["supplier"], strict=True))
    found = {}
    lines = world["purchase_order_lines"]
    for order, line, due, item, price in lines[["order", "line", "due_date", "item", "unit_price_micro"]].itertuples(
        index=False
    ):
        found[order, line] = (suppliers.get(order, ""), due, item, price)
        found.setdefault((order, -1), found[order, line])
    orders = world["subcontract_orders"]
    for order, supplier, due, item in orders[["order", "supplier", "due_date", "item"]].itertuples(index=False):
        found[order, -1] = (supplier, due, item, pd.NA)
    return found


def _line_of(lines: dict, order: str, line) -> tuple | None:
    return lines.get((order, -1 if pd.isna(line) else int(line))) or lines.get((order, -1))


def _rejected(world, lines, first, last) -> dict[str, int]:
    rejected: dict[str, int] = defaultdict(int)
    inspections = _in_period(world["inspections"], first, last)
    for order, line, quantity in inspections[["order", "line", "rejected_quantity_micro"]].itertuples(index=False):
        row = _line_of(lines, order, line)
        if row is not None:
            rejected[row[0]] += quantity
    return rejected


def _in_period(frame: pd.DataFrame, first: date | None, last: date | None) -> pd.DataFrame:
    inside = pd.Series(True, index=frame.index)
    if first is not None:
        inside &= frame["date"] >= pd.Timestamp(first)
    if last is not None:
        inside &= frame["date"] <= pd.Timestamp(last)
    return frame[inside]


def _rate(part: int, whole: int) -> int:
    while max(part, whole) > 2**62:
        part, whole = part // MICRO, whole // MICRO
    return int(multiply_divide(MICRO, part, whole)) if whole else 0
