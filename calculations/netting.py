"""The array core of planning: requirements against stock and receipts, item by item in lockstep, exact.

The k-th movement of every item is netted at once: the loop runs over days with a movement, never over items.
No pandas here.
"""

from dataclasses import dataclass

import numpy as np

from calculations.errors import KitlineError, QuantityOverflow
from calculations.exact import MICRO, SAFE_PRODUCT, micro_text, multiply_divide

# A requirement split into more orders than this is a slip in its maximum, not a plan.
MOST_PARTS = 100_000


class EndlessSplit(KitlineError):
    """A maximum order quantity so small that a requirement becomes more orders than anybody can place."""

    kind = "endless_split"


@dataclass(frozen=True)
class Movements:
    """What is required and what comes, one row an item and day, sorted by item and day.

    `starts[i]` to `starts[i + 1]` are the rows of item i; quantities in micro-units; `day` since 1970-01-01;
    `workday` counts working days, for rules that think in them.
    """

    starts: np.ndarray
    day: np.ndarray
    workday: np.ndarray
    gross: np.ndarray
    receipts: np.ndarray


@dataclass(frozen=True)
class LotParameters:
    """How each item is ordered; micro-units; -1 where a limit is not set.

    `step` is the smallest countable quantity, `multiple` a multiple of it, `part` the largest quantity of one order,
    `lot` the fixed lot (`step` where there is none). `ordering_cost` is money, `carrying_cost` money a unit and day.
    """

    safety: np.ndarray
    step: np.ndarray
    minimum: np.ndarray
    multiple: np.ndarray
    part: np.ndarray
    lot: np.ndarray
    order_up_to: np.ndarray
    yield_rate: np.ndarray
    period_days: np.ndarray
    ordering_cost: np.ndarray
    carrying_cost: np.ndarray


@dataclass(frozen=True)
class Netting:
    """The terms of the projected available quantity after each movement, micro-units.

    `before` is available before anything is ordered that day, `net` what is missing to the safety stock, `covered` the
    shortage of the whole time the order covers, `ordered` the quantity to start, `received` what it brings.
    """

    before: np.ndarray
    net: np.ndarray
    covered: np.ndarray
    ordered: np.ndarray
    received: np.ndarray
    projected: np.ndarray


def net_requirements(
    movements: Movements,
    on_hand: np.ndarray,
    lots: LotParameters,
    covered_until: np.ndarray | None = None,
    row_lots: LotParameters | None = None,
) -> Netting:
    """Planned quantities that keep every item at its safety stock or above, by item and day.

    Args:
        on_hand: usable stock by item.
        covered_until: for each row, the last row of the item that an order placed here covers; None is the row itself.
        row_lots: how each row is ordered, where that changes with the day; None is as the item is.
    Raises:
        QuantityOverflow: requirements or receipts of one item beyond exact 64-bit numbers.

    >>> days, gross, none = np.array([1, 2]), np.array([8, 5]) * MICRO, np.zeros(2, dtype=np.int64)
    >>> one = Movements(np.array([0, 2]), days, days, gross, none)
    >>> (net_requirements(one, np.array([10 * MICRO]), plain_lots(1)).ordered // MICRO).tolist()
    [0, 3]
    """
    _refuse_overflow(movements, on_hand)
    result = Netting(*(np.zeros(len(movements.day), dtype=np.int64) for _ in range(6)))
    counts = np.diff(movements.starts)
    items = np.argsort(-counts, kind="stable")
    counts = counts[items]
    active = np.searchsorted(-counts, -np.arange(counts.max(initial=0)), side="left")
    available, safety = on_hand[items].astype(np.int64), lots.safety[items]
    first, tolerance = movements.starts[items], (lots.step[items] > 1).astype(np.int64)
    change = movements.receipts - movements.gross
    for place, count in enumerate(active.tolist()):
        row = first[:count] + place
        now = available[:count] + change[row]
        result.before[row] = now
        missing = safety[:count] - now
        short = np.flatnonzero(missing > tolerance[:count])
        if len(short):
            at, item = row[short], items[short]
            shortage = missing[short]
            result.net[at] = shortage
            if covered_until is not None:
                shortage = _shortage_until(shortage, at, covered_until[at], change)
            result.covered[at] = shortage
            way = (item, lots) if row_lots is None else (at, row_lots)
            result.ordered[at], result.received[at] = order_quantities(shortage, *way)
            now[short] += result.received[at]
            # filling up is measured from what is there, not from what later days will miss
            _fill_up(result, at, *way, now, short)
        result.projected[row] = now
        available[:count] = now
    return result


