"""The array core of planning: requirements against stock and receipts, item by item in lockstep, exact.

The k-th movement of every item is netted at once: the loop runs over days with a movement, never over items.
No pandas here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calculations.errors import KitlineError, QuantityOverflow
from calculations.exact import MICRO, SAFE_PRODUCT, micro_text, multiply_divide
from calculations.row_ranges import inverse, scattered

# A requirement split into more orders than this is a slip in its maximum, not a plan.
MOST_PARTS = 100_000


class EndlessSplit(KitlineError):
    """A maximum order quantity so small that a requirement becomes more orders than anybody can place."""

    kind = "endless_split"


@dataclass(frozen=True)
class Movements:
    """What is required and what comes, one row an item and day, sorted by item and day.

    `starts[i]` to `starts[i + 1]` are the rows of item i; quantities in micro-units; `day` since 1970-01-01;
    `workday` counts working days, for rules that think in them; `safety` is the stock that has to remain after the day.
    """

    starts: np.ndarray
    day: np.ndarray
    workday: np.ndarray
    gross: np.ndarray
    receipts: np.ndarray
    safety: np.ndarray


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


class Netted(NamedTuple):
    """What netting finds for each movement, micro-units: the quantity to start, what it brings, what is then projected.

    `covered` is the shortage of the whole time an order covers, 0 without order or where that is its own day's; None
    where every order covers its own day. Where nothing is lost, `received` is `ordered`.
    """

    ordered: np.ndarray
    received: np.ndarray
    projected: np.ndarray
    covered: np.ndarray | None


def net_requirements(
    movements: Movements,
    on_hand: np.ndarray,
    lots: LotParameters,
    covered_until: np.ndarray | None = None,
    row_lots: LotParameters | None = None,
) -> Netted:
    """Planned quantities that keep every item at its safety stock or above, by item and day.

    Args:
        on_hand: usable stock by item.
        covered_until: for each row, the last row of the item that an order placed here covers; None is the row itself.
        row_lots: how each row is ordered, where that changes with the day; None is as the item is.
    Raises:
        QuantityOverflow: requirements or receipts of one item beyond exact 64-bit numbers.

    >>> days, gross, none = np.array([1, 2]), np.array([8, 5]) * MICRO, np.zeros(2, dtype=np.int64)
    >>> one = Movements(np.array([0, 2]), days, days, gross, none, none)
    >>> (net_requirements(one, np.array([10 * MICRO]), plain_lots(1)).ordered // MICRO).tolist()
    [0, 3]
    """
    _refuse_overflow(movements, on_hand)
    counts = np.diff(movements.starts)
    items = np.argsort(-counts, kind="stable")
    # the k-th movements of all items lie side by side, so that the loop reads and writes without jumping
    active = np.searchsorted(-counts[items], -np.arange(counts.max(initial=0)), side="left")
    position = _by_place(movements.starts, counts, items, active)
    change = movements.receipts - movements.gross
    rules = _OrderRules(lots, items) if row_lots is None else _OrderRules(row_lots, inverse(position))
    row = relief = covered = None
    if covered_until is not None or rules.fills_up:
        covered = np.zeros(len(position), dtype=np.int64)
    if covered_until is not None:
        # of the days that an order covers, a safety stock that rises is missing too
        row, relief = inverse(position), change - np.diff(movements.safety, prepend=0)
    change, floor = scattered(change, position), scattered(movements.safety, position)
    available, tolerance = on_hand[items], (lots.step[items] > 1).astype(np.int64)
    end, projected, ordered = 0, np.empty(len(position), dtype=np.int64), np.zeros(len(position), dtype=np.int64)
    received = np.zeros(len(position), dtype=np.int64) if rules.loses else ordered
    for count in active.tolist():
        begin, end = end, end + count
        now = np.add(available[:count], change[begin:end], out=projected[begin:end])
        missing = floor[begin:end] - now
        short = np.flatnonzero(missing > tolerance[:count])
        if len(short):
            at, net = begin + short, missing[short]
            shortage = net if row is None else _shortage_until(net, row[at], covered_until[row[at]], relief)
            way = short if row_lots is None else at
            started, brought = rules.quantities(shortage, way)
            if rules.fills_up:
                # filling up is measured from what is there, not from what later days will miss
                shortage, started, brought = rules.filled_up(way, now[short], shortage, started, brought)
            if covered is not None:
                covered[at] = np.where(shortage == net, 0, shortage)
            ordered[at] = started
            if rules.loses:
                received[at] = brought
            now[short] += brought
        available = now
    found = ordered[position]
    return Netted(
        ordered=found,
        received=received[position] if rules.loses else found,
        projected=projected[position],
        covered=None if covered is None else covered[position],
    )


def _by_place(starts: np.ndarray, counts: np.ndarray, items: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Where each row goes when rows stand by their place within the item, then by item in the order of `items`."""
    place = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
    return (np.cumsum(active) - active)[place] + np.repeat(inverse(items), counts)


class _OrderRules:
    """Lot parameters of some rows, with what none of them uses left out of the arithmetic."""

    def __init__(self, lots: LotParameters, rows: np.ndarray):
        self.lots = LotParameters(**{name: values[rows] for name, values in lots.__dict__.items()})
        self.tolerance = (self.lots.step > 1).astype(np.int64)
        # the multiple is one of the step, so that rounding up to it rounds up to the step too
        self.loses = bool((self.lots.yield_rate < MICRO).any())
        self.is_plain = not (self.loses or (self.lots.part > 0).any() or (self.lots.lot > self.lots.step).any())
        self.fills_up = bool((self.lots.order_up_to > 0).any())
        self.largest = int(self.lots.minimum.max(initial=0)) + int(self.lots.multiple.max(initial=0))

    def quantities(self, shortage: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `order_quantities`."""
        if not self.is_plain or int(shortage.max(initial=0)) + self.largest > SAFE_PRODUCT:
            return order_quantities(shortage, rows, self.lots)
        quantity = np.maximum(shortage - self.tolerance[rows], self.lots.minimum[rows])
        quantity = _up(quantity, self.lots.multiple[rows])
        return quantity, quantity

    def filled_up(self, rows, now, shortage, ordered, received) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shortage, ordered and received of rows that the order leaves below their maximum, filled up to it."""
        target = self.lots.order_up_to[rows]
        low = np.flatnonzero(target > now + received)
        if len(low):
            shortage, ordered, received = shortage.copy(), ordered.copy(), received.copy()
            shortage[low] = target[low] - now[low]
            ordered[low], received[low] = self.quantities(shortage[low], rows[low])
        return shortage, ordered, received


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
    return row, end - begin, good_quantities(end, item[row], lots) - good_quantities(begin, item[row], lots)


def refuse_endless_splits(ordered: np.ndarray, part: np.ndarray, name_of: Callable[[int], str]) -> None:
    """Raise where a quantity would become more than `MOST_PARTS` orders of at most `part`."""
    endless = np.flatnonzero((part > 0) & (ordered // np.maximum(part, 1) > MOST_PARTS))
    if len(endless):
        row = endless[0]
        raise EndlessSplit(
            f"item {name_of(row)} needs {micro_text(ordered[row])} in orders of at most {micro_text(part[row])}, which "
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


def _shortage_until(shortage, at, until, relief) -> np.ndarray:
    """The largest shortage up to the last covered row, if nothing else were ordered; `relief` is what each row adds."""
    worst = shortage.copy()
    running = shortage.copy()
    going = np.flatnonzero(until > at)
    place = 0
    while len(going):
        place += 1
        running[going] -= relief[at[going] + place]
        worst[going] = np.maximum(worst[going], running[going])
        going = going[until[going] > at[going] + place]
    return worst


def _up(quantity: np.ndarray, multiple: np.ndarray) -> np.ndarray:
    return -(-quantity // multiple) * multiple


def good_quantities(quantity: np.ndarray, item: np.ndarray, lots: LotParameters) -> np.ndarray:
    """What quantities to start bring after yield, rounded down."""
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
    sizes = (movements.gross, movements.receipts, np.abs(on_hand))
    if sum(quantity.sum(dtype=float) for quantity in sizes) <= SAFE_PRODUCT:
        return
    item = np.repeat(np.arange(len(on_hand)), np.diff(movements.starts))
    size = np.bincount(item, movements.gross.astype(float) + movements.receipts, minlength=len(on_hand))
    if (size + np.abs(on_hand.astype(float)) > SAFE_PRODUCT).any():
        raise QuantityOverflow("the requirements of one item sum to more than Kitline can count; use a larger unit")
