"""What to hand out to open orders, or to take back from them, one order after the other from the same stock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from calculations.backflush import needed
from calculations.errors import KitlineError
from calculations.exact import micro_text
from calculations.fact_posting import Engine
from calculations.picking import complete_sets, pending_sets, picked_components
from calculations.posting_documents import ProductionOrder
from calculations.typed_frames import typed

ORDER_DTYPES = {
    "order": "str",
    "item": "str",
    "quantity_micro": "int64",
    "pending_sets_micro": "int64",
    "possible_sets_micro": "int64",
    "sets_micro": "int64",
    "limited_by": "str",
}
LINE_DTYPES = {
    "order": "str",
    "item": "str",
    "planned_micro": "int64",
    "issued_micro": "int64",
    "on_floor_micro": "int64",
    "usable_micro": "int64",
    "quantity_micro": "int64",
    "missing_micro": "int64",
}


class ImpossiblePick(KitlineError):
    """Sets or orders that cannot be picked as asked; says what can."""

    kind = "impossible_pick"


@dataclass
class _Shelf:
    """What the orders before have left of usable stock; each order takes its picks out of it."""

    engine: Engine
    as_of: date
    warehouse: str
    taken: dict[str, int] = field(default_factory=dict)

    def usable(self, order: ProductionOrder, item: str) -> int:
        """What is free after the orders before, and what is set aside for this one."""
        free = self.engine.ledger.usable(item, self.as_of, self.warehouse)
        return max(free - self.taken.get(item, 0), 0) + self._own(order, item)

    def take(self, order: ProductionOrder, item: str, quantity: int) -> None:
        free = max(quantity - self._own(order, item), 0)
        self.taken[item] = self.taken.get(item, 0) + free

    def _own(self, order: ProductionOrder, item: str) -> int:
        ledger = self.engine.ledger
        with_own = ledger.usable(item, self.as_of, self.warehouse, order.number)
        return with_own - ledger.usable(item, self.as_of, self.warehouse)

    def floor(self, order: ProductionOrder, item: str) -> int:
        return max(self.engine.ledger.held_quantity(order.status, order.number, item), 0)

    def step(self, item: str) -> int:
        return self.engine.steps.get(item, 1)


Plan = tuple[tuple[int, int, int, str], dict[str, int]]


def _pick_sets(shelf: _Shelf, order: ProductionOrder, sets: int | None) -> Plan:
    """Complete sets: what is pending and what stock makes, the smaller, or as many as asked."""
    picked = picked_components(order)
    pending = pending_sets(order, picked, shelf.step(order.item))
    usable = {item: shelf.usable(order, item) for item in picked}
    possible = complete_sets(usable, order, picked, shelf.step(order.item)) if picked else pending
    count = _asked(order, sets, pending, possible, _scarcest(order, usable, "usable"), "picked")
    lines = {}
    for item, part in picked.items():
        quantity = needed(part.planned, count, order.quantity, shelf.step(item))
        lines[item] = min(quantity, max(part.planned - part.issued, 0), usable[item])
    return (pending, possible, count, _limiter(order, usable, pending, possible)), lines


def _pick_rest(shelf: _Shelf, order: ProductionOrder, sets: int | None) -> Plan:
    """Everything a line still lacks, as far as stock goes, whether it makes a set or not."""
    picked = picked_components(order)
    pending = pending_sets(order, picked, shelf.step(order.item))
    usable = {item: shelf.usable(order, item) for item in picked}
    possible = complete_sets(usable, order, picked, shelf.step(order.item)) if picked else pending
    lines = {item: min(max(part.planned - part.issued, 0), usable[item]) for item, part in picked.items()}
    return (pending, possible, min(pending, possible), _limiter(order, usable, pending, possible)), lines


def _return_sets(shelf: _Shelf, order: ProductionOrder, sets: int | None) -> Plan:
    """Complete sets that lie on the floor unused come back, all of them or as many as asked."""
    picked = picked_components(order)
    floor = {item: shelf.floor(order, item) for item in picked}
    there = complete_sets(floor, order, picked, shelf.step(order.item)) if picked else 0
    count = _asked(order, sets, there, there, _scarcest(order, floor, "left"), "returned")
    lines = {}
    for item, part in picked.items():
        lines[item] = -min(needed(part.planned, count, order.quantity, shelf.step(item)), floor[item])
    return (there, there, count, ""), lines


def _return_rest(shelf: _Shelf, order: ProductionOrder, sets: int | None) -> Plan:
    """Everything the order still holds comes back, substitutes and what was issued too much of included."""
    held = {
        item for status, number, item in shelf.engine.ledger.held if (status, number) == (order.status, order.number)
    }
    return (0, 0, 0, ""), {item: -shelf.floor(order, item) for item in sorted(held) if shelf.floor(order, item)}


PICKS: dict[str, Callable[[_Shelf, ProductionOrder, int | None], Plan]] = {
    "sets": _pick_sets,
    "rest": _pick_rest,
    "return_sets": _return_sets,
    "return_rest": _return_rest,
}


def pick_proposals(
    engine: Engine, orders: Iterable[str], how: str, sets_micro: int | None, as_of: date, warehouse: str = ""
) -> dict[str, pd.DataFrame]:
    """What to pick for each order, in their sequence: what one gets, the next does not see.

    A set is what one unit of the order needs. Phantoms were passed through at release, so their components are picked
    for the parent. Backflushed components and those that are not issued are left alone.

    Args:
        orders: numbers of open work or subcontract orders. how: key of `PICKS`. sets_micro: sets of each order; None
            is as many as are pending and possible. warehouse: take only from here.
    Returns:
        orders: order, item, quantity, pending, possible and proposed sets, and the component that limits them;
        lines: order, item, planned, issued, on_floor, usable before this order, quantity (negative comes back),
        missing (open and not picked), in the sequence of the orders, then by item.
    Raises:
        ImpossiblePick: an order that takes no material, or fewer sets than asked.
    """
    shelf = _Shelf(engine, as_of, warehouse)
    heads, rows = [], []
    for number in orders:
        order = _open_order(engine, number)
        if sets_micro is not None and sets_micro % shelf.step(order.item):
            raise ImpossiblePick(
                f"{number}: {micro_text(sets_micro)} sets make no whole {order.item}; ask for whole ones"
            )
        head, lines = PICKS[how](shelf, order, sets_micro)
        heads.append((number, order.item, order.quantity, *head))
        for item, quantity in lines.items():
            part = order.components.get(item)
            planned, issued = (part.planned, part.issued) if part else (0, 0)
            open_ = max(planned - issued - quantity, 0) if quantity >= 0 else 0
            rows.append((number, item, planned, issued, shelf.floor(order, item), shelf.usable(order, item),
                         quantity, open_))  # fmt: skip
            shelf.take(order, item, quantity)
    return {"orders": typed(heads, ORDER_DTYPES), "lines": typed(rows, LINE_DTYPES)}


def open_orders(engine: Engine, world: dict[str, pd.DataFrame]) -> list[str]:
    """Work orders that take material, the first to start first."""
    works = world["work_orders"].sort_values(["start_date", "due_date", "order"], na_position="last", kind="stable")
    documents = engine.documents
    return [
        number
        for number in works["order"].tolist()
        if number in documents.works
        and not documents.refuses("work_orders", number)
        and documents.works[number].processed < documents.works[number].quantity
    ]


def _open_order(engine: Engine, number: str) -> ProductionOrder:
    documents = engine.documents
    order = documents.works.get(number) or documents.subcontracts.get(number)
    if order is None:
        raise ImpossiblePick(f"there is no open work or subcontract order {number}; correct the number")
    state = documents.refuses(order.table, number)
    if state:
        raise ImpossiblePick(f"{number} is {state} and takes no material; correct the number or open the order again")
    return order


def _asked(order: ProductionOrder, sets: int | None, pending: int, possible: int, why: str, verb: str) -> int:
    most = min(pending, possible)
    if sets is None or sets <= most:
        return most if sets is None else sets
    reason = f": {why}" if possible < pending and why else f" of {micro_text(order.quantity)}"
    raise ImpossiblePick(
        f"{order.number}: {micro_text(sets)} sets cannot be {verb}, only {micro_text(most)} can{reason}; ask for fewer"
    )


def _scarcest(order: ProductionOrder, there: dict[str, int], word: str) -> str:
    """The component of which there are the fewest sets, in words; "" where nothing is picked."""
    item = min(
        there, key=lambda item: (there[item] * order.quantity / order.components[item].planned, item), default=""
    )
    return f"{micro_text(there[item])} of {item} are {word}" if item else ""


def _limiter(order: ProductionOrder, usable: dict[str, int], pending: int, possible: int) -> str:
    """The component that stock has too little of, "" where it limits nothing."""
    if possible >= pending:
        return ""
    return min(usable, key=lambda item: (usable[item] * order.quantity / order.components[item].planned, item))
