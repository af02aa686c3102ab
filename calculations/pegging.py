"""Which supply serves which demand: first supply to first demand, as an overlap of running totals."""

import numpy as np

from calculations.errors import QuantityOverflow
from calculations.exact import SAFE_PRODUCT


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
    if not len(supply_item) or not len(demand_item):
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    count = int(max(supply_item[-1], demand_item[-1])) + 1
    supplies, demands = _running_totals(supply_item, supply_quantity), _running_totals(demand_item, demand_quantity)
    # every item gets its own stretch of one long axis, wide enough for the larger of its two sides
    width = np.zeros(count, dtype=np.int64)
    for item, totals in ((supply_item, supplies), (demand_item, demands)):
        last = np.flatnonzero(np.diff(item, append=count))
        width[item[last]] = np.maximum(width[item[last]], totals[last])
    if width.astype(float).sum() > SAFE_PRODUCT:
        raise QuantityOverflow("the plan's quantities sum to more than Kitline can count; use larger units")
    origin = np.cumsum(width) - width
    ends = np.concatenate([np.maximum(supplies, 0) + origin[supply_item], demands + origin[demand_item]])
    # two sorted runs, which a stable sort merges; between two neighbours lies one peg
    order = np.argsort(ends, kind="stable")
    is_supply = order < len(supply_item)
    supply = np.cumsum(is_supply) - is_supply
    demand = np.arange(len(order)) - supply
    quantity = np.diff(ends[order], prepend=0)
    real = np.flatnonzero((quantity > 0) & (supply < len(supply_item)) & (demand < len(demand_item)))
    real = real[supply_item[supply[real]] == demand_item[demand[real]]]
    return supply[real], demand[real], quantity[real]


def _running_totals(item: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """Totals up to and with each row of its item."""
    if np.bincount(item, np.abs(quantity)).max(initial=0) > SAFE_PRODUCT:
        raise QuantityOverflow("the quantities of one item sum to more than Kitline can count; use a larger unit")
    end = np.cumsum(quantity)
    head = np.flatnonzero(np.diff(item, prepend=-1))
    return end - np.repeat((end - quantity)[head], np.diff(np.append(head, len(item))))
