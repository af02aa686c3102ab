"""Whom a supply serves in the end, and what serves a demand on all levels, from the single-level pegs of a plan.

A supply serves orders; what an order makes serves further orders, up to a customer's line or a forecast. An order's
needs belong to whoever its output serves, in proportion: of 100 bolts of an order of 25 desks, 5 of which are for a
customer, 20 are for him. Shares are split by largest remainder, so that parts always sum to their whole, to the micro-
unit; what serves nobody (minimum, multiple, rounding) keeps its share and is named. Every order is looked at once,
however many ways lead to it. Why in proportion: docs/decisions/0016.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from calculations.exact import split_by_largest_remainder

# What a planned order of each kind becomes.
DOCUMENT = {"purchase": "purchase_order", "production": "work_order", "subcontract": "subcontract_order"}
# Supplies without a number of their own: the item names them.
UNNUMBERED = ("stock", "inspection")
UNSERVED = SAFETY_STOCK, SURPLUS = "safety_stock", "surplus"


class Branch(NamedTuple):
    """A row of a tree, parents before their branches.

    Up: `quantity_micro` units of `item` (the order's own) are what the root goes into here, `share_micro` how much of
    the root that is. Down: `quantity_micro` units of the supply are for the root; there is no share. `whole_micro` is
    all the supply brings, or all the demand asks for. `again`: its branches stand above, where it came first.
    """

    level: int
    kind: str
    number: str
    item: str
    quantity_micro: int
    whole_micro: int
    share_micro: int | None
    again: bool


@dataclass(frozen=True)
class PeggingGraph:
    """Supplies and demands by position, and the pegs between them as edges from `supply` to `demand`.

    `whole` is what a supply brings: what its pegs take, `safety` (held as safety stock) and `surplus` (for nobody).
    `needed` is all that an edge's demand asks for of the edge's item.
    """

    keys: pd.Index
    kind: list[str]
    number: list[str]
    node_item: list[str]
    whole: list[int]
    safety: list[int]
    surplus: list[int]
    supply: list[int]
    demand: list[int]
    item: list[str]
    quantity: list[int]
    needed: list[int]
    serves: "Edges"
    needs: "Edges"

    def position(self, kind: str, number: str) -> int | None:
        """Where a supply or demand stands; None when the plan does not know it."""
        place = self.keys.get_indexer([f"{kind}:{number}"])[0]
        return int(place) if place >= 0 else None

    def is_order(self, node: int) -> bool:
        """Whether it brings something: stock and orders do, customers' lines and forecasts do not."""
        return self.whole[node] > 0 or bool(self.serves[node])


class Edges:
    """The edges at one end of each node, in the order of the pegs."""

    def __init__(self, end: np.ndarray, nodes: int):
        self.edge = np.argsort(end, kind="stable").tolist()
        self.start = np.searchsorted(np.sort(end), np.arange(nodes + 1)).tolist()

    def __getitem__(self, node: int) -> list[int]:
        return self.edge[self.start[node] : self.start[node + 1]]


def pegging_graph(
    pegs: pd.DataFrame, supplies: pd.DataFrame, safety_stock: pd.Series, releases: pd.DataFrame
) -> PeggingGraph:
    """The pegs of a plan as a graph; planned orders that became documents since then go by these.

    Several planned orders in one document are one node, as they will be in the next plan.

    Args:
        pegs: supply_kind, supply, supply_line, demand_kind, demand, line, item, quantity_micro, in the plan's order.
        supplies: kind, number, line, item, date, quantity_micro: all the plan counted on; those of stock without date.
        safety_stock: micro-units by item; a missing item has none.
        releases: planned_order, kind (purchase, production, subcontract), order, line.
    """
    became = _documents(releases)
    sides = (
        node_keys(supplies, "kind", "number", "line"),
        node_keys(pegs, "supply_kind", "supply", "supply_line"),
        node_keys(pegs, "demand_kind", "demand", "line"),
    )
    # whole numbers from here on: comparing texts would take most of the time
    codes, keys = pd.factorize(np.array([became.get(key, key) for side in sides for key in side], dtype=object))
    node, supply, demand = np.split(codes, np.cumsum([len(side) for side in sides])[:-1])
    item, items = pd.factorize(np.concatenate([pegs["item"].to_numpy(object), supplies["item"].to_numpy(object)]))
    edges = pd.DataFrame({"supply": supply, "demand": demand, "item": item[: len(pegs)]})
    edges = edges.assign(quantity=pegs["quantity_micro"].to_numpy(dtype=np.int64))
    edges = edges.groupby(["supply", "demand", "item"], sort=False, as_index=False)["quantity"].sum()
    supply, demand = edges["supply"].to_numpy(), edges["demand"].to_numpy()
    pegged = np.zeros(len(keys), dtype=np.int64)
    np.add.at(pegged, supply, edges["quantity"].to_numpy())
    node_item = np.full(len(keys), len(items))
    node_item[supply], node_item[node] = edges["item"].to_numpy(), item[len(pegs) :]
    held = safety_stock.reindex(items).fillna(0).to_numpy(dtype=np.int64)
    safety, surplus = _unpegged(supplies.assign(node=node, item=node_item[node]), keys, pegged, held)
    named = [key.partition(":") for key in keys]
    item_names = np.append(items, "")
    return PeggingGraph(
        keys=pd.Index(keys, dtype=object),
        kind=[kind for kind, _, _ in named],
        number=[number for _, _, number in named],
        node_item=item_names[node_item].tolist(),
        whole=(pegged + safety + surplus).tolist(),
        safety=safety.tolist(),
        surplus=surplus.tolist(),
        supply=supply.tolist(),
        demand=demand.tolist(),
        item=item_names[edges["item"]].tolist(),
        quantity=edges["quantity"].tolist(),
        needed=edges.groupby(["demand", "item"])["quantity"].transform("sum").tolist(),
        serves=Edges(supply, len(keys)),
        needs=Edges(demand, len(keys)),
    )


def pegged_up(graph: PeggingGraph, root: int) -> list[Branch]:
    """Everything a supply goes into, up to customers' lines, forecasts, safety stock and surplus.

    The shares of the branches of a node sum to its own share; so do those of all ends to what the root brings.
    """
    order, loops = _walk(root, lambda node: [(edge, graph.demand[edge]) for edge in graph.serves[node]])
    share, own = {root: graph.whole[root]}, {root: graph.whole[root]}
    amounts: dict[int, tuple[int, int]] = {}
    left: dict[int, list[Branch]] = {}
    for node in order:
        own.setdefault(node, _reached(graph, node, amounts))
        edges = graph.serves[node]
        weights = [*(graph.quantity[edge] for edge in edges), graph.safety[node], graph.surplus[node]]
        if not sum(weights):
            continue
        owns, shares = (split_by_largest_remainder(total[node], weights) for total in (own, share))
        amounts |= zip(edges, zip(owns, shares, strict=False), strict=False)
        for edge, part in zip(edges, shares, strict=False):
            if edge not in loops:
                share[graph.demand[edge]] = share.get(graph.demand[edge], 0) + part
        left[node] = [
            Branch(0, kind, "", graph.node_item[node], own_part, graph.whole[node], part, False)
            for kind, weight, own_part, part in zip(UNSERVED, weights[-2:], owns[-2:], shares[-2:], strict=True)
            if weight
        ]
    return _rows(root, graph.serves, graph.demand, loops, lambda edge: _branch_up(graph, edge, *amounts[edge]), left)


def pegged_down(graph: PeggingGraph, root: int) -> list[Branch]:
    """Everything that serves a demand, or that an order needs, on all levels.

    What an order needs of a component for the root is split over the supplies of that component; these parts sum to
    it. Quantities are those for the root; `whole_micro` is what the supply brings for everybody.
    """
    order, loops = _walk(root, lambda node: [(edge, graph.supply[edge]) for edge in graph.needs[node]])
    amounts: dict[int, int] = {}
    for node in order:
        by_item: dict[str, list[int]] = {}
        for edge in graph.needs[node]:
            by_item.setdefault(graph.item[edge], []).append(edge)
        for edges in by_item.values():
            pegged = [graph.quantity[edge] for edge in edges]
            ours = sum(pegged) if node == root else _for_root(graph, node, sum(pegged), amounts, loops)
            amounts |= zip(edges, split_by_largest_remainder(ours, pegged), strict=True)
    return _rows(root, graph.needs, graph.supply, loops, lambda edge: _branch_down(graph, edge, amounts[edge]), {})


def first_served(graph: PeggingGraph, roots: list[int], rank: list[int], most: int) -> dict[int, list[int]]:
    """The demands that each of many supplies serves in the end: the first `most` by rank.

    Every node is looked at once for all roots together.
    """
    known: dict[int, list[int]] = {}
    for root in roots:
        order, _ = _walk(root, lambda node: [] if node in known else
                         [(edge, graph.demand[edge]) for edge in graph.serves[node]])  # fmt: skip
        for node in reversed(order):
            found = {end for edge in graph.serves[node] for end in known.get(graph.demand[edge], ())}
            if node not in known:
                known[node] = sorted(found, key=rank.__getitem__)[:most] if graph.is_order(node) else [node]
    return {root: known[root] for root in roots}


def ends(rows: list[Branch]) -> list[Branch]:
    """Whom the root of a tree up serves in the end, each once with its whole share, in the order of the tree."""
    found: dict[tuple[str, str], Branch] = {}
    for place, row in enumerate(rows):
        if row.again or (place + 1 < len(rows) and rows[place + 1].level > row.level):
            continue
        key = (row.kind, row.number or row.item)
        known = found.get(key)
        found[key] = row._replace(level=1) if known is None else known._replace(
            quantity_micro=known.quantity_micro + (row.quantity_micro if known.item == row.item else 0),
            share_micro=known.share_micro + row.share_micro,
        )  # fmt: skip
    return list(found.values())


def node_keys(rows: pd.DataFrame, kind: str, number: str, line: str) -> list[str]:
    """Kind and number of each supply or demand as one text, such as "purchase_order:PO-1/10" or "stock:BOLT"."""
    cells = (rows[name].to_numpy(dtype=object, na_value=None).tolist() for name in (kind, number, line, "item"))
    return [
        f"{kind}:{item}" if kind in UNNUMBERED else f"{kind}:{number}" if line is None else f"{kind}:{number}/{line}"
        for kind, number, line, item in zip(*cells, strict=True)
    ]


def _documents(releases: pd.DataFrame) -> dict[str, str]:
    """Key of the document by key of the planned order that went into it."""
    keys = node_keys(releases.assign(kind=releases["kind"].map(DOCUMENT), item=""), "kind", "order", "line")
    return dict(zip("planned_order:" + releases["planned_order"].astype(object), keys, strict=True))


def _unpegged(supplies: pd.DataFrame, keys, pegged: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What serves nobody, by node: an item's first units of it are its safety stock, the rest is surplus.

    A supply that has shrunk below its pegs since the plan (goods came in) still counts as they say.
    """
    supplies = supplies.groupby("node", sort=False, as_index=False).agg(
        item=("item", "first"), date=("date", "min"), quantity=("quantity_micro", "sum")
    )
    node = supplies["node"].to_numpy()
    supplies = supplies.assign(left=(supplies["quantity"] - pegged[node]).clip(lower=0), key=keys[node])
    supplies = supplies.sort_values(["item", "date", "key"], na_position="first", kind="stable", ignore_index=True)
    before = (supplies.groupby("item")["left"].cumsum() - supplies["left"]).to_numpy()
    left, node = supplies["left"].to_numpy(), supplies["node"].to_numpy()
    kept = np.minimum(np.maximum(held[supplies["item"]] - before, 0), left)
    safety, surplus = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
    safety[node], surplus[node] = kept, left - kept
    return safety, surplus


def _walk(root: int, branches) -> tuple[list[int], set[int]]:
    """Nodes from the root on, each before all it leads to; and the edges left out because they lead back.

    An order that needs its own output (rework) would otherwise go round for ever.
    """
    done: list[int] = []
    open_nodes, closed, loops = {root}, set(), set()
    stack = [(root, iter(branches(root)))]
    while stack:
        node, waiting = stack[-1]
        for edge, other in waiting:
            if other in open_nodes:
                loops.add(edge)
            elif other not in closed:
                open_nodes.add(other)
                stack.append((other, iter(branches(other))))
                break
        else:
            stack.pop()
            open_nodes.discard(node)
            closed.add(node)
            done.append(node)
    return done[::-1], loops


def _reached(graph: PeggingGraph, node: int, amounts: dict[int, tuple[int, int]]) -> int:
    """How much of an order the root goes into, in the order's own units.

    Of one component, supplies add up; of several, the one that reaches most decides, since each unit takes them all.
    """
    parts: dict[str, tuple[int, int]] = {}
    for edge in graph.needs[node]:
        if edge in amounts:
            before = parts.get(graph.item[edge], (0, 0))[0]
            parts[graph.item[edge]] = (before + amounts[edge][0], graph.needed[edge])
    return max((_proportion(graph.whole[node], part, needed) for part, needed in parts.values()), default=0)


def _for_root(graph: PeggingGraph, node: int, needed: int, amounts: dict[int, int], loops: set[int]) -> int:
    """How much of an order's need of a component is for the root: the need allocated to all whom the order serves."""
    edges = graph.serves[node]
    pegged = [graph.quantity[edge] for edge in edges]
    parts = split_by_largest_remainder(needed, [*pegged, graph.safety[node] + graph.surplus[node]])
    return sum(
        _proportion(part, amounts.get(edge, 0), whole)
        for edge, part, whole in zip(edges, parts[:-1], pegged, strict=True)
        if edge not in loops
    )


def _proportion(quantity: int, part: int, whole: int) -> int:
    return (2 * quantity * part + whole) // (2 * whole) if whole else 0


def _branch_up(graph: PeggingGraph, edge: int, own: int, share: int) -> Branch:
    node = graph.demand[edge]
    item, whole = graph.item[edge], graph.needed[edge]
    if graph.is_order(node):
        item, own, whole = graph.node_item[node], _proportion(graph.whole[node], own, whole), graph.whole[node]
    return Branch(1, graph.kind[node], graph.number[node], item, own, whole, share, False)


def _branch_down(graph: PeggingGraph, edge: int, own: int) -> Branch:
    node = graph.supply[edge]
    return Branch(1, graph.kind[node], graph.number[node], graph.item[edge], own, graph.whole[node], None, False)


def _rows(root: int, edges_of: Edges, end: list[int], loops: set[int], branch, left: dict) -> list[Branch]:
    """The tree depth first; what lies behind a node is listed where the node comes first."""
    rows: list[Branch] = []
    shown: set[int] = set()
    waiting: list[tuple[int, int] | Branch] = []

    def list_below(node: int, level: int) -> None:
        shown.add(node)
        waiting.extend(row._replace(level=level) for row in reversed(left.get(node, ())))
        waiting.extend((edge, level) for edge in reversed(edges_of[node]))

    list_below(root, 1)
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, Branch):
            rows.append(entry)
            continue
        edge, level = entry
        node = end[edge]
        again = edge in loops or (node in shown and bool(edges_of[node] or left.get(node)))
        rows.append(branch(edge)._replace(level=level, again=again))
        if not again:
            list_below(node, level + 1)
    return rows
