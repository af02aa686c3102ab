"""Net change: the plan of changed inputs made from an earlier plan, anew only for the items that a change reaches.

An item is planned anew if something of its own changed, or an order of an item it goes into. All others keep their rows
of the earlier plan, moved to where the full run would have written them: the two plans are the same, array for array.
"""

from dataclasses import fields
from typing import NamedTuple

import numpy as np

from calculations.level_planning import LevelPlanner
from calculations.low_level_codes import low_level_codes
from calculations.plan import Plan
from calculations.plan_book import PlanBook
from calculations.planning_inputs import PlanningInputs
from calculations.planning_network import PlanningNetwork, planning_network
from calculations.row_ranges import ranges
from calculations.substitution import PlanningGroups, Substitutions

# With more items than this share changed by themselves, the full run is quicker.
MOST_CHANGED = 1 / 4
# What decides how items are planned together: where it differs, everything is planned.
TOGETHER = ("as_of", "policies", "index", "calendar", "bills", "sources", "phantom", "step")


def replanned(
    base: Plan, inputs: PlanningInputs, groups: PlanningGroups, substitutions: Substitutions
) -> tuple[Plan, int] | None:
    """The plan of the inputs, and how many items were planned anew; None where everything has to be.

    Levels on which needs pass through phantoms or move to substitutes are planned anew as a whole, if at all.
    """
    if not all(_same(getattr(base.inputs, name), getattr(inputs, name)) for name in TOGETHER):
        return None
    codes = groups.codes(low_level_codes, *inputs.bills.edges(inputs.as_of), inputs.index)
    if not np.array_equal(codes, base.codes):
        return None
    network = planning_network(inputs, codes, lambda *_: base.network.uses)
    changed = _own_changes(base, inputs, network)
    if changed.mean() > MOST_CHANGED:
        return None
    return _NetChange(base, inputs, network, substitutions, changed).plan()


class _Starts(NamedTuple):
    """Where each rank's rows begin, and where the last one's end."""

    orders: np.ndarray
    moves: np.ndarray
    asked: np.ndarray
    served: np.ndarray


