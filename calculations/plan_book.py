"""What planning writes down while it works: orders, movements, needs and pegs as columns that grow together."""

from typing import NamedTuple

import numpy as np

# How much of an urgency is the priority.
PRIORITY_BITS = 8
PRIORITY_MASK = (1 << PRIORITY_BITS) - 1


class Orders(NamedTuple):
    """Planned orders by low-level code, item and need day; days since 1970-01-01, quantities in micro-units.

    `movement` is the row of the movement that caused it, on whose day it is needed; `offer`, `bill` and `lead` are -1
    where there is none. `urgency` holds the release day and, in its last eight bits, the priority. What follows from
    these is not kept: memory limits how large a plan can be.
    """

    quantity: np.ndarray
    urgency: np.ndarray
    received: np.ndarray
    movement: np.ndarray
    lead: np.ndarray
    offer: np.ndarray
    bill: np.ndarray

    def releases(self, orders: np.ndarray) -> np.ndarray:
        """Days on which these orders are to be released."""
        return self.urgency[orders].astype(np.int64) >> PRIORITY_BITS

    def priorities(self, orders: np.ndarray) -> np.ndarray:
        """The most urgent priority that each of these orders serves."""
        return self.urgency[orders].astype(np.int64) & PRIORITY_MASK


class Moves(NamedTuple):
    """Days of an item on which something moves, in the order of planning; the terms of the netting that tell all.

    `covered` is 0 where it is the net requirement of the day itself.
    """

    gross: np.ndarray
    projected: np.ndarray
    covered: np.ndarray
    day: np.ndarray


class Asked(NamedTuple):
    """Needs in the order in which they are served: `source` is the planned order that asks, or −1 − the given need."""

    quantity: np.ndarray
    source: np.ndarray


class Served(NamedTuple):
    """Pegs: micro-units of a supply for a row of `Asked`. Supplies count stock by item, then receipts, then orders."""

    quantity: np.ndarray
    supply: np.ndarray
    demand: np.ndarray


# What counts rows, items or days is half as wide as a quantity: memory is what limits the size of a plan.
WIDE = {"quantity", "received", "gross", "projected", "covered"}
# What the components of an order ask of it lies together in memory.
TOGETHER = ("quantity", "urgency", "bill")
CACHE_LINE = 64


class Columns:
    """Columns of one kind that grow together; int64 for quantities, int32 for the others.

    >>> columns = Columns(Asked, 1)
    >>> columns.append(source=np.array([4, 5]), quantity=np.array([10, 20]))
    >>> columns.used.quantity.tolist(), columns.used.source.tolist()
    ([10, 20], [4, 5])
    """

    def __init__(self, kind: type, capacity: int):
        self.kind, self.count = kind, 0
        self._grow(max(capacity, 1))

    @property
    def used(self):
        """The rows written so far."""
        return self.kind(*(column[: self.count] for column in self.arrays))

    def reserve(self, more: int) -> None:
        """Make room for so many further rows."""
        if self.count + more > self.capacity:
            # memory that is never written costs nothing, so grow in large steps
            self._grow(max(self.count + more, 2 * self.capacity))

    def append(self, **columns: np.ndarray | int) -> None:
        """Write rows behind the last; the first column given is an array."""
        more = len(next(iter(columns.values())))
        self.reserve(more)
        for name, values in columns.items():
            getattr(self.arrays, name)[self.count : self.count + more] = values
        self.count += more

    def _grow(self, capacity: int) -> None:
        # whole cache lines, so that each column begins at one
        capacity = -(-capacity // CACHE_LINE) * CACHE_LINE
        fields = np.dtype([(field, np.int64 if field in WIDE else np.int32) for field in self.kind._fields])
        together = TOGETHER if self.kind is Orders else ()
        # one piece, which the system may lay in large pages; zeros that were never written take no memory
        memory, columns, end = np.zeros(capacity * fields.itemsize, dtype=np.uint8), {}, 0
        for names in [together, *((field,) for field in self.kind._fields if field not in together)]:
            rows = np.dtype([(name, fields[name]) for name in names])
            begin, end = end, end + capacity * rows.itemsize
            columns |= {name: memory[begin:end].view(rows)[name] for name in names}
        if self.count:
            for field, column in columns.items():
                column[: self.count] = getattr(self.arrays, field)[: self.count]
        self.arrays, self.capacity = self.kind(**columns), capacity


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
        # what is looked up of a parent lies together; a single row would lie otherwise, which compiled code must know
        self.order_first, self.order_count = np.zeros((max(items, 2), 2), dtype=np.int64).T
        self.move_count = np.zeros(items, dtype=np.int64)
        self.asked_count = np.zeros(items, dtype=np.int64)
