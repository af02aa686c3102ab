"""What planning writes down while it works: orders, movements, needs and pegs as columns that grow together."""

from typing import NamedTuple

import numpy as np

DAY, QUANTITY, PLACE = np.int64, np.int64, np.int32


class Orders(NamedTuple):
    """Planned orders by low-level code, item and need day; days since 1970-01-01, quantities in micro-units.

    `movement` is the row of the movement that caused it; `offer`, `bill` and `lead` are -1 where there is none.
    """

    item: np.ndarray
    movement: np.ndarray
    need: np.ndarray
    due: np.ndarray
    release: np.ndarray
    lead: np.ndarray
    quantity: np.ndarray
    received: np.ndarray
    priority: np.ndarray
    offer: np.ndarray
    bill: np.ndarray


class Moves(NamedTuple):
    """Days of an item on which something moves, with the terms of the netting, in the order of planning."""

    day: np.ndarray
    gross: np.ndarray
    receipts: np.ndarray
    safety: np.ndarray
    net: np.ndarray
    covered: np.ndarray
    ordered: np.ndarray
    received: np.ndarray
    projected: np.ndarray


class Asked(NamedTuple):
    """Needs in the order in which they are served: `source` is the planned order that asks, or −1 − the given need."""

    source: np.ndarray
    quantity: np.ndarray


class Served(NamedTuple):
    """Pegs: a supply, a row of `Asked` and micro-units. Supplies count stock by item, then receipts, then orders."""

    supply: np.ndarray
    demand: np.ndarray
    quantity: np.ndarray


TYPES = {
    Orders: Orders(PLACE, PLACE, DAY, DAY, DAY, DAY, QUANTITY, QUANTITY, PLACE, PLACE, PLACE),
    Moves: Moves(DAY, *(QUANTITY,) * 8),
    Asked: Asked(PLACE, QUANTITY),
    Served: Served(PLACE, PLACE, QUANTITY),
}


class Columns:
    """Columns of one kind that grow together.

    >>> columns = Columns(Asked, 1)
    >>> columns.append(source=np.array([4, 5]), quantity=np.array([10, 20]))
    >>> columns.used.quantity.tolist()
    [10, 20]
    """

    def __init__(self, kind: type, capacity: int):
        self.kind, self.count = kind, 0
        self.arrays = kind(*(np.empty(max(capacity, 1), dtype) for dtype in TYPES[kind]))

    @property
    def capacity(self) -> int:
        """Rows there is room for."""
        return len(self.arrays[0])

    @property
    def used(self):
        """The rows written so far."""
        return self.kind(*(column[: self.count] for column in self.arrays))

    def reserve(self, more: int) -> None:
        """Make room for so many further rows."""
        needed = self.count + more
        if needed <= self.capacity:
            return
        # memory that is never written costs nothing, so grow in large steps
        capacity = max(needed, 2 * self.capacity)
        grown = []
        for column in self.arrays:
            wider = np.empty(capacity, column.dtype)
            wider[: self.count] = column[: self.count]
            grown.append(wider)
        self.arrays = self.kind(*grown)

    def append(self, **columns: np.ndarray) -> None:
        """Write rows behind the last."""
        more = len(next(iter(columns.values())))
        self.reserve(more)
        for name, values in columns.items():
            getattr(self.arrays, name)[self.count : self.count + more] = values
        self.count += more


class PlanBook:
    """The plan as it comes into being; items by rank (their place in the order of planning).

    `order_first[item]` and `order_count[item]` are an item's planned orders; `move_count` and `asked_count` how many
    movements and needs each rank has.
    """

    def __init__(self, items: int, rows: int):
        self.orders = Columns(Orders, rows)
        self.moves = Columns(Moves, rows)
        self.asked = Columns(Asked, 2 * rows)
        self.served = Columns(Served, 2 * rows)
        self.order_first = np.zeros(items, dtype=np.int64)
        self.order_count = np.zeros(items, dtype=np.int64)
        self.move_count = np.zeros(items, dtype=np.int64)
        self.asked_count = np.zeros(items, dtype=np.int64)
