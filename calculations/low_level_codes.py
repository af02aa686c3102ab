"""How deep each item lies: the longest path from any top item, so that every parent is planned before its parts."""

import numpy as np

from calculations.errors import KitlineError
from calculations.row_ranges import ranges


class CyclicBillOfMaterials(KitlineError):
    """An item that contains itself, directly or through other items."""

    kind = "cycle"


def low_level_codes(parent: np.ndarray, component: np.ndarray, names) -> np.ndarray:
    """Low-level code by item position; 0 for an item that is no component.

    Args:
        parent, component: positions of both ends of each line; repeated lines do no harm.
        names: item codes by position, for the message.
    Returns:
        int64, one code an item.
    Raises:
        CyclicBillOfMaterials: the message prints the path.
    Source: Orlicky's MRP, low-level coding; the doctest is a BOM A(B, C), C(B).

    >>> low_level_codes(np.array([0, 0, 2]), np.array([1, 2, 1]), ["A", "B", "C"]).tolist()
    [0, 2, 1]
    """
    count = len(names)
    codes = np.zeros(count, dtype=np.int64)
    if (parent[1:] < parent[:-1]).any():
        by_parent = np.argsort(parent, kind="stable")
        parent, component = parent[by_parent], component[by_parent]
    starts = np.append(0, np.cumsum(np.bincount(parent, minlength=count)))
    waiting = np.bincount(component, minlength=count)
    ready = np.flatnonzero(waiting == 0)
    done = code = 0
    while len(ready):
        # the last of its parents was in the round before: that is the longest path to it
        codes[ready] = code
        done, code = done + len(ready), code + 1
        reached = component[ranges(starts[ready], starts[ready + 1])]
        np.subtract.at(waiting, reached, 1)
        # an item is ready once, however many of its lines were followed
        is_ready = np.zeros(count, dtype=bool)
        is_ready[reached[waiting[reached] == 0]] = True
        ready = np.flatnonzero(is_ready)
    if done < count:
        raise CyclicBillOfMaterials(_describe_cycle(parent, component, waiting > 0, names))
    return codes


def _describe_cycle(parent: np.ndarray, component: np.ndarray, stuck: np.ndarray, names) -> str:
    # Every item that is stuck has a parent that is stuck: climbing must come back to an item already seen.
    inside = stuck[parent] & stuck[component]
    lines = sorted(zip(parent[inside].tolist(), component[inside].tolist(), strict=True), reverse=True)
    above = {lower: upper for upper, lower in lines}
    path = [min(above, key=lambda position: str(names[position]))]
    while path.count(path[-1]) < 2:
        path.append(above[path[-1]])
    cycle = path[path.index(path[-1]) :][::-1]
    first = min(range(len(cycle) - 1), key=lambda place: str(names[cycle[place]]))
    cycle = cycle[first:-1] + cycle[: first + 1]
    shown = " → ".join(str(names[position]) for position in cycle)
    return f"item {names[cycle[0]]} contains itself: {shown}; remove one line"
