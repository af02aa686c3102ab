"""What stands behind every demand today: supplies and what each goes into, by the rules of planning.

The pegs of the last plan say what served whom when it was made; since then goods were received, issued, completed and
shipped, suggestions released and orders taken. So the plant is pegged anew from its facts, with every suggestion of the
last plan that is still open taken as it stands. Supply serves by its dates, and however late: a plan orders anew beside
a late order, but whoever asks how far his order is waits for the late one. What all of it does not cover is
*unplanned*. On the data of the last plan this gives its pegs. Why: docs/decisions/0026.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from calculations.low_level_codes import CyclicBillOfMaterials, low_level_codes
from calculations.material_planning import plan_inputs
from calculations.plan import Plan
from calculations.planning_inputs import (
    MADE,
    PLANNED,
    SALES,
    SUBCONTRACT,
    SUBCONTRACTED,
    SUGGESTED,
    SUPPLY_KINDS,
    WORK,
    planning_inputs,
)
from calculations.policies import resolve
from calculations.row_ranges import ranges
from calculations.substitution import Substitutions, planning_groups

UNPLANNED = len(SUPPLY_KINDS)
KINDS = (*SUPPLY_KINDS, "unplanned")
# Which supplies the needs of each kind of demand go into.
GOES_INTO = {WORK: MADE, SUBCONTRACT: SUBCONTRACTED, PLANNED: SUGGESTED}


@dataclass(frozen=True)
class SupplyGraph:
    """Supplies, and edges from each to the needs it serves; days since 1970-01-01, quantities in micro-units.

    Of a supply: `item` (position), `kind` (of `KINDS`), `number` and `line` (blank: stock, unplanned), `due`,
    `quantity`. Of an edge: `supply`, `need` (a row of `plan.needs`), `amount`. Of a need: `parent`, the supply it goes
    into, -1 where it is a customer's or a forecast's. `suggestions` are the supplies of `plan.inputs.firm`, row by row.
    """

    plan: Plan
    item: np.ndarray
    kind: np.ndarray
    number: np.ndarray
    line: np.ndarray
    due: np.ndarray
    quantity: np.ndarray
    supply: np.ndarray
    need: np.ndarray
    amount: np.ndarray
    parent: np.ndarray
    suggestions: np.ndarray

    @property
    def today(self) -> int:
        """The day of the question."""
        return self.plan.inputs.as_of

    @cached_property
    def level(self) -> np.ndarray:
        """Low-level code of each supply's item: what goes into it lies deeper, also what only an open order lists."""
        codes, inputs = self.plan.codes, self.plan.inputs
        into = self.parent[self.need]
        edge = np.flatnonzero(into >= 0)
        parent, part = self.item[into[edge]], self.item[self.supply[edge]]
        beside = np.flatnonzero((codes[part] <= codes[parent]) & (part != parent))
        if len(beside):
            known = inputs.bills.edges(inputs.as_of)
            listed = (parent[beside], part[beside])
            try:
                codes = low_level_codes(
                    *(np.concatenate(pair) for pair in zip(known, listed, strict=True)), inputs.index
                )
            except CyclicBillOfMaterials:
                # what lies on the circle is left out of `into`
                codes = self.plan.codes
        return codes[self.item]

    @cached_property
    def into(self) -> np.ndarray:
        """The supply that each edge goes into, -1 at the top; what would lead round in a circle (rework) is left."""
        parent = self.parent[self.need]
        deeper = self.level[self.supply] > np.append(self.level, -1)[parent]
        return np.where(deeper, parent, -1)

    @cached_property
    def below(self) -> tuple[np.ndarray, np.ndarray]:
        """Edges sorted by what they go into, and where those of each supply begin."""
        edges = np.flatnonzero(self.into >= 0)
        edges = edges[np.argsort(self.into[edges], kind="stable")]
        return edges, np.searchsorted(self.into[edges], np.arange(len(self.item) + 1))

    def levels_up(self) -> list[np.ndarray]:
        """The edges into supplies of each level, deepest first: when a level's turn comes, its parts are known."""
        edges, _ = self.below
        level = self.level[self.into[edges]]
        order = np.argsort(-level, kind="stable")
        edges, level = edges[order], level[order]
        return np.split(edges, np.flatnonzero(np.diff(level)) + 1) if len(edges) else []

    def position(self, kind: int, numbers) -> np.ndarray:
        """The supplies of a kind with these numbers; -1 where there is none."""
        return _places(self.kind, self.number, kind, numbers)

    def names(self, rows: np.ndarray) -> list[str]:
        """What a supply is in words: "OAK of PO-1", "OAK in inspection", "OAK in stock", "OAK, not planned"."""
        codes = self.plan.inputs.items["item"].to_numpy(dtype=object)[self.item[rows]].tolist()
        ends = {0: " in stock", 1: " in inspection", UNPLANNED: ", not planned"}
        cells = zip(codes, self.kind[rows].tolist(), self.number[rows].tolist(), strict=True)
        return [code + ends.get(kind, f" of {number}") for code, kind, number in cells]


