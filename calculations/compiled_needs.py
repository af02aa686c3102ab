"""The compiled solver's needs of an item: gathered from its parents' orders, sorted, and laid on days."""

import numpy as np

from calculations.compiled_plant import (
    AHEAD,
    ENDLESS,
    LEAST_COST,
    PERIOD,
    SAFE,
    compiled,
    inlined,
    prefetch,
    rounded_up,
)
from calculations.exact import MICRO
from calculations.order_lines import LOWEST_PRIORITY

# Sort keys hold the day, the priority and the place among the item's needs.
DAY_SHIFT, PRIORITY_SHIFT = 40, 32
PLACE, URGENT = (1 << PRIORITY_SHIFT) - 1, 255
SORTED_BY_INSERTION = 16


@inlined
def gather(plant, rank, item, pages, base, scratch):
    """Write the needs of an item by day, priority and who asks; keys lie in `scratch`. Gives how many, −1: too large.

    As `level_planning.LevelPlanner._asked`.
    """
    given, uses, bills, orders = plant.given, plant.uses, plant.bills, pages.orders
    keys, count, fits = scratch.keys, 0, True
    for place in range(given.starts[rank], given.starts[rank + 1]):
        row = given.row[place]
        keys[count] = ((given.day[row] - plant.as_of) << DAY_SHIFT) | (given.priority[row] << PRIORITY_SHIFT) | count
        scratch.source[count], scratch.quantity[count] = -1 - place, given.quantity[row]
        count += 1
    step = plant.items.step[item]
    tolerance = 1 if step > 1 else 0
    for use in range(uses.starts[rank], uses.starts[rank + 1]):
        prefetch(uses.parent, use + 8 * AHEAD)
        if use + 2 * AHEAD < len(uses.parent):
            prefetch(pages.order_first, uses.parent[use + 2 * AHEAD])
            nearby = pages.order_first[uses.parent[use + AHEAD]]
            for line in range(3):
                prefetch(orders.quantity, nearby + 4 * line)
        parent, factor, largest = uses.parent[use], uses.factor[use], np.int64(0)
        begin = pages.order_first[parent]
        end = begin + pages.order_count[parent]
        if factor > 0:
            for order in range(begin, end):
                urgency, quantity = np.int64(orders.urgency[order]), orders.quantity[order]
                start = max(urgency >> 8, plant.as_of)
                keys[count] = ((start - plant.as_of) << DAY_SHIFT) | ((urgency & URGENT) << PRIORITY_SHIFT) | count
                scratch.source[count], scratch.quantity[count] = order, quantity * factor
                largest = max(largest, quantity)
                count += 1
            fits = fits and np.float64(largest) * np.float64(factor) <= SAFE
            continue
        line, dated = uses.line[use], plant.items.has_bill_dates[parent]
        upper, lower, fixed = bills.numerator[line], bills.denominator[line], bills.fixed[line]
        for order in range(begin, end):
            urgency = np.int64(orders.urgency[order])
            start = max(urgency >> 8, plant.as_of)
            if dated and (
                orders.bill[order] != bills.of_line[line]
                or start < bills.line_from[line]
                or start > bills.line_to[line]
            ):
                continue
            quantity = orders.quantity[order]
            largest = max(largest, quantity)
            needed = quantity * upper
            if lower > 1:
                needed = -(-needed // lower)
            needed = rounded_up(needed + fixed - tolerance, step)
            if needed > 0:
                keys[count] = ((start - plant.as_of) << DAY_SHIFT) | ((urgency & URGENT) << PRIORITY_SHIFT) | count
                scratch.source[count], scratch.quantity[count] = order, needed
                count += 1
        fits = fits and np.float64(largest) * np.float64(upper) <= SAFE
    _sort(keys, count, scratch.spare)
    for place in range(count):
        row = keys[place] & PLACE
        pages.asked.source[base + place], pages.asked.quantity[base + place] = (
            scratch.source[row],
            scratch.quantity[row],
        )
    return count if fits else -1


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
        width *= 2


@inlined
def move(plant, item, count, pages, base, first, scratch):
    """Write the days on which the item moves; the rest lies in `scratch`. Gives how many, −1 where too large."""
    receipts, safeties, moves, keys, as_of = plant.receipts, plant.safeties, pages.moves, scratch.keys, plant.as_of
    need, receipt, last_receipt = 0, receipts.starts[item], receipts.starts[item + 1]
    change, last_change, safety = safeties.starts[item], safeties.starts[item + 1], plant.items.safety[item]
    while change < last_change and safeties.day[change] <= as_of:
        safety = safeties.quantity[change]
        change += 1
    low = plant.items.on_hand[item] < safety
    rows, total = 0, abs(np.float64(plant.items.on_hand[item]))
    while True:
        day = np.int64(ENDLESS)
        if need < count:
            day = (keys[need] >> DAY_SHIFT) + as_of
        if receipt < last_receipt:
            day = min(day, receipts.day[receipt])
        if change < last_change:
            day = min(day, safeties.day[change])
        if low:
            day, low = np.int64(as_of), False
        if day == ENDLESS:
            break
        gross, incoming, priority = 0, 0, LOWEST_PRIORITY
        if need < count and (keys[need] >> DAY_SHIFT) + as_of == day:
            # needs of a day follow each other by priority: the first is the most urgent
            priority = (keys[need] >> PRIORITY_SHIFT) & URGENT
        while need < count and (keys[need] >> DAY_SHIFT) + as_of == day:
            gross += pages.asked.quantity[base + need]
            total += pages.asked.quantity[base + need]
            need += 1
        while receipt < last_receipt and receipts.day[receipt] == day:
            incoming += receipts.quantity[receipt]
            total += receipts.quantity[receipt]
            receipt += 1
        while change < last_change and safeties.day[change] <= day:
            safety = safeties.quantity[change]
            change += 1
        moves.day[first + rows], moves.gross[first + rows] = day, gross
        scratch.priority[rows], scratch.receipts[rows], scratch.safety[rows] = priority, incoming, safety
        rows += 1
    return rows if total <= SAFE else -1


@inlined
def cover(plant, item, rows, pages, first, scratch):
    """Lay into `scratch` the last movement that an order placed on a movement covers."""
    items, calendar, moves = plant.items, plant.calendar, pages.moves
    if items.rule[item] == PERIOD:
        last, period = 0, max(items.period_days[item], 1)
        for row in range(rows):
            end = calendar.place[moves.day[first + row] - 1 - calendar.first] + period
            last = max(last, row)
            while last + 1 < rows and calendar.place[moves.day[first + last + 1] - 1 - calendar.first] < end:
                last += 1
            scratch.covered[row] = last
    elif items.rule[item] == LEAST_COST:
        for row in range(rows):
            scratch.covered[row] = row
        if items.ordering_cost[item] > 0 and items.carrying_cost[item] > 0:
            _least_cost(items, item, rows, moves, first, scratch)


@compiled
def _least_cost(items, item, rows, moves, first, scratch):
    """Wagner and Whitin's grouping of the net requirements; see `lot_sizing.least_total_cost`."""
    ordering_cost, carrying_cost, available = items.ordering_cost[item], items.carrying_cost[item], items.on_hand[item]
    worst, width, begin = 0, 0, np.int64(0)
    for row in range(rows):
        available += scratch.receipts[row] - moves.gross[first + row]
        short = max(worst, scratch.safety[row] - available)
        if short > worst:
            if width == 0:
                begin = np.int64(moves.day[first + row])
            scratch.at[width] = row
            scratch.needed[width] = (short - worst) / MICRO
            scratch.on_day[width] = moves.day[first + row] - begin
            width += 1
        worst = short
    scratch.total[0] = scratch.moment[0] = scratch.best[0] = 0.0
    for end in range(width):
        scratch.total[end + 1] = scratch.total[end] + scratch.needed[end]
        scratch.moment[end + 1] = scratch.moment[end] + scratch.needed[end] * scratch.on_day[end]
        lowest = np.inf
        for start in range(end + 1):
            held = scratch.moment[end + 1] - scratch.moment[start]
            held -= scratch.on_day[start] * (scratch.total[end + 1] - scratch.total[start])
            scratch.cost[start] = scratch.best[start] + ordering_cost + carrying_cost * held
            lowest = min(lowest, scratch.cost[start])
        # of equally cheap plans the one with fewer orders, whatever the last bits of the floats say
        limit = lowest * (1 + 1e-12) + 1e-9
        scratch.group[end] = 0
        while scratch.cost[scratch.group[end]] > limit:
            scratch.group[end] += 1
        scratch.best[end + 1] = lowest
    end = width - 1
    while end >= 0:
        for place in range(scratch.group[end], end + 1):
            scratch.covered[scratch.at[place]] = scratch.at[end]
        end = scratch.group[end] - 1
