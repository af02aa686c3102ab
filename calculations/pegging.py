"""Which supply serves which demand: first supply to first demand, as an overlap of running totals."""

import numpy as np

from calculations.errors import QuantityOverflow
from calculations.exact import SAFE_PRODUCT
from calculations.low_level_codes import ranges


def peg(
    supply_item: np.ndarray, supply_quantity: np.ndarray, demand_item: np.ndarray, demand_quantity: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Supply row, demand row and quantity of each peg, in the order of the demands.

    Both sides are sorted by item and, within it, in the order in which they serve and are served. The n-th unit of an
    item's supply serves the n-th unit of its demand; a negative first supply is a debt that later supply pays first.

    Args:
        supply_item, demand_item: positions, ascending. quantities: micro-units; demands ≥ 0.

    >>> [part.tolist() for part in peg(np.array([0, 0]), np.array([3, 4]), np.array([0, 0]), np.array([5, 2]))]
    [[0, 1, 1], [0, 0, 1], [3, 2, 2]]
    """
    count = int(max(supply_item.max(initial=-1), demand_item.max(initial=-1))) + 1
    supplied, demanded = _totals(supply_item, supply_quantity, count), _totals(demand_item, demand_quantity, count)
    # every item gets its own stretch of one long axis, wide enough for the larger of its two sides
    width = np.maximum(np.maximum(supplied, demanded), 0)
    if width.astype(float).sum() > SAFE_PRODUCT:
        raise QuantityOverflow("the plan's quantities sum to more than Kitline can count; use larger units")
    origin = np.cumsum(width) - width
    supply_start, supply_end = _intervals(supply_item, supply_quantity, origin)
    demand_start, demand_end = _intervals(demand_item, demand_quantity, origin)
    floor, ceiling = origin[supply_item], origin[supply_item] + width[supply_item]
    supply_start, supply_end = np.clip(supply_start, floor, ceiling), np.clip(supply_end, floor, ceiling)
    first = np.searchsorted(supply_end, demand_start, side="right")
    last = np.searchsorted(supply_start, demand_end, side="left")
    last = np.where(demand_quantity > 0, np.maximum(last, first), first)
    supply, demand = ranges(first, last), np.repeat(np.arange(len(demand_item)), last - first)
    quantity = np.minimum(supply_end[supply], demand_end[demand]) - np.maximum(
        supply_start[supply], demand_start[demand]
    )
    real = (quantity > 0) & (supply_item[supply] == demand_item[demand])
    return supply[real], demand[real], quantity[real]


def _totals(item: np.ndarray, quantity: np.ndarray, count: int) -> np.ndarray:
    if np.bincount(item, np.abs(quantity), minlength=count).max(initial=0) > SAFE_PRODUCT:
        raise QuantityOverflow("the quantities of one item sum to more than Kitline can count; use a larger unit")
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, item, quantity)
    return total


def _intervals(item: np.ndarray, quantity: np.ndarray, origin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    end = np.cumsum(quantity)
    head = np.flatnonzero(np.diff(item, prepend=-1))
    before = (end - quantity)[head]
    lengths = np.diff(np.append(head, len(item)))
    end = end - np.repeat(before, lengths) + origin[item]
    return end - quantity, end
