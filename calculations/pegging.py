"""Which supply serves which demand: first supply to first demand, as an overlap of running totals."""

import numpy as np

from calculations.errors import QuantityOverflow
from calculations.exact import SAFE_PRODUCT
from calculations.row_ranges import heads


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
    _refuse_overflow(supply_item, supply_quantity, demand_quantity)
    # all demands in a row are one long axis, of which every item has a stretch
    demand_ends = np.cumsum(demand_quantity)
    before, wanted = _totals(demand_ends, demand_item, count)
    supply_ends = np.cumsum(supply_quantity)
    supplied, given = _totals(supply_ends, supply_item, count)
    counts = np.bincount(supply_item, minlength=count)
    supply_ends += np.repeat(before - supplied, counts)
    np.clip(supply_ends, np.repeat(before, counts), np.repeat(before + wanted, counts), out=supply_ends)
    ends = np.concatenate([supply_ends, demand_ends])
    # two sorted runs, which a stable sort merges; between two neighbours lies one peg
    order = np.argsort(ends, kind="stable")
    ends = ends[order]
    real = heads(ends)[int(ends[0] == 0) :]
    ends = ends[real]
    quantity = np.diff(ends, prepend=0)
    is_supply = order < len(supply_item)
    supply = np.cumsum(is_supply)[real] - is_supply[real]
    demand = real - supply
    if (given < wanted).any():
        # what is wanted beyond an item's supply lies before the supply of the next one
        own = supply < len(supply_item)
        own[own] = supply_item[supply[own]] == demand_item[demand[own]]
        supply, demand, quantity = supply[own], demand[own], quantity[own]
    return supply, demand, quantity


def _totals(ends: np.ndarray, item: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of running totals over rows by item: the total before each item, and its own."""
    until = np.append(0, ends)[np.searchsorted(item, np.arange(count), side="right")]
    before = np.append(0, until[:-1])
    return before, until - before


def _refuse_overflow(supply_item: np.ndarray, supply_quantity: np.ndarray, demand_quantity: np.ndarray) -> None:
    if demand_quantity.sum(dtype=float) > SAFE_PRODUCT:
        raise QuantityOverflow("the plan's quantities sum to more than Kitline can count; use larger units")
    size = np.abs(supply_quantity)
    if size.sum(dtype=float) > SAFE_PRODUCT and np.bincount(supply_item, size).max() > SAFE_PRODUCT:
        raise QuantityOverflow("the quantities of one item sum to more than Kitline can count; use a larger unit")