def supply_graph(world: dict, as_of: date, policies: dict | None = None) -> SupplyGraph:
    """The graph of a world.

    Args:
        world: as `plan_materials` takes it; `planned_orders` are those of the last plan, suggestions too.
    Raises:
        what `material_planning.plan_materials` raises.
    """
    planned = world.get("planned_orders")
    if planned is not None and len(planned):
        world = {**world, "planned_orders": planned.assign(firm=True)}
    inputs = planning_inputs(world, as_of, resolve(policies, as_of))
    # in the order of their days, but none too late to serve
    today = np.full(len(inputs.receipts.day), inputs.as_of, dtype=np.int64)
    inputs = replace(inputs, receipts=replace(inputs.receipts, day=today))
    groups = planning_groups(world, inputs.index)
    return _graph(plan_inputs(inputs, groups, Substitutions(world, inputs, groups)))


def _graph(plan: Plan) -> SupplyGraph:
    pegging, receipts, inputs = plan.pegging, plan.inputs.receipts, plan.inputs
    items, received, new = len(inputs.items), len(receipts.item), len(plan.orders.item)
    kind = np.where(pegging.planned, UNPLANNED, pegging.supply_kind)
    blank = np.full(items, "", dtype=object)
    number = np.concatenate([blank, receipts.order, np.full(new, "", dtype=object)])
    first = np.full(items, inputs.as_of)
    graph = SupplyGraph(
        plan=plan,
        item=pegging.supply_item,
        kind=kind,
        number=number,
        line=np.concatenate([np.full(items, -1), receipts.line, np.full(new, -1)]),
        due=np.concatenate([first, receipts.date, plan.orders.need]),
        quantity=np.concatenate([inputs.on_hand, receipts.quantity, plan.orders.received]),
        supply=pegging.supply,
        need=pegging.demand,
        amount=pegging.quantity,
        parent=np.full(len(pegging.needs), -1, dtype=np.int64),
        suggestions=_places(kind, number, SUGGESTED, inputs.documents[PLANNED]),
    )
    needs, firm = pegging.needs, len(inputs.documents[PLANNED])
    for asks, goes_into in GOES_INTO.items():
        mine = np.flatnonzero((needs.kind == asks) & ((asks != PLANNED) | (needs.ref < firm)))
        place = graph.suggestions if asks == PLANNED else graph.position(goes_into, inputs.documents[asks])
        graph.parent[mine] = np.append(place, -1)[needs.ref[mine]]
    fresh = np.flatnonzero((needs.kind == PLANNED) & (needs.ref >= firm))
    graph.parent[fresh] = items + received + needs.ref[fresh] - firm
    return graph


def line_of_need(lines: pd.DataFrame, graph: SupplyGraph) -> np.ndarray:
    """The order line of each need, -1 of others."""
    needs = graph.plan.needs
    found = np.full(len(needs), -1, dtype=np.int64)
    rows = np.flatnonzero(needs.kind == SALES)
    if len(rows) and len(lines):
        index = pd.MultiIndex.from_arrays([lines["order"], lines["line"].astype("int64")])
        orders = graph.plan.inputs.documents[SALES][needs.ref[rows]]
        found[rows] = index.get_indexer(pd.MultiIndex.from_arrays([orders, needs.line[rows]]))
    return found


def _places(kind: np.ndarray, number: np.ndarray, wanted: int, numbers) -> np.ndarray:
    rows = np.flatnonzero(kind == wanted)
    return np.append(rows, -1)[pd.Index(number[rows]).get_indexer(numbers)]


@dataclass(frozen=True)
class Reach:
    """What serves chosen demands on all levels: pairs of a demand and an edge, and pairs of a demand and a supply.

    `share` is how much of the edge, or which part of the supply, is for the demand; `direct` marks the edges that serve
    it without another order between.
    """

    demand: np.ndarray
    edge: np.ndarray
    share: np.ndarray
    direct: np.ndarray
    of: np.ndarray
    supply: np.ndarray
    part: np.ndarray


def reach(graph: SupplyGraph, demand_of_need: np.ndarray, demands: int) -> Reach:
    """Everything behind demands, level by level; each supply is looked at once for each demand it serves.

    Args:
        demand_of_need: of every need which of the demands it belongs to, -1 for none.
    """
    own = demand_of_need[graph.need]
    edge = np.flatnonzero(own >= 0)
    found = [(own[edge], edge, graph.amount[edge].astype(float))]
    direct, edges, starts = len(edge), *graph.below
    waiting = [found[0]]
    supplies: list[tuple] = []
    count = max(demands, 1)
    for level in range(int(graph.level.max(initial=-1)) + 1):
        # what is reached on this level is complete: everything it goes into lies higher
        own, edge, share = (np.concatenate(parts) for parts in zip(*waiting, strict=True))
        here = graph.level[graph.supply[edge]] == level
        waiting = [(own[~here], edge[~here], share[~here])]
        own, edge, share = own[here], edge[here], share[here]
        key, place = np.unique(graph.supply[edge] * count + own, return_inverse=True)
        supply, of = np.divmod(key, count)
        part = np.bincount(place, share, minlength=len(key)) / np.maximum(graph.quantity[supply], 1)
        supplies.append((of, supply, part))
        length = starts[supply + 1] - starts[supply]
        row = np.repeat(np.arange(len(supply)), length)
        below = edges[ranges(starts[supply], starts[supply + 1])]
        more = (of[row], below, graph.amount[below] * part[row])
        found.append(more)
        waiting.append(more)
    demand, edge, share = (np.concatenate(parts) for parts in zip(*found, strict=True))
    none = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    of, supply, part = (np.concatenate(parts) for parts in zip(none, *supplies, strict=True))
    return Reach(demand, edge, share, np.arange(len(edge)) < direct, of, supply, part)
