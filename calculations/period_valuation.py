"""What issues, shipments and closing stock of a period are worth, and in which order items can be valued.

Quantities are micro-units, amounts minor units of the currency, items positions; everything is exact.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.allocation import split_groups, sum_by

LAYER = ["item", "lot", "date", "origin", "quantity", "amount"]


@dataclass(frozen=True)
class Valued:
    """Amounts of the uses (one a use, in their order), the layers left, and per item what no quantity carries."""

    uses: np.ndarray
    layers: pd.DataFrame
    residue: np.ndarray


def period_average(inflows: pd.DataFrame, uses: pd.DataFrame, items: int) -> Valued:
    """Every use at the period's weighted average: (opening + what came in) ÷ quantity.

    The item's whole value is split over its uses and its closing stock by quantity, so the parts sum to the value.

    Args:
        inflows: item, lot, date, origin, quantity, amount; opening stock included, frozen issues negative.
        uses: item, lot, date, quantity; what came back is negative.
        items: number of item positions.
    Returns:
        One layer an item with stock; an item whose stock is used up but whose value is not has the rest as residue.

    >>> inflow = pd.DataFrame([(0, "", None, "", 2, 100)], columns=LAYER)
    >>> use = pd.DataFrame([(0, "", None, 1)], columns=["item", "lot", "date", "quantity"])
    >>> period_average(inflow, use, 1).uses.tolist()
    [50]
    """
    item_of_use = uses["item"].to_numpy(dtype=np.int64)
    quantity_of_use = uses["quantity"].to_numpy(dtype=np.int64)
    item_of_inflow = inflows["item"].to_numpy(dtype=np.int64)
    quantity = sum_by(inflows["quantity"], item_of_inflow, items)
    amount = sum_by(inflows["amount"], item_of_inflow, items)
    closing = quantity - sum_by(quantity_of_use, item_of_use, items)
    valued = quantity != 0
    all_items = np.arange(items)
    # units are never worth less than nothing; stock below zero (where it is allowed) is a debt
    amount_of_units = np.where(quantity > 0, np.maximum(amount, 0), np.minimum(amount, 0))
    parts = split_groups(
        np.where(valued, amount_of_units, 0),
        np.where(valued[np.r_[item_of_use, all_items]], np.r_[quantity_of_use, closing], 0),
        np.r_[item_of_use, all_items],
    )
    use_amounts, closing_amount = parts[: len(uses)], parts[len(uses) :]
    left = np.flatnonzero(closing != 0)
    layers = pd.DataFrame(
        {
            "item": left,
            "lot": "",
            "date": pd.NaT,
            "origin": "",
            "quantity": closing[left],
            "amount": closing_amount[left],
        }
    )
    residue = amount - sum_by(use_amounts, item_of_use, items) - sum_by(layers["amount"], layers["item"], items)
    return Valued(use_amounts, layers, residue)


def first_in_first_out(inflows: pd.DataFrame, uses: pd.DataFrame, items: int) -> Valued:
    """Every use takes the oldest layer, of its lot where it names one that is there.

    What came back (negative use) lies on top of the layers at the price of what was used last. What is used beyond the
    last layer, where stock may be below zero, costs what the unit before it cost and leaves a layer below zero.

    >>> inflow = pd.DataFrame([(0, "", 1, "", 1, 10), (0, "", 2, "", 1, 20)], columns=LAYER)
    >>> use = pd.DataFrame([(0, "", 3, 1)], columns=["item", "lot", "date", "quantity"])
    >>> valued = first_in_first_out(inflow, use, 1)
    >>> valued.uses.tolist(), valued.layers["amount"].tolist()
    ([10], [20])
    """
    stores: dict[int, _Layers] = defaultdict(_Layers)
    came = inflows.sort_values(["item", "date"], kind="stable", na_position="first")
    into, out = came[came["quantity"] > 0], came[came["quantity"] <= 0]
    for item, *layer in into[LAYER].itertuples(index=False):
        stores[item].rows.append(layer)
    for item, lot, _, _, quantity, amount in out[LAYER].itertuples(index=False):
        # it leaves at a frozen price: the difference to the layer it was in becomes the item's residue
        if not stores[item].rows and quantity:
            stores[item].price = (-amount, -quantity)
        stores[item].take(lot, -quantity)
    amounts = np.zeros(len(uses), dtype=np.int64)
    order = uses.reset_index(drop=True).sort_values("date", kind="stable", na_position="first").index
    columns = [uses[name].tolist() for name in ("item", "lot", "date", "quantity")]
    for row in order.tolist():
        item, lot, date, quantity = (column[row] for column in columns)
        store = stores[item]
        amounts[row] = store.take(lot, quantity) if quantity >= 0 else -store.put_back(lot, date, -quantity)
    rows = [(item, *layer) for item in sorted(stores) for layer in stores[item].left()]
    left = pd.DataFrame(rows, columns=LAYER).astype({"item": "int64", "quantity": "int64", "amount": "int64"})
    held = sum_by(inflows["amount"], inflows["item"], items)
    used = sum_by(amounts, uses["item"], items)
    return Valued(amounts, left, held - used - sum_by(left["amount"], left["item"], items))


class _Layers:
    """The layers of one item (lot, date, origin, quantity, amount), the oldest first, and what is short of them."""

    def __init__(self):
        self.rows: list[list] = []
        self.price = (0, 1)
        self.short = [0, 0]

    def take(self, lot: str, quantity: int) -> int:
        """Take units off the layers, the use's own lot first; returns their amount."""
        own = [layer for layer in self.rows if lot and layer[0] == lot]
        taken = 0
        for layer in own + [layer for layer in self.rows if not (lot and layer[0] == lot)]:
            if quantity <= 0:
                break
            part = min(quantity, layer[3])
            value = layer[4] if part == layer[3] else _portion(layer[4], part, layer[3])
            self.price = (layer[4], layer[3])
            layer[3] -= part
            layer[4] -= value
            taken += value
            quantity -= part
        self.rows = [layer for layer in self.rows if layer[3]]
        if quantity > 0:
            value = _portion(self.price[0], quantity, self.price[1])
            self.short = [self.short[0] + quantity, self.short[1] + value]
            taken += value
        return taken

    def put_back(self, lot: str, date, quantity: int) -> int:
        """Put returned units on top, at the price of what was taken last; returns their amount."""
        newest = (self.rows[-1][4], self.rows[-1][3]) if self.rows else (0, 1)
        price = self.price if self.price[0] else newest
        value = _portion(price[0], quantity, price[1])
        self.rows.append([lot, date, "", quantity, value])
        return value

    def left(self) -> list[list]:
        """The layers that are left; a shortage is one below zero."""
        short = [["", pd.NaT, "", -self.short[0], -self.short[1]]] if self.short[0] else []
        return [layer for layer in self.rows if layer[3]] + short


