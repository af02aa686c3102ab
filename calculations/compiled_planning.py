"""Planning as machine code: item by item in plan order, the same plan as `level_planning` and several times faster.

Import this only where numba is installed. Phantoms and substitutes are planned by `level_planning`; so is the whole
plant where a number comes near the limits of 64 bits, which this module notices and gives back.

The compiled functions read matrices by the column numbers below: one matrix a kind of thing keeps what belongs to an
item together in memory, and the functions' argument lists short.
"""

import numpy as np
from numba import njit

from calculations.exact import MICRO
from calculations.lead_times import LONGEST_DAYS
from calculations.netting import MOST_PARTS, LotParameters
from calculations.order_lines import LOWEST_PRIORITY
from calculations.plan_book import PlanBook
from calculations.planning_inputs import PlanningInputs
from calculations.planning_network import PlanningNetwork
from calculations.supply_sources import BLANK

DONE, NO_ROOM, TOO_LARGE = 0, 1, 2
LOT_FOR_LOT, PERIOD, LEAST_COST = 0, 1, 2
RULES = {"period_order_quantity": PERIOD, "least_total_cost": LEAST_COST}
# Sort keys hold the day, the priority and the place among the item's needs.
DAY_SHIFT, PRIORITY_SHIFT = 40, 32
# Products stay below this; checked in floating point, whose error is far smaller than the margin.
SAFE = 2.0**61
ENDLESS = 2**62

# Columns of the items; rows are ranks in plan order.
(POSITION, ON_HAND, SAFETY, STEP, MINIMUM, MULTIPLE, PART, LOT, ORDER_UP_TO, YIELD_GOOD, YIELD_OF, RULE, PERIOD_DAYS,
 LEAD_DAYS, AHEAD_DAYS, IS_BOUGHT, IS_MADE, ONLY_BILL, IS_DATED, HAS_OFFER_DATES, BARE_MINIMUM, BARE_MULTIPLE,
 BARE_PART, FIRST_USE, END_USE, FIRST_GIVEN, END_GIVEN, FIRST_RECEIPT, END_RECEIPT, FIRST_SAFETY, END_SAFETY,
 FIRST_BILL, END_BILL, FIRST_OFFER, END_OFFER, FIRST_OPERATION, END_OPERATION) = range(37)  # fmt: skip
# Columns of bill lines by component, needs from outside, receipts and safety stocks, bills, offers, operations.
USE_PARENT, USE_DATED, USE_BILL, USE_NUMERATOR, USE_DENOMINATOR, USE_FIXED, USE_FIRST, USE_LAST = range(8)
GIVEN_DAY, GIVEN_PRIORITY, GIVEN_QUANTITY = range(3)
EVENT_DAY, EVENT_QUANTITY = range(2)
VALID_FROM, VALID_TO, OFFER_LEAD, OFFER_MINIMUM, OFFER_MULTIPLE, OFFER_PART = range(6)
SETUP_HOURS, RUN_HOURS, CAPACITY = range(3)
# Columns of the orders' wide matrix; rows of their narrow one and of those of movements and pegs.
QUANTITY, URGENCY, RECEIVED = range(3)
MOVEMENT, DUE, LEAD, OFFER, BILL = range(5)
GROSS, ORDERED, PROJECTED, COVERED = range(4)
SUPPLY, DEMAND = range(2)
ORDERS, MOVES, ASKED, SERVED = range(4)
FIRST_ORDER, ORDER_COUNT = range(2)
# Rows of the scratch numbers: of an item's needs, then of its movements, then of least total cost.
SOURCE, ASKED_QUANTITY = 0, 1
PRIORITY, LAST_COVERED, RECEIPTS, MOVE_SAFETY, AT, GROUP = range(6)
NEEDED, ON_DAY, TOTAL, MOMENT, BEST, COST = range(6)
SORTED_BY_INSERTION = 16