def order_quantities(shortage: np.ndarray, item: np.ndarray, lots: LotParameters) -> tuple[np.ndarray, np.ndarray]:
    """Quantity to start and quantity received for a shortage: yield, lot, minimum, multiple, then split parts.

    The parts are summed here; `parts_of` takes them apart again.
    """
    step, multiple, minimum, part = lots.step[item], lots.multiple[item], lots.minimum[item], lots.part[item]
    yield_rate = lots.yield_rate[item]
    quantity = _up(shortage - (step > 1), step)
    partial = np.flatnonzero(yield_rate < MICRO)
    if len(partial):
        whole = multiply_divide(quantity[partial], MICRO, yield_rate[partial], "up")
        _refuse_too_large(whole)
        quantity[partial] = _up(whole - (step[partial] > 1), step[partial])
    _refuse_too_large(quantity, lots.lot[item], minimum, multiple)
    quantity = _up(np.maximum(_up(quantity, lots.lot[item]), minimum), multiple)
    split = np.flatnonzero((part > 0) & (quantity > part))
    if len(split):
        rest = quantity[split] % part[split]
        raised = _up(np.maximum(rest, minimum[split]), multiple[split])
        quantity[split] += np.where(rest > 0, raised - rest, 0)
    received = quantity
    if len(partial):
        received = quantity.copy()
        good = multiply_divide(quantity[partial], yield_rate[partial], MICRO, "down")
        received[partial] = good // step[partial] * step[partial]
    return quantity, received


def parts_of(ordered: np.ndarray, item: np.ndarray, lots: LotParameters) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Single orders of each planned quantity: row, quantity, and what it brings.

    The receipts of the parts sum to the receipt of the whole: yields are rounded down on the running total.
    """
    part = lots.part[item]
    full = np.where((part > 0) & (ordered > part), ordered // np.maximum(part, 1), 1)
    # a rest was raised to minimum and multiple before, so what is left over the full parts is an order of its own
    rest = np.where(full * part < ordered, ordered - full * part, 0) * (part > 0)
    count = full + ((rest > 0) & (ordered > part))
    row = np.repeat(np.arange(len(ordered)), count)
    place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    end = np.where(place + 1 == count[row], ordered[row], (place + 1) * part[row])
    begin = np.where(place > 0, place * part[row], 0)
    return row, end - begin, _good(end, item[row], lots) - _good(begin, item[row], lots)


def refuse_endless_splits(ordered: np.ndarray, part: np.ndarray, names: np.ndarray) -> None:
    """Raise where a quantity would become more than `MOST_PARTS` orders of at most `part`; `names` are the items."""
    endless = np.flatnonzero((part > 0) & (ordered // np.maximum(part, 1) > MOST_PARTS))
    if len(endless):
        row = endless[0]
        raise EndlessSplit(
            f"item {names[row]} needs {micro_text(ordered[row])} in orders of at most {micro_text(part[row])}, which "
            f"are more than {MOST_PARTS}; raise its maximum_order_quantity or correct the demand"
        )


def plain_lots(count: int, **given) -> LotParameters:
    """Lot-for-lot parameters of `count` items counted in whole units, without limits; `given` replaces some."""
    one = np.full(count, MICRO, dtype=np.int64)
    none, zero = np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    plain = {"safety": zero, "step": one, "minimum": zero, "multiple": one, "part": none, "lot": one,
             "order_up_to": none, "yield_rate": one, "period_days": none,
             "ordering_cost": zero.astype(float), "carrying_cost": zero.astype(float)}  # fmt: skip
    return LotParameters(**{**plain, **{name: np.asarray(values) for name, values in given.items()}})


def _fill_up(result: Netting, at, item, lots: LotParameters, now, short) -> None:
    target = lots.order_up_to[item]
    low = np.flatnonzero(target > now[short])
    if not len(low):
        return
    rows, items = at[low], item[low]
    shortage = target[low] - result.before[rows]
    ordered, received = order_quantities(shortage, items, lots)
    now[short[low]] = result.before[rows] + received
    result.covered[rows], result.ordered[rows], result.received[rows] = shortage, ordered, received


def _shortage_until(shortage, at, until, change) -> np.ndarray:
    """The largest shortage up to the last covered row, if nothing else were ordered."""
    worst = shortage.copy()
    running = shortage.copy()
    going = np.flatnonzero(until > at)
    place = 0
    while len(going):
        place += 1
        running[going] -= change[at[going] + place]
        worst[going] = np.maximum(worst[going], running[going])
        going = going[until[going] > at[going] + place]
    return worst


def _up(quantity: np.ndarray, multiple: np.ndarray) -> np.ndarray:
    return -(-quantity // multiple) * multiple


def _good(quantity: np.ndarray, item: np.ndarray, lots: LotParameters) -> np.ndarray:
    partial = lots.yield_rate[item] < MICRO
    if not partial.any():
        return quantity
    good = multiply_divide(quantity, lots.yield_rate[item], MICRO, "down")
    return np.where(partial, good // lots.step[item] * lots.step[item], quantity)


def _refuse_too_large(*quantities: np.ndarray) -> None:
    """Raise where the largest of each together would leave exact 64-bit numbers."""
    if sum(int(quantity.max(initial=0)) for quantity in quantities) > SAFE_PRODUCT:
        raise QuantityOverflow(
            "an order with its yield, lot, minimum and multiple is larger than Kitline can count; correct these of the "
            "item or use a larger unit"
        )


def _refuse_overflow(movements: Movements, on_hand: np.ndarray) -> None:
    item = np.repeat(np.arange(len(on_hand)), np.diff(movements.starts))
    size = np.bincount(item, movements.gross.astype(float) + movements.receipts, minlength=len(on_hand))
    if (size + np.abs(on_hand.astype(float)) > SAFE_PRODUCT).any():
        raise QuantityOverflow("the requirements of one item sum to more than Kitline can count; use a larger unit")