def _portion(amount: int, part: int, whole: int) -> int:
    """amount × part ÷ whole, half up."""
    return (2 * amount * part + whole) // (2 * whole) if whole else 0


VALUATIONS: dict[str, Callable[[pd.DataFrame, pd.DataFrame, int], Valued]] = {
    "period_average": period_average,
    "first_in_first_out": first_in_first_out,
}


def valuation_levels(edges: Iterable[tuple[int, int]], items: int) -> tuple[np.ndarray, set[tuple[int, int]]]:
    """In which order items are valued: a product after everything it consumed.

    Args:
        edges: (component, product) as actually consumed.
    Returns:
        The level of each item (0 = consumes nothing), and the edges inside loops; these are left out of the levels and
        must be valued at a frozen cost.

    >>> levels, frozen = valuation_levels([(0, 1), (1, 2), (2, 1), (2, 2)], 3)
    >>> levels.tolist(), sorted(frozen)
    ([0, 1, 0], [(1, 2), (2, 1), (2, 2)])
    """
    edges = set(edges)
    frozen = {edge for edge in edges if edge[0] == edge[1]}
    levels = _longest_paths(edges - frozen, items)
    if levels is None:
        loop_of = _loops(edges - frozen)
        frozen |= {(start, end) for start, end in edges if start in loop_of and loop_of[start] == loop_of.get(end)}
        levels = _longest_paths(edges - frozen, items)
    return levels, frozen


def _longest_paths(edges: set[tuple[int, int]], items: int) -> np.ndarray | None:
    """Longest path to each item, or None where there is a loop."""
    levels = np.zeros(items, dtype=np.int64)
    if not edges:
        return levels
    start, end = np.array(sorted(edges), dtype=np.int64).T
    for _ in range(items + 1):
        before = levels.copy()
        np.maximum.at(levels, end, levels[start] + 1)
        if (levels == before).all():
            return levels
        if levels.max() > len(edges):
            return None
    return None


def _loops(edges: set[tuple[int, int]]) -> dict[int, int]:
    """The loop (strongly connected component of two or more) each item belongs to. Source: Kosaraju's algorithm."""
    forward, backward = defaultdict(list), defaultdict(list)
    for start, end in sorted(edges):
        forward[start].append(end)
        backward[end].append(start)
    finished: list[int] = []
    seen: set[int] = set()
    for root in sorted({item for edge in edges for item in edge}):
        _walk(root, forward, seen, finished)
    loop_of: dict[int, int] = {}
    seen = set()
    for root in reversed(finished):
        members: list[int] = []
        _walk(root, backward, seen, members)
        if len(members) > 1:
            loop_of |= dict.fromkeys(members, root)
    return loop_of


def _walk(root: int, following: dict[int, list[int]], seen: set[int], finished: list[int]) -> None:
    """Depth first without recursion; items are appended when all that follows them is done."""
    if root in seen:
        return
    seen.add(root)
    path = [(root, iter(following[root]))]
    while path:
        item, rest = path[-1]
        step = next((other for other in rest if other not in seen), None)
        if step is None:
            finished.append(path.pop()[0])
        else:
            seen.add(step)
            path.append((step, iter(following[step])))
