"""Planning as machine code: item by item in plan order, the same plan as `level_planning` and several times faster.

Import this only where numba is installed. Phantoms and substitutes are planned by `level_planning`; so is the whole
plant where a number comes near the limits of 64 bits, which this module notices and gives back.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from calculations.compiled_needs import cover, gather, move
from calculations.compiled_orders import is_plain, net_plain_rows, net_rows
from calculations.compiled_parts import close_moves, close_orders, count_needs, most_rows
from calculations.compiled_plant import DONE, NO_ROOM, TOO_LARGE, Rows, compiled, inlined, pages_of, plant_of, scratch
from calculations.plan_book import PlanBook
from calculations.planning_inputs import PlanningInputs
from calculations.planning_network import PlanningNetwork

# Items from which on a level is planned in parts at once, and how many parts at most: gaps are closed one by one.
LARGE_LEVEL, MOST_PARTS = 2_000, 4


class CompiledPlanner:
    """Plans level after level into a `PlanBook`, as `LevelPlanner` does; large levels in parts at the same time."""

    def __init__(self, inputs: PlanningInputs, network: PlanningNetwork, book: PlanBook):
        self._book, self._network = book, network
        self._plant = plant_of(inputs, network)
        self._columns = (book.orders, book.moves, book.asked, book.served)
        self._scratches = [scratch(1 << 12) for _ in range(min(MOST_PARTS, _processors()))]

    def plan(self, level: int) -> bool:
        """Plan the items of a level; False where 64 bits do not suffice, and nothing written counts."""
        if self._network.calendar.is_cut:
            # a long closure lies ahead: the general planner knows what to say of it
            return False
        begin, end = self._network.level_starts[level : level + 2].tolist()
        if len(self._scratches) > 1 and end - begin >= LARGE_LEVEL and self._plan_in_parts(begin, end):
            return True
        return self._plan_in_turn(begin, end)

    def _plan_in_turn(self, rank: int, end: int) -> bool:
        while True:
            written, pages = self._written(), pages_of(self._book)
            rank, status, needs, written = _plan_ranks(self._plant, rank, end, pages, written, self._scratches[0])
            self._write(written)
            if status != NO_ROOM:
                return status == DONE
            self._reserve_scratch(needs)
            for columns in self._columns:
                # room for this one item at least, and for many more
                columns.reserve(max(4 * needs + 1024, columns.capacity // 4))

    def _plan_in_parts(self, begin: int, end: int) -> bool:
        """Plan parts of a level in threads, each where no other can reach it; False where one part did not end."""
        plant, pages = self._plant, pages_of(self._book)
        count_needs(plant, begin, end, pages)
        work = np.cumsum(pages.asked_count[begin:end] + 1)
        parts = len(self._scratches)
        cuts = [begin, *(begin + np.searchsorted(work, work[-1] * np.arange(1, parts) // parts)).tolist(), end]
        rooms = [most_rows(plant, *cut, pages) for cut in pairwise(cuts)]
        self._reserve_scratch(max(most for _, most in rooms))
        starts = [self._written()]
        for room, _ in rooms:
            starts.append(Rows(*np.add(starts[-1], room).tolist()))
        for columns, needed in zip(self._columns, starts[-1], strict=True):
            columns.reserve(needed - columns.count)
        pages = pages_of(self._book)
        with ThreadPoolExecutor(parts) as threads:
            works = [threads.submit(_plan_ranks, plant, *cut, pages, start, room)
                     for cut, start, room in zip(pairwise(cuts), starts, self._scratches, strict=False)]  # fmt: skip
            ended = [work.result() for work in works]
            if any(status != DONE for _, status, _, _ in ended):
                return False
            written = ended[0][3]
            for cut, first, (_, _, _, last) in zip(list(pairwise(cuts))[1:], starts[1:-1], ended[1:], strict=True):
                moved = [threads.submit(close_orders, plant, *cut, pages, first, last, written),
                         threads.submit(close_moves, plant, pages, first, last, written)]  # fmt: skip
                for work in moved:
                    work.result()
                written = Rows(*(np.array(written) + last - first).tolist())
        self._write(written)
        return True

    def _written(self) -> Rows:
        return Rows(*(columns.count for columns in self._columns))

    def _write(self, written: Rows) -> None:
        for columns, count in zip(self._columns, written, strict=True):
            columns.count = count

    def _reserve_scratch(self, rows: int) -> None:
        if rows > len(self._scratches[0].keys):
            self._scratches = [scratch(2 * rows) for _ in self._scratches]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@compiled
def _plan_ranks(plant, rank, end, pages, written, scratch):
    """Plan items rank after rank; gives the next rank, a status, how many rows that one may need, and those written."""
    status, rows = DONE, 0
    while rank < end:
        item = plant.sequence[rank]
        needs = _most_needs(plant, rank, pages)
        rows = needs + plant.receipts.starts[item + 1] - plant.receipts.starts[item] + 2
        rows += plant.safeties.starts[item + 1] - plant.safeties.starts[item]
        first, base = written.moves, written.asked
        if rows > len(scratch.keys) or first + rows > len(pages.moves.day) or base + needs > len(pages.asked.source):
            status = NO_ROOM
            break
        count = gather(plant, rank, item, pages, base, scratch)
        if count < 0:
            status = TOO_LARGE
            break
        moved = move(plant, item, count, pages, base, first, scratch)
        if moved < 0:
            status = TOO_LARGE
            break
        cover(plant, item, moved, pages, first, scratch)
        if is_plain(plant, item):
            ordered = net_plain_rows(plant, item, moved, pages, first, written.orders, scratch)
        else:
            ordered = net_rows(plant, item, moved, pages, first, written.orders, scratch)
        if ordered < 0:
            status = -ordered
            break
        pegs = _peg(plant, item, count, ordered, pages, written)
        if pegs < 0:
            rows += ordered
            status = NO_ROOM
            break
        pages.order_first[item], pages.order_count[item] = written.orders, ordered
        pages.move_count[rank], pages.asked_count[rank] = moved, count
        written = Rows(written.orders + ordered, first + moved, base + count, written.served + pegs)
        rank += 1
    return rank, status, rows, written


@inlined
def _most_needs(plant, rank, pages):
    needs = plant.given.starts[rank + 1] - plant.given.starts[rank]
    for use in range(plant.uses.starts[rank], plant.uses.starts[rank + 1]):
        needs += pages.order_count[plant.uses.parent[use]]
    return needs


@inlined
def _peg(plant, item, count, ordered, pages, written):
    """First supply to first demand; gives how many pegs, or −1 where there is no room."""
    receipts, orders, asked, served = plant.receipts, pages.orders, pages.asked, pages.served
    all_items = len(plant.sequence)
    all_receipts = len(receipts.day)
    pegs, order, own = written.served, written.orders, plant.items.on_hand[item]
    end, debt, left, supply = order + ordered, max(-own, 0), max(own, 0), item
    receipt, last, full = receipts.starts[item], receipts.starts[item + 1], False
    for place in range(written.asked, written.asked + count):
        wanted = asked.quantity[place]
        while wanted > 0 and not full:
            if left > 0:
                full = pegs >= len(served.demand)
                if not full:
                    taken = min(wanted, left)
                    served.supply[pegs], served.demand[pegs], served.quantity[pegs] = supply, place, taken
                    pegs += 1
                    wanted, left = wanted - taken, left - taken
                continue
            if receipt < last and (order >= end or receipts.day[receipt] <= pages.moves.day[orders.movement[order]]):
                supply, left = all_items + receipt, receipts.quantity[receipt]
                receipt += 1
            elif order < end:
                supply, left = all_items + all_receipts + order, orders.received[order]
                order += 1
            else:
                # what is asked beyond all supply stays unpegged
                wanted = 0
            paid = min(debt, left)
            debt, left = debt - paid, left - paid
    return -1 if full else pegs - written.served
