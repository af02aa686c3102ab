"""Splits of amounts that always sum to the whole, and the overhead pools spread over orders by a chosen basis."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from calculations.errors import KitlineError
from calculations.exact import SAFE_PRODUCT, checked

ALL_SCOPE, WORK_CENTER_SCOPE, ORDER_SCOPE = "all", "work_center:", "order:"


class EmptyAllocationBase(KitlineError):
    """A pool of overhead that no order has any basis to carry."""

    kind = "empty_allocation_base"


def split_groups(totals, weights, group) -> np.ndarray:
    """Parts of each group's total in proportion to the weights; the parts of a group sum to its total.

    Args:
        totals: int64 per group, any sign.
        weights: int64 per row; a group's weights must not sum to zero or less unless all are zero (then equal parts).
        group: per row, the position of its total.
    Returns:
        int64 per row; what is left after rounding down goes to the largest remainders, ties to the earlier row.
    Source: Hamilton's method of apportionment.

    >>> split_groups([100, 7], [1, 1, 1, 5], [0, 0, 0, 1]).tolist()
    [34, 33, 33, 7]
    """
    totals, weights, group = (np.asarray(values, dtype=np.int64) for values in (totals, weights, group))
    if not len(weights):
        return weights.copy()
    touched = np.zeros(len(totals), dtype=bool)
    np.logical_or.at(touched, group, weights != 0)
    weights = np.where(touched[group], weights, 1)
    largest = np.abs(totals).max(initial=0) * float(np.abs(weights).max()) * len(weights)
    if largest > SAFE_PRODUCT:
        return _split_in_python(totals, weights, group)
    base = sum_by(weights, group, len(totals))[group]
    product = totals[group] * weights
    parts, rest = product // base, product % base
    missing = totals - sum_by(parts, group, len(totals))
    order = np.lexsort((-rest, group))
    first = np.searchsorted(group[order], np.arange(len(totals)))
    rank = np.arange(len(order)) - first[group[order]]
    parts[order[rank < missing[group[order]]]] += 1
    return parts


def _split_in_python(totals: np.ndarray, weights: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The same split where a product could leave int64."""
    parts = np.zeros(len(weights), dtype=np.int64)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) != 0])
    for rows in np.split(order, starts[1:]):
        total, shares = int(totals[group[rows[0]]]), weights[rows].tolist()
        base = sum(shares)
        whole, rest = zip(*(divmod(total * share, base) for share in shares), strict=True)
        whole = list(whole)
        for row in sorted(range(len(whole)), key=lambda row: (-rest[row], row))[: total - sum(whole)]:
            whole[row] += 1
        parts[rows] = checked(whole)
    return parts


def sum_by(values, group, size: int) -> np.ndarray:
    """Exact int64 sums of the values by group position.

    >>> sum_by([1, 2, 5], [0, 0, 2], 3).tolist()
    [3, 0, 5]
    """
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, np.asarray(group, dtype=np.int64), np.asarray(values, dtype=np.int64))
    return sums


def _column(name: str) -> Callable[[pd.DataFrame], np.ndarray]:
    return lambda orders: orders[name].to_numpy(dtype=np.int64)


def _direct(orders: pd.DataFrame) -> np.ndarray:
    return np.ones(len(orders), dtype=np.int64)


ALLOCATION_BASES: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
    "completed_quantity": _column("completed_quantity_micro"),
    "labor_hours": _column("labor_hours_micro"),
    "machine_hours": _column("machine_hours_micro"),
    "material_cost": _column("material_cost"),
    "standard_cost": _column("standard_cost"),
    "direct": _direct,
}


def _in_scope(scope: str, basis: str, orders: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """The orders a pool may fall on, their hours counted at the pool's work center only."""
    if scope.startswith(ORDER_SCOPE):
        return orders[orders["order"] == scope.removeprefix(ORDER_SCOPE)]
    if basis == "direct":
        return orders.iloc[:0]
    if not scope.startswith(WORK_CENTER_SCOPE):
        return orders[orders["in_house"]]
    there = hours[hours["work_center"] == scope.removeprefix(WORK_CENTER_SCOPE)]
    columns = ["labor_hours_micro", "machine_hours_micro"]
    return orders.drop(columns=columns).merge(there[["order", *columns]], on="order", how="inner")


def allocate_pools(pools: pd.DataFrame, orders: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """Each pool spread over the orders in its scope.

    Args:
        pools: pool, scope, basis, amount (minor units), origin.
        orders: order, in_house (scope `all` is work orders only), completed_quantity_micro, labor_hours_micro,
            machine_hours_micro, material_cost and standard_cost (minor units).
        hours: order, work_center, labor_hours_micro, machine_hours_micro; one row a pair.
    Returns:
        pool, origin, order, amount; in the order of pools, then orders; rows of zero left out.
    Raises:
        EmptyAllocationBase: a pool with an amount and nothing to carry it; every such pool is named.

    >>> orders = pd.DataFrame({"order": ["W1", "W2"], "in_house": True, "completed_quantity_micro": [1, 4]})
    >>> pools = pd.DataFrame([("rent", "all", "completed_quantity", 1000, "expenses:1")],
    ...                      columns=["pool", "scope", "basis", "amount", "origin"])
    >>> allocate_pools(pools, orders, pd.DataFrame())["amount"].tolist()
    [200, 800]
    """
    parts, empty = [], []
    for pool, scope, basis, amount, origin in pools[["pool", "scope", "basis", "amount", "origin"]].itertuples(
        index=False
    ):
        carriers = _in_scope(scope, basis, orders, hours)
        weights = ALLOCATION_BASES[basis](carriers)
        if amount and not (weights > 0).any():
            empty.append(f"{pool} ({basis}, scope {scope})")
            continue
        shares = split_groups([amount], np.maximum(weights, 0), np.zeros(len(weights), dtype=np.int64))
        parts.append(pd.DataFrame({"pool": pool, "origin": origin, "order": carriers["order"].array, "amount": shares}))
    if empty:
        raise EmptyAllocationBase(
            f"no order has a base to carry the pool {'; '.join(empty)}: enter the missing hours or completions, "
            "or give the expense another basis or scope"
        )
    if not parts:
        return pd.DataFrame({"pool": [], "origin": [], "order": [], "amount": []}).astype(
            {"pool": "str", "origin": "str", "order": "str", "amount": "int64"}
        )
    shared = pd.concat(parts, ignore_index=True)
    return shared[shared["amount"] != 0].reset_index(drop=True)
