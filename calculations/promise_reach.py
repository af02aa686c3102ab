"""Which items a promise depends on: a question about one item need not look at the whole plant.

What is promised of an item is decided by what it consists of, by whoever else asks for any of that, and by whoever
else wants hours of the same work centers. Nothing else can change the answer.
"""

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

BY_ITEM = ("items", "boms", "operations", "supplier_items", "stock", "sales_order_lines", "purchase_order_lines",
           "planned_orders", "promise_reservations")  # fmt: skip
ORDERS = {"work_orders": "work_order_components", "subcontract_orders": "subcontract_order_components"}

# Two columns of codes side by side: each left one has each right one.
Pairs = tuple[Iterable[str], Iterable[str]]


def reachable_items(asked: Iterable[str], bills: Pairs, operations: Pairs, substitutes: Pairs) -> set[str]:
    """The items that a promise of the asked ones depends on, themselves among them.

    Args:
        bills: parents and components. operations: items and work centers. substitutes: components and substitutes.

    >>> bills = ["DESK", "STOOL", "STOOL", "LAMP"], ["LEG", "LEG", "SEAT", "BULB"]
    >>> sorted(reachable_items(["DESK"], bills, ([], []), ([], [])))
    ['DESK', 'LEG', 'STOOL']
    """
    columns = [np.asarray(column, dtype=object) for column in (list(asked), *bills, *operations, *substitutes)]
    ends = np.cumsum([len(column) for column in columns])
    places, codes = pd.factorize(np.concatenate(columns))
    start, parent, part, made, center, main, stand_in = np.split(places, ends[:-1])
    found = np.zeros(len(codes), dtype=bool)
    found[start] = True
    parts = _closed(found, np.append(parent, main), np.append(part, stand_in))
    busy = np.zeros(len(codes), dtype=bool)
    busy[center[parts[made]]] = True
    parts[made[busy[center]]] = True
    return set(codes[_closed(parts, part, parent)].tolist())


def narrowed(world: dict[str, pd.DataFrame], items: set[str]) -> dict[str, pd.DataFrame]:
    """The world as far as these items go: their master rows, stock, demand and supply.

    An order that uses one of them comes with all its components, so that it does not look like one without any.
    """
    found = {name: _rows(world[name], "item", items) for name in BY_ITEM if world.get(name) is not None}
    found["bom_lines"] = _rows(world["bom_lines"], "bom", set(found["boms"]["bom"].tolist()))
    found["substitutes"] = _rows(_rows(world["substitutes"], "component", items), "substitute", items)
    for orders, components in ORDERS.items():
        using = _rows(world[components], "item", items)["order"].tolist()
        mine = _rows(world[orders], "item", items)["order"].tolist()
        found[orders] = _rows(world[orders], "order", {*mine, *using})
        found[components] = _rows(world[components], "order", set(found[orders]["order"].tolist()))
    return {**world, **found}


def _rows(frame: pd.DataFrame, column: str, values: Collection[str]) -> pd.DataFrame:
    kept = np.fromiter((cell in values for cell in frame[column].tolist()), dtype=bool, count=len(frame))
    return frame[kept].reset_index(drop=True)


def _closed(found: np.ndarray, above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """What is found and everything below it."""
    found = found.copy()
    while True:
        reached = below[found[above]]
        if found[reached].all():
            return found
        found[reached] = True