class _NetChange:
    def __init__(self, base: Plan, inputs: PlanningInputs, network: PlanningNetwork, substitutions, changed):
        self._base, self._inputs, self._network, self._substitutions = base, inputs, network, substitutions
        self._changed = changed
        self._book = PlanBook(len(changed), len(base.raw_moves.day))
        self._general = LevelPlanner(inputs, network, substitutions, self._book)
        self._old = _starts_of(base)
        # where each order of the earlier plan stands now, if it stayed as it was
        self._order_now = np.full(len(base.raw_orders.quantity), -1, dtype=np.int64)

    def plan(self) -> tuple[Plan, int]:
        """Level by level, as the full run."""
        network, book, special, count = self._network, self._book, [], 0
        for level in range(network.levels):
            ranks = np.arange(network.level_starts[level], network.level_starts[level + 1])
            special.append(self._general.is_special(level))
            anew = ranks
            if not special[level] and not self._base.special[level]:
                anew = ranks[self._changed[ranks]]
            begin = self._written()
            if len(anew):
                self._general.plan(level, None if len(anew) == len(ranks) else anew)
            if len(anew) < len(ranks):
                self._merge(ranks, anew, begin)
            self._compare(anew)
            kept = np.setdiff1d(ranks, anew, assume_unique=True)
            self._follow(kept)
            count += len(anew)
        plan = Plan(self._inputs, network, self._inputs.lots, book.orders.used, book.moves.used, book.asked.used,
                    book.served.used, book.move_count, book.asked_count, special, self._general.passed,
                    self._substitutions.log)  # fmt: skip
        return plan, count

    def _written(self) -> _Starts:
        book = self._book
        return _Starts(*(columns.count for columns in (book.orders, book.moves, book.asked, book.served)))

    def _merge(self, ranks: np.ndarray, anew: np.ndarray, begin: _Starts) -> None:
        """Lay the kept rows of a level between the new ones, which stand at the end of the book, rank by rank."""
        book, base, items = self._book, self._base, self._network.sequence[ranks]
        is_new = np.isin(ranks, anew)
        counts = [np.diff(starts)[ranks] for starts in self._old]
        for column, own in zip(counts, self._new_counts(anew, begin), strict=True):
            column[is_new] = own
        start = _Starts(*(first + np.cumsum(column) - column for first, column in zip(begin, counts, strict=True)))
        before = _Starts(*(old[ranks] for old in self._old))
        for first, old, column in zip(begin, before, counts, strict=True):
            own = column[is_new]
            old[is_new] = first + np.cumsum(own) - own
        moved = _Starts(*(now - old for now, old in zip(start, before, strict=True)))
        by_row = [np.repeat(np.arange(len(ranks)), column) for column in counts]
        rows = []
        for columns, raw, first, old, column, of in zip(
            (book.orders, book.moves, book.asked, book.served),
            (base.raw_orders, base.raw_moves, base.raw_asked, base.raw_served),
            begin, before, counts, by_row, strict=True,
        ):  # fmt: skip
            place, fresh = ranges(old, old + column), is_new[of]
            rows.append({
                name: _chosen(fresh, place, getattr(columns.arrays, name), getattr(raw, name))
                for name in columns.kind._fields
            })  # fmt: skip
            columns.count = first
        orders, moves, asked, served = rows
        orders["movement"] += moved.moves[by_row[0]]
        asked["source"] = self._sources(asked["source"], ranks[by_row[2]], ~is_new[by_row[2]])
        served["demand"] += moved.asked[by_row[3]]
        served["supply"] = self._supplies(served["supply"], items[by_row[3]], moved.orders[by_row[3]],
                                          ~is_new[by_row[3]])  # fmt: skip
        for columns, found in zip((book.orders, book.moves, book.asked, book.served), rows, strict=True):
            columns.append(**found)
        book.order_first[items], book.order_count[items] = start.orders, counts[0]
        book.move_count[ranks], book.asked_count[ranks] = counts[1], counts[2]

    def _new_counts(self, anew: np.ndarray, begin: _Starts) -> list[np.ndarray]:
        """Orders, movements, needs and pegs of the ranks that were just planned."""
        book = self._book
        asked = book.asked_count[anew]
        demand = book.served.used.demand[begin.served :] - begin.asked
        pegs = np.bincount(np.repeat(np.arange(len(anew)), asked)[demand], minlength=len(anew))
        return [book.order_count[self._network.sequence[anew]], book.move_count[anew], asked, pegs]

    def _sources(self, source: np.ndarray, rank: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """Who asks: orders where they stand now, needs from outside by their place among those of today."""
        source, now = source.astype(np.int64), self._network.given_starts - self._base.network.given_starts
        order, outside = np.flatnonzero(kept & (source >= 0)), np.flatnonzero(kept & (source < 0))
        source[order] = self._order_now[source[order]]
        source[outside] -= now[rank[outside]]
        return source

    def _supplies(self, supply: np.ndarray, item: np.ndarray, moved: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """What serves: stock as it was, receipts by their place among those of today, orders where they stand now."""
        supply, items = supply.astype(np.int64), len(self._inputs.items)
        old, new = len(self._base.inputs.receipts.item), len(self._inputs.receipts.item)
        receipt = np.flatnonzero(kept & (supply >= items) & (supply < items + old))
        order = supply >= items + np.where(kept, old, new)
        now = self._network.receipt_starts - self._base.network.receipt_starts
        supply[receipt] += now[item[receipt]]
        return supply + np.where(order, moved + np.where(kept, new - old, 0), 0)

    def _compare(self, anew: np.ndarray) -> None:
        """Mark the components of items whose orders came out otherwise; the others' orders are followed."""
        items, old, orders = self._network.sequence[anew], self._old.orders, self._book.orders.arrays
        count = self._book.order_count[items]
        differs = count != np.diff(old)[anew]
        same = np.flatnonzero(~differs)
        of = np.repeat(same, count[same])
        before = ranges(old[anew[same]], old[anew[same]] + count[same])
        now = ranges(self._book.order_first[items[same]], self._book.order_first[items[same]] + count[same])
        for name in ("quantity", "urgency", "bill"):
            unequal = getattr(orders, name)[now] != getattr(self._base.raw_orders, name)[before]
            differs[of[unequal]] = True
        self._follow(anew[~differs])
        bills, parents = self._inputs.bills, items[differs]
        bill = ranges(bills.bill_starts[parents], bills.bill_starts[parents + 1])
        line = ranges(bills.line_starts[bill], bills.line_starts[bill + 1])
        self._changed[self._network.rank[bills.component[line]]] = True

    def _follow(self, ranks: np.ndarray) -> None:
        """Note where the orders of items stand whose orders are as they were."""
        items, old = self._network.sequence[ranks], self._old.orders
        first, count = self._book.order_first[items], self._book.order_count[items]
        self._order_now[ranges(old[ranks], old[ranks] + count)] = ranges(first, first + count)


def _starts_of(plan: Plan) -> _Starts:
    """Where each rank's rows begin in a plan."""
    count = len(plan.move_count)
    moves, asked = _starts(plan.move_count), _starts(plan.asked_count)
    rank = np.repeat(np.arange(count), plan.move_count)[plan.raw_orders.movement]
    of_peg = np.repeat(np.arange(count), plan.asked_count)[plan.raw_served.demand]
    return _Starts(_starts(np.bincount(rank, minlength=count)), moves, asked,
                   _starts(np.bincount(of_peg, minlength=count)))  # fmt: skip


def _starts(counts: np.ndarray) -> np.ndarray:
    return np.append(0, np.cumsum(counts))


def _chosen(fresh: np.ndarray, place: np.ndarray, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Rows at their places among the new or the old ones."""
    found = np.empty(len(place), dtype=new.dtype)
    found[fresh], found[~fresh] = new[place[fresh]], old[place[~fresh]]
    return found


def _own_changes(base: Plan, inputs: PlanningInputs, network: PlanningNetwork) -> np.ndarray:
    """Whether something of each rank's own differs: stock, lots, receipts, needs from outside."""
    old, sequence = base.inputs, network.sequence
    differs = old.on_hand != inputs.on_hand
    differs |= (old.items["lot_sizing"] != inputs.items["lot_sizing"]).to_numpy()
    for name, column in inputs.lots.__dict__.items():
        differs |= getattr(old.lots, name) != column
    for before, now, starts in (
        (old.safety, inputs.safety, (old.safety.starts, inputs.safety.starts)),
        (old.receipts, inputs.receipts, (base.network.receipt_starts, network.receipt_starts)),
    ):
        differs |= _differing(*starts, [(getattr(before, name), getattr(now, name)) for name in ("day", "quantity")])
    given = [(getattr(base.network.given, name), getattr(network.given, name))
             for name in ("day", "priority", "quantity")]  # fmt: skip
    return differs[sequence] | _differing(base.network.given_starts, network.given_starts, given)


def _differing(before: np.ndarray, now: np.ndarray, columns: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Whether the rows of each owner differ; its rows begin at `before` in the first and at `now` in the second."""
    count = np.diff(now)
    differs = np.diff(before) != count
    same = np.flatnonzero(~differs)
    of = np.repeat(same, count[same])
    old, new = (ranges(starts[same], starts[same] + count[same]) for starts in (before, now))
    for one, other in columns:
        differs[of[one[old] != other[new]]] = True
    return differs


def _same(one, other) -> bool:
    if one is other:
        return True
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if hasattr(one, "__dataclass_fields__"):
        return all(_same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return one.equals(other) if hasattr(one, "equals") else one == other
