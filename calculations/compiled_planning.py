"""Planning as machine code: item by item in plan order, the same plan as `level_planning` and several times faster.

Import this only where numba is installed. Phantoms and substitutes are planned by `level_planning`; so is the whole
plant where a number comes near the limits of 64 bits, which this module notices and gives back.

The compiled functions read matrices by the column numbers below: one matrix a kind of thing keeps what belongs to an
item together in memory, and the functions' argument lists short.
"""

import numpy as np

from calculations.compiled_layout import (
    ASKED,
    ASKED_QUANTITY,
    AT,
    BEST,
    BILL,
    COST,
    DAY_SHIFT,
    DEMAND,
    DONE,
    END_GIVEN,
    END_RECEIPT,
    END_SAFETY,
    END_USE,
    ENDLESS,
    EVENT_DAY,
    EVENT_QUANTITY,
    FIRST_GIVEN,
    FIRST_ORDER,
    FIRST_RECEIPT,
    FIRST_SAFETY,
    FIRST_USE,
    GIVEN_DAY,
    GIVEN_PRIORITY,
    GIVEN_QUANTITY,
    GROSS,
    GROUP,
    LAST_COVERED,
    LEAST_COST,
    MOMENT,
    MOVE_SAFETY,
    MOVEMENT,
    MOVES,
    NEEDED,
    NO_ROOM,
    ON_DAY,
    ON_HAND,
    ORDER_COUNT,
    ORDERS,
    PERIOD,
    PERIOD_DAYS,
    POSITION,
    PRIORITY,
    PRIORITY_SHIFT,
    QUANTITY,
    RECEIPTS,
    RECEIVED,
    RULE,
    SAFE,
    SAFETY,
    SERVED,
    SORTED_BY_INSERTION,
    SOURCE,
    STEP,
    SUPPLY,
    TOO_LARGE,
    TOTAL,
    URGENCY,
    USE_BILL,
    USE_DATED,
    USE_DENOMINATOR,
    USE_FIRST,
    USE_FIXED,
    USE_LAST,
    USE_NUMERATOR,
    USE_PARENT,
    compiled,
    item_matrix,
    rounded_up,
    row_matrices,
    scratch_matrices,
)
from calculations.compiled_orders import net_rows
from calculations.exact import MICRO
from calculations.netting import LotParameters
from calculations.order_lines import LOWEST_PRIORITY
from calculations.plan_book import PlanBook
from calculations.planning_inputs import PlanningInputs
from calculations.planning_network import PlanningNetwork


