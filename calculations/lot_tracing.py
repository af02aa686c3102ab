"""Lots followed through orders: what went into what, level by level, both ways, and where a circle ends.

A node is a lot of an item, an order that takes lots and makes lots, a sales order line, or where a lot came from. A
flow says that a quantity went from one node to the next. Which unit of an order got which of its lots nobody wrote
down: each lot an order took may be in everything that it made, and no quantity is split.

What is kept without lots is a pool: everything that came into it may be in everything taken out on that day or later.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import pandas as pd

from calculations.typed_frames import typed

LOT, PRODUCTION, SALE, RECEIPT, OPENING, FOUND, FACT = (
    "lot", "production", "sale", "receipt", "opening", "found", "fact")  # fmt: skip
BY_LOT, POSSIBLE = "by lot", "possible"
TREE_DTYPES = {
    "level": "int64",
    "above": "str",
    "kind": "str",
    "item": "str",
    "lot": "str",
    "order": "str",
    "line": "Int64",
    "quantity_micro": "int64",
    "used_micro": "Int64",
    "first_date": "datetime64[s]",
    "last_date": "datetime64[s]",
    "party": "str",
    "count": "int64",
    "known": "str",
    "told_above": "bool",
}

SOURCE_DTYPES = {name: TREE_DTYPES[name] for name in ("item", "lot", "kind", "party", "order", "line", "quantity_micro",
                                                      "first_date", "last_date", "count", "known")}  # fmt: skip


class Node(NamedTuple):
    """A document (order, line), or a lot (item, lot) or where one came from; `part` is the line or lot as text."""

    kind: str
    name: str = ""
    part: str = ""

    @property
    def is_pool(self) -> bool:
        """Whether this is stock kept without lots, of which nobody can tell one unit from another."""
        return self.kind == LOT and not self.part


@dataclass(frozen=True, slots=True)
class Flow:
    """A quantity, in micro-units, that went from one node into another; `used` of what an order took is used up."""

    above: Node
    below: Node
    quantity: int
    first: date
    last: date
    used: int | None = None


class LotSearch:
    """What is reached from the nodes asked for, forward or backward.

    The caller reads the flows at `frontier` and gives them to `add`, until the frontier is empty; each node is looked
    at once, a pool again where an earlier (backward: a later) day reaches more of it.

    Args:
        by_lot: stop at pools.
    """

    def __init__(self, start: Iterable[Node], forward: bool, by_lot: bool = False):
        self.start = tuple(dict.fromkeys(start))
        self.forward, self.by_lot = forward, by_lot
        # the day from which on (backward: up to which) a pool's flows count; None is always
        self.days: dict[Node, date | None] = dict.fromkeys(self.start)
        self.flows: dict[tuple[Node, Node], Flow] = {}
        self.frontier: set[Node] = set(self.start)

    def add(self, flows: Iterable[Flow]) -> None:
        """Take the flows that begin (backward: end) at the frontier; what they lead to anew is the next frontier."""
        reached: set[Node] = set()
        for flow in flows:
            here, there = self._ends(flow)
            if here not in self.frontier or not self._passes(here, flow):
                continue
            self.flows[flow.above, flow.below] = flow
            day = (flow.first if self.forward else flow.last) if there.is_pool else None
            if there not in self.days or self._reaches_more(self.days[there], day):
                self.days[there] = day
                if not (there.is_pool and self.by_lot):
                    reached.add(there)
        self.frontier = reached

    @property
    def nodes(self) -> list[Node]:
        """Every node reached, those asked for first."""
        return list(self.days)

    def certain(self) -> set[Node]:
        """The nodes reached without passing through a pool."""
        found, waiting, children = set(self.start), list(self.start), self._children()
        while waiting:
            for flow in children.get(waiting.pop(), ()):
                there = self._ends(flow)[1]
                if there not in found:
                    found.add(there)
                    if not there.is_pool:
                        waiting.append(there)
        return found

    def tree(self, parties: dict[Node, str]) -> pd.DataFrame:
        """The flows as a tree, depth first; a node's own flows are told where it is met first.

        Args:
            parties: customer or supplier of a document.
        Returns:
            level (1 is next to what was asked for), above (kind of the row it hangs on), kind, item and lot, or order
            and line, quantity_micro that went between the two, used_micro of it, first and last date, party, count
            (receipts in one row), known (by lot, or possible: through a pool), told_above.
        """
        children, certain, rows = self._children(), self.certain(), []
        told = set(self.start)
        waiting = [(1, *child) for node in reversed(self.start) for child in reversed(_told(children, node, parties))]
        while waiting:
            level, flow, count = waiting.pop()
            above, node = self._ends(flow)
            below = _told(children, node, parties)
            known = BY_LOT if node in certain else POSSIBLE
            again = node in told and bool(below)
            rows.append((level, above.kind, *_cells(node, flow, count), parties.get(node, ""), count, known, again))
            if node not in told:
                told.add(node)
                waiting += [(level + 1, *child) for child in reversed(below)]
        return typed(rows, TREE_DTYPES)

    def sources(self, parties: dict[Node, str]) -> pd.DataFrame:
        """Where the lots reached came from in the first place: item, lot, kind, party, order, line, quantity_micro,
        first_date, last_date, count, known; by item and lot.
        """
        by_lot: dict[Node, list[Flow]] = defaultdict(list)
        for flow in self.flows.values():
            if flow.above.kind in (RECEIPT, OPENING, FOUND):
                by_lot[flow.below].append(flow)
        certain, rows = self.certain(), []
        for lot in sorted(by_lot):
            for flow, count in _told(by_lot, lot, parties):
                kind, _, _, order, line, quantity, _, first, last = _cells(flow.above, flow, count)
                known = BY_LOT if flow.above in certain else POSSIBLE
                rows.append((lot.name, lot.part, kind, parties.get(flow.above, ""), order, line, quantity, first, last,
                             count, known))  # fmt: skip
        return typed(rows, SOURCE_DTYPES)

    def _ends(self, flow: Flow) -> tuple[Node, Node]:
        return (flow.above, flow.below) if self.forward else (flow.below, flow.above)

    def _passes(self, here: Node, flow: Flow) -> bool:
        day = self.days[here]
        return day is None or (flow.last >= day if self.forward else flow.first <= day)

    def _reaches_more(self, before: date | None, now: date | None) -> bool:
        if before is None or now is None:
            return False
        return now < before if self.forward else now > before

    def _children(self) -> dict[Node, list[Flow]]:
        children: dict[Node, list[Flow]] = defaultdict(list)
        for flow in self.flows.values():
            children[self._ends(flow)[0]].append(flow)
        for flows in children.values():
            flows.sort(key=lambda flow: (flow.first, self._ends(flow)[1]))
        return children


def _told(children: dict[Node, list[Flow]], node: Node, parties: dict[Node, str]) -> list[tuple[Flow, int]]:
    """A node's flows, each with how many it stands for: what one supplier brought into a pool is told as one."""
    flows = children.get(node, [])
    if not node.is_pool:
        return [(flow, 1) for flow in flows]
    told = [(flow, 1) for flow in flows if flow.above.kind != RECEIPT]
    brought: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.above.kind == RECEIPT:
            brought[parties.get(flow.above, "")].append(flow)
    for same in brought.values():
        days = [day for flow in same for day in (flow.first, flow.last)]
        whole = replace(same[0], quantity=sum(flow.quantity for flow in same), first=min(days), last=max(days))
        told.append((whole, len(same)))
    return told


def _cells(node: Node, flow: Flow, count: int) -> tuple:
    item, lot = (node.name, node.part) if node.kind == LOT else ("", "")
    order = node.name if node.kind in (PRODUCTION, SALE, RECEIPT) and count == 1 else ""
    line = int(node.part) if node.kind in (SALE, RECEIPT) and node.part and count == 1 else pd.NA
    used = pd.NA if flow.used is None else flow.used
    first, last = (pd.NaT if day == date.min else day for day in (flow.first, flow.last))
    return (node.kind, item, lot, order, line, flow.quantity, used, first, last)