class CompiledPlanner:
    """Plans level after level into a `PlanBook`, as `level_planning.LevelPlanner` does."""

    def __init__(self, inputs: PlanningInputs, network: PlanningNetwork, lots: LotParameters, book: PlanBook):
        self._book, self._network, self._as_of = book, network, inputs.as_of
        self._tables = (_items(inputs, network, lots), *_tables(inputs, network))
        self._costs = lots.ordering_cost[network.sequence], lots.carrying_cost[network.sequence]
        self._scratch = _scratch(1 << 12)

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
                self._scratch = _scratch(2 * needs)
            for columns in parts:
                # room for this one item at least, and for many more
                columns.reserve(max(4 * needs + 1024, columns.capacity // 4))


def _scratch(rows: int) -> tuple[np.ndarray, ...]:
    """Room for the work on one item: sort keys, again, whole numbers and floats."""
    return (np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64), np.empty((6, rows), dtype=np.int64),
            np.empty((6, rows + 1)))  # fmt: skip


def _items(inputs: PlanningInputs, network: PlanningNetwork, lots: LotParameters) -> np.ndarray:
    """What planning must know of each item, by rank; micro-units, -1 = none."""
    sources, bills, uses = inputs.sources, inputs.bills, network.uses
    sequence = network.sequence
    rule = np.full(len(sequence), LOT_FOR_LOT, dtype=np.int64)
    for name, number in RULES.items():
        rule[(inputs.items["lot_sizing"] == name).to_numpy()] = number
    common = np.gcd(lots.yield_rate, MICRO)
    bare = lots
    if sources.is_dated.any():
        every = np.arange(len(sequence))
        bare = inputs.lots_of(every, np.full_like(every, BLANK))
    by_item = {
        POSITION: np.arange(len(sequence)), ON_HAND: inputs.on_hand, SAFETY: lots.safety, STEP: lots.step,
        MINIMUM: lots.minimum, MULTIPLE: lots.multiple, PART: lots.part, LOT: lots.lot, ORDER_UP_TO: lots.order_up_to,
        YIELD_GOOD: lots.yield_rate // common, YIELD_OF: MICRO // common, RULE: rule, PERIOD_DAYS: lots.period_days,
        LEAD_DAYS: sources.lead_days, AHEAD_DAYS: sources.early_days + sources.inspection_days,
        IS_BOUGHT: sources.kind != "make", IS_MADE: sources.kind != "buy",
        ONLY_BILL: np.where(np.diff(bills.bill_starts) > 0, bills.bill_starts[:-1], BLANK),
        IS_DATED: network.is_dated, HAS_OFFER_DATES: sources.is_dated,
        BARE_MINIMUM: bare.minimum, BARE_MULTIPLE: bare.multiple, BARE_PART: bare.part,
    }  # fmt: skip
    starts = {FIRST_RECEIPT: network.receipt_starts, FIRST_SAFETY: inputs.safety.starts, FIRST_BILL: bills.bill_starts,
              FIRST_OFFER: sources.offer_starts, FIRST_OPERATION: sources.operation_starts}  # fmt: skip
    items = np.empty((len(sequence), 37), dtype=np.int64)
    for column, values in by_item.items():
        items[:, column] = values[sequence]
    for column, values in starts.items():
        items[:, column], items[:, column + 1] = values[sequence], values[sequence + 1]
    for column, values in ((FIRST_USE, uses.starts), (FIRST_GIVEN, network.given_starts)):
        items[:, column], items[:, column + 1] = values[:-1], values[1:]
    return items


def _tables(inputs: PlanningInputs, network: PlanningNetwork) -> tuple[np.ndarray, ...]:
    """Bill lines by component, needs from outside, receipts, safety stocks, bills, offers, operations: as matrices."""
    sources, bills, uses, given, safety = inputs.sources, inputs.bills, network.uses, network.given, inputs.safety
    none = np.zeros(len(sources.supplier), dtype=np.int64)
    limits = (none, none, none)
    if sources.is_dated.any():
        owner = np.repeat(np.arange(len(inputs.items)), np.diff(sources.offer_starts))
        offered = inputs.lots_of(owner, np.arange(len(owner)))
        limits = (offered.minimum, offered.multiple, offered.part)
    return (
        _matrix(uses.parent, network.is_dated[uses.parent], uses.bill, uses.numerator, uses.denominator, uses.fixed,
                uses.first_day, uses.last_day),
        _matrix(given.day, given.priority, given.quantity),
        _matrix(inputs.receipts.day, inputs.receipts.quantity),
        _matrix(safety.day, safety.quantity),
        _matrix(bills.valid_from, bills.valid_to),
        _matrix(sources.valid_from, sources.valid_to, sources.offer_lead, *limits),
        _matrix(sources.setup_hours, sources.run_hours, sources.capacity),
    )  # fmt: skip


def _matrix(*columns: np.ndarray) -> np.ndarray:
    matrix = np.empty((len(columns[0]), len(columns)), dtype=np.int64)
    for place, values in enumerate(columns):
        matrix[:, place] = values
    return matrix


# Without numba's counting of references to arrays, which takes longer than the work between two calls.
compiled = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)


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
        ordered = _net(item, moved, as_of, bills, offers, operations, first_day, place_of_day, days,
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
            whole = _up(whole + line[USE_FIXED] - tolerance, step)
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
def _up(quantity, multiple):
    return -(-quantity // multiple) * multiple


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
def _net(
    item, rows, as_of, bills, offers, operations, first_day, place_of_day, days, orders, order_rows, moves, move_days,
    first, base, scratch,
):  # fmt: skip
    """Net the rows and write the orders; gives how many, or −NO_ROOM or −TOO_LARGE."""
    end, tolerance = base, 1 if item[STEP] > 1 else 0
    minimum, multiple, part = item[MINIMUM], item[MULTIPLE], item[PART]
    available = item[ON_HAND]
    for place in range(rows):
        row = first + place
        now = available + scratch[RECEIPTS, place] - moves[GROSS, row]
        missing = scratch[MOVE_SAFETY, place] - now
        ordered, received = 0, 0
        if missing > tolerance:
            net = covered = missing
            for later in range(place + 1, scratch[LAST_COVERED, place] + 1):
                missing += moves[GROSS, first + later] - scratch[RECEIPTS, later]
                missing += scratch[MOVE_SAFETY, later] - scratch[MOVE_SAFETY, later - 1]
                covered = max(covered, missing)
            if item[HAS_OFFER_DATES]:
                _, _, offer, release = _schedule(item, 1, move_days[0, row], as_of, offers, operations, first_day,
                                                 place_of_day, days)  # fmt: skip
                if release == ENDLESS:
                    return -TOO_LARGE
                minimum, multiple, part = item[BARE_MINIMUM], item[BARE_MULTIPLE], item[BARE_PART]
                if offer >= 0:
                    minimum, multiple = offers[offer, OFFER_MINIMUM], offers[offer, OFFER_MULTIPLE]
                    part = offers[offer, OFFER_PART]
            ordered, received = _order_quantities(item, covered, minimum, multiple, part)
            if ordered >= 0 and item[ORDER_UP_TO] > now + received:
                # filling up is measured from what is there, not from what later days will miss
                covered = item[ORDER_UP_TO] - now
                ordered, received = _order_quantities(item, covered, minimum, multiple, part)
            if ordered < 0:
                return -TOO_LARGE
            now += received
            begin = end
            end = _order(item, ordered, part, row, move_days[0, row], scratch[PRIORITY, place], end, as_of, bills,
                         offers, operations, first_day, place_of_day, days, orders, order_rows)  # fmt: skip
            if end < begin:
                return end
            if covered != net:
                moves[COVERED, row] = covered
        moves[ORDERED, row], moves[PROJECTED, row] = ordered, now
        available = now
    return end - base


@compiled
def _order_quantities(item, shortage, minimum, multiple, part):
    """Quantity to start for a shortage and what it brings; −1 where 64 bits do not suffice.

    See `netting.order_quantities`.
    """
    step = item[STEP]
    tolerance = 1 if step > 1 else 0
    quantity = _up(shortage - tolerance, step)
    if item[YIELD_GOOD] < item[YIELD_OF]:
        if np.float64(quantity) * np.float64(item[YIELD_OF]) > SAFE:
            return np.int64(-1), np.int64(0)
        quantity = _up(-(-(quantity * item[YIELD_OF]) // item[YIELD_GOOD]) - tolerance, step)
    if np.float64(quantity) + np.float64(item[LOT]) + np.float64(minimum) + np.float64(multiple) > SAFE:
        return np.int64(-1), np.int64(0)
    if item[LOT] > step:
        quantity = _up(quantity, item[LOT])
    quantity = max(quantity, minimum)
    if multiple > step or quantity == minimum:
        quantity = _up(quantity, multiple)
    if part > 0 and quantity > part:
        rest = quantity % part
        if rest > 0:
            quantity += _up(max(rest, minimum), multiple) - rest
    if np.float64(quantity) * np.float64(item[YIELD_OF]) > SAFE:
        return np.int64(-1), np.int64(0)
    return quantity, _good(item, quantity)


@compiled
def _good(item, quantity):
    """What a quantity brings after yield, rounded down."""
    if item[YIELD_GOOD] == item[YIELD_OF]:
        return quantity
    return quantity * item[YIELD_GOOD] // item[YIELD_OF] // item[STEP] * item[STEP]


@compiled
def _order(
    item, ordered, part, row, need, priority, end, as_of, bills, offers, operations, first_day, place_of_day, days,
    orders, order_rows,
):  # fmt: skip
    """Write the single orders of a planned quantity; gives the row behind the last, or −NO_ROOM or −TOO_LARGE."""
    full, rest = 1, 0
    if part > 0 and ordered > part:
        full = ordered // part
        rest = ordered - full * part
        if full > MOST_PARTS:
            return -TOO_LARGE
    parts = full + (1 if rest > 0 else 0)
    if end + parts > len(orders):
        return -NO_ROOM
    begin, brought = 0, 0
    for number in range(1, parts + 1):
        upto = ordered if number == parts else number * part
        good = _good(item, upto)
        due, lead, offer, release = _schedule(item, upto - begin, need, as_of, offers, operations, first_day,
                                              place_of_day, days)  # fmt: skip
        if release == ENDLESS:
            return -TOO_LARGE
        orders[end, QUANTITY], orders[end, RECEIVED] = upto - begin, good - brought
        orders[end, URGENCY] = (release << 8) | priority
        order_rows[MOVEMENT, end], order_rows[DUE, end] = row, due
        order_rows[LEAD, end], order_rows[OFFER, end] = lead, offer
        order_rows[BILL, end] = _bill(item, max(release, as_of), bills)
        begin, brought = upto, good
        end += 1
    return end


@compiled
def _schedule(item, quantity, need, as_of, offers, operations, first_day, place_of_day, days):
    """Due day, lead time, offer and release day of an order; the release is ENDLESS where the calendar ends before."""
    due = _back(need, item[AHEAD_DAYS], first_day, place_of_day, days)
    lead, offer = item[LEAD_DAYS], np.int64(BLANK)
    if item[IS_BOUGHT]:
        for choice in range(item[FIRST_OFFER], item[END_OFFER]):
            taken = lead if lead >= 0 else max(offers[choice, OFFER_LEAD], 0)
            day = _back(due, taken, first_day, place_of_day, days)
            if day == ENDLESS:
                return due, lead, offer, day
            day = max(day, as_of)
            if offers[choice, VALID_FROM] <= day and day <= offers[choice, VALID_TO]:
                offer = choice
                break
        if lead == BLANK and offer >= 0:
            lead = offers[offer, OFFER_LEAD]
    elif lead == BLANK:
        lead = _routing_days(item, quantity, operations)
    return due, lead, offer, _back(due, max(lead, 0), first_day, place_of_day, days)


@compiled
def _back(day, count, first_day, place_of_day, days):
    """The working day on or before the day, and so many working days before it; ENDLESS stays so."""
    if day < first_day or day - first_day >= len(place_of_day):
        return np.int64(ENDLESS)
    place = place_of_day[day - first_day] - count
    return days[place] if place >= 0 else np.int64(ENDLESS)


@compiled
def _routing_days(item, quantity, operations):
    """Working days of the routing for a quantity; see `supply_sources.SupplySources.routing_days`."""
    total, count = 0, 0
    for operation in range(item[FIRST_OPERATION], item[END_OPERATION]):
        capacity = operations[operation, CAPACITY]
        if capacity <= 0:
            continue
        run = operations[operation, RUN_HOURS]
        hours = np.float64(operations[operation, SETUP_HOURS]) + np.float64(run) * np.float64(quantity) / MICRO
        if hours * MICRO > SAFE / 4 or np.float64(run) * np.float64(quantity) > SAFE / 4:
            return np.int64(ENDLESS)
        exact = operations[operation, SETUP_HOURS] + (2 * run * quantity + MICRO) // (2 * MICRO)
        micro_days = (2 * exact * MICRO + capacity) // (2 * capacity)
        if micro_days > LONGEST_DAYS * MICRO:
            return np.int64(ENDLESS)
        total += micro_days
        count += 1
    if count == 0:
        return np.int64(BLANK)
    # half a micro-day of rounding an operation must not become a whole day
    return -(-max(total - count, 0) // MICRO)


@compiled
def _bill(item, start, bills):
    """The bill of an order that starts on a day; -1 where none is in force."""
    if not item[IS_MADE]:
        return np.int64(BLANK)
    if not item[IS_DATED]:
        return item[ONLY_BILL]
    for bill in range(item[FIRST_BILL], item[END_BILL]):
        if bills[bill, VALID_FROM] <= start and start <= bills[bill, VALID_TO]:
            return np.int64(bill)
    return np.int64(BLANK)


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