class CompiledPlanner:
    """Plans level after level into a `PlanBook`, as `level_planning.LevelPlanner` does."""

    def __init__(self, inputs: PlanningInputs, network: PlanningNetwork, lots: LotParameters, book: PlanBook):
        self._book, self._network, self._as_of = book, network, inputs.as_of
        self._tables = (item_matrix(inputs, network, lots), *row_matrices(inputs, network))
        self._costs = lots.ordering_cost[network.sequence], lots.carrying_cost[network.sequence]
        self._scratch = scratch_matrices(1 << 12)

    def plan(self, level: int) -> bool:
        """Plan the items of a level; False where 64 bits do not suffice, and nothing written counts."""
        book, network = self._book, self._network
        if network.calendar.is_cut:
            # a long closure lies ahead: the general planner knows what to say of it
            return False
        parts = (book.orders, book.moves, book.asked, book.served)
        rank, end = int(network.level_starts[level]), int(network.level_starts[level + 1])
        written = np.array([columns.count for columns in parts])
        while True:
            rank, status, needs = _plan_ranks(
                rank, end, self._as_of, *self._tables, *self._costs,
                network.calendar.first, network.calendar.place, network.calendar.days,
                book.places, book.move_count, book.asked_count, written,
                book.orders.wide, book.orders.narrow, book.moves.wide, book.moves.narrow,
                book.asked.wide, book.asked.narrow, book.served.wide, book.served.narrow, *self._scratch,
            )  # fmt: skip
            for columns, count in zip(parts, written.tolist(), strict=True):
                columns.count = count
            if status != NO_ROOM:
                return status == DONE
            if needs > len(self._scratch[0]):
                self._scratch = scratch_matrices(2 * needs)
            for columns in parts:
                # room for this one item at least, and for many more
                columns.reserve(max(4 * needs + 1024, columns.capacity // 4))


@compiled
def _plan_ranks(
    rank, end, as_of, items, uses, given, receipts, safeties, bills, offers, operations, ordering_cost, carrying_cost,
    first_day, place_of_day, days, places, move_count, asked_count, written,
    orders, order_rows, moves, move_days, asked, askers, served, serving, keys, spare, scratch, reals,
):  # fmt: skip
    """Plan items rank after rank; gives the next rank, a status, and how many rows that one may need."""
    while rank < end:
        item = items[rank]
        needs = item[END_GIVEN] - item[FIRST_GIVEN]
        for use in range(item[FIRST_USE], item[END_USE]):
            needs += places[uses[use, USE_PARENT], ORDER_COUNT]
        rows = needs + item[END_RECEIPT] - item[FIRST_RECEIPT] + item[END_SAFETY] - item[FIRST_SAFETY] + 2
        first = written[MOVES]
        if rows > len(keys) or first + rows > moves.shape[1] or written[ASKED] + needs > asked.shape[1]:
            return rank, NO_ROOM, rows
        count = _gather(item, as_of, uses, given, orders, order_rows, places, keys, spare, scratch)
        if count < 0:
            return rank, TOO_LARGE, rows
        _write_needs(count, keys, scratch, asked, askers, written[ASKED])
        moved = _move(item, count, as_of, receipts, safeties, keys, asked[0, written[ASKED] :], moves,
                      move_days, first, scratch)  # fmt: skip
        if moved < 0:
            return rank, TOO_LARGE, rows
        _cover(item, moved, first_day, place_of_day, moves, move_days, first, scratch, reals, ordering_cost[rank],
               carrying_cost[rank])  # fmt: skip
        ordered = net_rows(item, moved, as_of, bills, offers, operations, first_day, place_of_day, days,
                       orders, order_rows, moves, move_days, first, written[ORDERS], scratch)  # fmt: skip
        if ordered < 0:
            return rank, -ordered, rows
        pegs = _peg(item, count, len(items), receipts, orders, order_rows, move_days, written[ORDERS], ordered, asked,
                    written[ASKED], served, serving, written[SERVED])  # fmt: skip
        if pegs < 0:
            return rank, NO_ROOM, rows + ordered
        position = item[POSITION]
        places[position, FIRST_ORDER], places[position, ORDER_COUNT] = written[ORDERS], ordered
        move_count[rank], asked_count[rank] = moved, count
        written[ORDERS] += ordered
        written[MOVES] += moved
        written[ASKED] += count
        written[SERVED] += pegs
        rank += 1
    return rank, DONE, 0


@compiled
def _gather(item, as_of, uses, given, orders, order_rows, places, keys, spare, scratch):
    """Needs of an item, their keys sorted by day, priority and who asks; source and quantity lie in `scratch`."""
    count = 0
    for row in range(item[FIRST_GIVEN], item[END_GIVEN]):
        keys[count] = ((given[row, GIVEN_DAY] - as_of) << DAY_SHIFT) | (given[row, GIVEN_PRIORITY] << PRIORITY_SHIFT)
        keys[count] |= count
        scratch[SOURCE, count], scratch[ASKED_QUANTITY, count] = -1 - row, given[row, GIVEN_QUANTITY]
        count += 1
    step = item[STEP]
    tolerance = 1 if step > 1 else 0
    for use in range(item[FIRST_USE], item[END_USE]):
        line = uses[use]
        dated, upper, lower = line[USE_DATED], line[USE_NUMERATOR], line[USE_DENOMINATOR]
        begin = places[line[USE_PARENT], FIRST_ORDER]
        for order in range(begin, begin + places[line[USE_PARENT], ORDER_COUNT]):
            urgency = orders[order, URGENCY]
            start = max(urgency >> 8, as_of)
            if dated and (
                order_rows[BILL, order] != line[USE_BILL] or start < line[USE_FIRST] or start > line[USE_LAST]
            ):
                continue
            quantity = orders[order, QUANTITY]
            if np.float64(quantity) * np.float64(upper) > SAFE:
                return -1
            whole = quantity * upper
            if lower > 1:
                whole = -(-whole // lower)
            whole = rounded_up(whole + line[USE_FIXED] - tolerance, step)
            if whole <= 0:
                continue
            keys[count] = (np.int64(start - as_of) << DAY_SHIFT) | ((urgency & 255) << PRIORITY_SHIFT)
            keys[count] |= count
            scratch[SOURCE, count], scratch[ASKED_QUANTITY, count] = order, whole
            count += 1
    _sort(keys, count, spare)
    return count


@compiled
def _sort(keys, count, spare):
    """Sort the first keys: short stretches by insertion, then merged two by two; `spare` is room for as many."""
    for begin in range(0, count, SORTED_BY_INSERTION):
        for place in range(begin + 1, min(begin + SORTED_BY_INSERTION, count)):
            key = keys[place]
            before = place - 1
            while before >= begin and keys[before] > key:
                keys[before + 1] = keys[before]
                before -= 1
            keys[before + 1] = key
    width = SORTED_BY_INSERTION
    while width < count:
        for begin in range(0, count, 2 * width):
            middle, end = min(begin + width, count), min(begin + 2 * width, count)
            if middle < end and keys[middle - 1] > keys[middle]:
                _merge(keys, begin, middle, end, spare)
        width *= 2


@compiled
def _merge(keys, begin, middle, end, spare):
    left = middle - begin
    for place in range(left):
        spare[place] = keys[begin + place]
    place, right, to = 0, middle, begin
    while place < left:
        if right < end and keys[right] < spare[place]:
            keys[to] = keys[right]
            right += 1
        else:
            keys[to] = spare[place]
            place += 1
        to += 1


@compiled
def _write_needs(count, keys, scratch, asked, askers, base):
    for place in range(count):
        row = keys[place] & 0xFFFFFFFF
        askers[0, base + place] = scratch[SOURCE, row]
        asked[0, base + place] = scratch[ASKED_QUANTITY, row]


@compiled
def _move(item, count, as_of, receipts, safeties, keys, quantities, moves, move_days, first, scratch):
    """Write the days on which the item moves; the most urgent priority of each day lies in `scratch`."""
    need, receipt, change, safety = 0, item[FIRST_RECEIPT], item[FIRST_SAFETY], item[SAFETY]
    while change < item[END_SAFETY] and safeties[change, EVENT_DAY] <= as_of:
        safety = safeties[change, EVENT_QUANTITY]
        change += 1
    low = item[ON_HAND] < safety
    row, total = first, abs(np.float64(item[ON_HAND]))
    while True:
        day = ENDLESS
        if need < count:
            day = (keys[need] >> DAY_SHIFT) + as_of
        if receipt < item[END_RECEIPT]:
            day = min(day, receipts[receipt, EVENT_DAY])
        if change < item[END_SAFETY]:
            day = min(day, safeties[change, EVENT_DAY])
        if low:
            day, low = as_of, False
        if day == ENDLESS:
            return row - first
        gross, incoming, priority = 0, 0, LOWEST_PRIORITY
        if need < count and (keys[need] >> DAY_SHIFT) + as_of == day:
            priority = (keys[need] >> PRIORITY_SHIFT) & 0xFF
        while need < count and (keys[need] >> DAY_SHIFT) + as_of == day:
            gross += quantities[need]
            total += quantities[need]
            need += 1
        while receipt < item[END_RECEIPT] and receipts[receipt, EVENT_DAY] == day:
            incoming += receipts[receipt, EVENT_QUANTITY]
            total += receipts[receipt, EVENT_QUANTITY]
            receipt += 1
        while change < item[END_SAFETY] and safeties[change, EVENT_DAY] <= day:
            safety = safeties[change, EVENT_QUANTITY]
            change += 1
        if total > SAFE:
            return -1
        move_days[0, row], moves[GROSS, row] = day, gross
        place = row - first
        scratch[PRIORITY, place], scratch[RECEIPTS, place], scratch[MOVE_SAFETY, place] = priority, incoming, safety
        row += 1


@compiled
def _cover(
    item, rows, first_day, place_of_day, moves, move_days, first, scratch, reals, ordering_cost, carrying_cost
):  # fmt: skip
    """Lay into `scratch` the last row that an order placed on a row covers."""
    for row in range(rows):
        scratch[LAST_COVERED, row] = row
    if item[RULE] == PERIOD:
        last, period = 0, max(item[PERIOD_DAYS], 1)
        for row in range(rows):
            end = place_of_day[move_days[0, first + row] - 1 - first_day] + period
            last = max(last, row)
            while last + 1 < rows and place_of_day[move_days[0, first + last + 1] - 1 - first_day] < end:
                last += 1
            scratch[LAST_COVERED, row] = last
    elif item[RULE] == LEAST_COST and ordering_cost > 0 and carrying_cost > 0:
        _least_cost(item[ON_HAND], rows, moves, move_days, first, scratch, reals, ordering_cost, carrying_cost)


@compiled
def _least_cost(available, rows, moves, move_days, first, scratch, reals, ordering_cost, carrying_cost):
    """Wagner and Whitin's grouping of the net requirements; see `lot_sizing.least_total_cost`."""
    worst, width, begin = 0, 0, 0
    for row in range(rows):
        available += scratch[RECEIPTS, row] - moves[GROSS, first + row]
        short = max(worst, scratch[MOVE_SAFETY, row] - available)
        if short > worst:
            if width == 0:
                begin = move_days[0, first + row]
            scratch[AT, width] = row
            reals[NEEDED, width] = (short - worst) / MICRO
            reals[ON_DAY, width] = move_days[0, first + row] - begin
            width += 1
        worst = short
    reals[TOTAL, 0] = reals[MOMENT, 0] = reals[BEST, 0] = 0.0
    for end in range(width):
        reals[TOTAL, end + 1] = reals[TOTAL, end] + reals[NEEDED, end]
        reals[MOMENT, end + 1] = reals[MOMENT, end] + reals[NEEDED, end] * reals[ON_DAY, end]
        lowest = np.inf
        for start in range(end + 1):
            held = reals[MOMENT, end + 1] - reals[MOMENT, start]
            held -= reals[ON_DAY, start] * (reals[TOTAL, end + 1] - reals[TOTAL, start])
            reals[COST, start] = reals[BEST, start] + ordering_cost + carrying_cost * held
            lowest = min(lowest, reals[COST, start])
        # of equally cheap plans the one with fewer orders, whatever the last bits of the floats say
        limit = lowest * (1 + 1e-12) + 1e-9
        scratch[GROUP, end] = 0
        while reals[COST, scratch[GROUP, end]] > limit:
            scratch[GROUP, end] += 1
        reals[BEST, end + 1] = lowest
    end = width - 1
    while end >= 0:
        for place in range(scratch[GROUP, end], end + 1):
            scratch[LAST_COVERED, scratch[AT, place]] = scratch[AT, end]
        end = scratch[GROUP, end] - 1


@compiled
def _peg(
    item, count, all_items, receipts, orders, order_rows, move_days, order, ordered, asked, base, served, serving, pegs
):  # fmt: skip
    """First supply to first demand; gives how many pegs, or −1 where there is no room."""
    first, end, own = pegs, order + ordered, item[ON_HAND]
    debt, left, supply = max(-own, 0), max(own, 0), item[POSITION]
    receipt, last = item[FIRST_RECEIPT], item[END_RECEIPT]
    for place in range(base, base + count):
        wanted = asked[0, place]
        while wanted > 0:
            if left == 0:
                if receipt < last and (
                    order >= end or receipts[receipt, EVENT_DAY] <= move_days[0, order_rows[MOVEMENT, order]]
                ):
                    supply, left = all_items + receipt, receipts[receipt, EVENT_QUANTITY]
                    receipt += 1
                elif order < end:
                    supply, left = all_items + len(receipts) + order, orders[order, RECEIVED]
                    order += 1
                else:
                    return pegs - first
                paid = min(debt, left)
                debt, left = debt - paid, left - paid
                continue
            if pegs >= served.shape[1]:
                return -1
            taken = min(wanted, left)
            serving[SUPPLY, pegs], serving[DEMAND, pegs], served[0, pegs] = supply, place, taken
            pegs += 1
            wanted, left = wanted - taken, left - taken
    return pegs - first
