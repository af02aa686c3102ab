"""What should become of open orders: when stock and earlier receipts fall short without them, and how much is spare."""

from dataclasses import dataclass

import numpy as np

from calculations.exact import MICRO, multiply_divide
from calculations.supply_sources import BLANK

# Days of one item lie closer together than this.
DAY_SPAN = np.int64(1) << 20


@dataclass(frozen=True)
class ReceiptActions:
    """For each receipt of a plan: `day` it is first needed (-1 = never), micro-units needed `early`, before it counts,
    micro-units `spare`, which nothing needs and the lot rule lets go, and whether today's need is `safety` stock."""

    day: np.ndarray
    early: np.ndarray
    spare: np.ndarray
    safety: np.ndarray


def receipt_actions(plan) -> ReceiptActions:
    """The receipts of a `material_planning.Plan` against its requirements, as if nothing were planned.

    Stock serves first, then receipts by day; safety stock is served first, then requirements by day. What fills an item
    to its order-up-to level is not spare. Requirements of the day on which a receipt comes are served in time.
    """
    inputs, receipts, moves = plan.inputs, plan.inputs.receipts, plan.movements
    order = np.argsort(plan.item, kind="stable")
    row_item, day, gross = plan.item[order], moves.day[order], moves.gross[order]
    starts = np.searchsorted(row_item, np.arange(len(inputs.items) + 1))
    used = _with_risen_safety(
        _running(row_item, gross), moves.safety[order] - plan.safety_today[row_item], starts, row_item
    )
    item = receipts.item
    before = _running(item, receipts.quantity) - receipts.quantity
    free = inputs.on_hand[item] - plan.safety_today[item] + before
    low, high = starts[item], starts[item + 1]
    needed = _first_above(used, day, low, high, free, inputs.as_of)
    at = np.searchsorted(row_item * DAY_SPAN + (day - inputs.as_of), item * DAY_SPAN + (receipts.day - inputs.as_of))
    early = np.where(receipts.day > inputs.as_of, _total(used, low, at) - free, 0)
    filled = np.maximum(plan.lots.order_up_to[item] - plan.safety_today[item], 0)
    wanted = np.clip(_total(used, low, high) + filled - free, 0, receipts.quantity)
    spare = np.maximum(receipts.quantity - _orderable(wanted, item, plan.lots), 0)
    return ReceiptActions(needed, np.clip(early, 0, receipts.quantity), spare, free < 0)


def _with_risen_safety(used: np.ndarray, rise: np.ndarray, starts: np.ndarray, row_item: np.ndarray) -> np.ndarray:
    """Required so far, where a safety stock that rises is required from its day on; what was required stays so."""
    for item in np.unique(row_item[rise != 0]).tolist():
        rows = slice(starts[item], starts[item + 1])
        used[rows] = np.maximum.accumulate(np.maximum(used[rows] + rise[rows], 0))
    return used


def _running(item: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """Running totals by item; rows lie by item."""
    total = np.cumsum(quantity)
    return total - (total - quantity)[np.searchsorted(item, item)]


def _total(used: np.ndarray, low: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Required in the rows of an item before `end`."""
    return np.where(end > low, np.append(used, 0)[end - 1], 0)


def _first_above(used, day, low, high, free, today: int) -> np.ndarray:
    """Bisection in lockstep: the day of the first row in [low, high) with used > free; today where free is negative."""
    left, right, end = low.copy(), high.copy(), high
    while (left < right).any():
        going = left < right
        middle = (left + right) // 2
        above = np.append(used, 0)[middle] > free
        right = np.where(going & above, middle, right)
        left = np.where(going & ~above, middle + 1, left)
    found = np.where(left < end, np.append(day, 0)[left], BLANK)
    return np.where(free < 0, today, found)


def _orderable(quantity: np.ndarray, item: np.ndarray, lots) -> np.ndarray:
    """The least that an order for so much would bring under the item's lot rule; nothing for nothing."""
    rate, step, lot = lots.yield_rate[item], lots.step[item], lots.lot[item]
    start = _up(multiply_divide(quantity, MICRO, rate, "up") - (step > 1), step)
    start = _up(np.maximum(_up(start, lot), lots.minimum[item]), lots.multiple[item])
    good = multiply_divide(start, rate, MICRO, "down") // step * step
    return np.where(quantity > 0, good, 0)


def _up(quantity: np.ndarray, multiple: np.ndarray) -> np.ndarray:
    return -(-quantity // multiple) * multiple
