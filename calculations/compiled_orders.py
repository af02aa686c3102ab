"""The compiled solver's netting: what is missing on each day becomes orders with their dates."""

import numpy as np

from calculations.compiled_layout import (
    AHEAD_DAYS,
    BARE_MINIMUM,
    BARE_MULTIPLE,
    BARE_PART,
    BILL,
    CAPACITY,
    COVERED,
    DUE,
    END_BILL,
    END_OFFER,
    END_OPERATION,
    ENDLESS,
    FIRST_BILL,
    FIRST_OFFER,
    FIRST_OPERATION,
    GROSS,
    HAS_OFFER_DATES,
    IS_BOUGHT,
    IS_DATED,
    IS_MADE,
    LAST_COVERED,
    LEAD,
    LEAD_DAYS,
    LOT,
    MINIMUM,
    MOVE_SAFETY,
    MOVEMENT,
    MULTIPLE,
    NO_ROOM,
    OFFER,
    OFFER_LEAD,
    OFFER_MINIMUM,
    OFFER_MULTIPLE,
    OFFER_PART,
    ON_HAND,
    ONLY_BILL,
    ORDER_UP_TO,
    ORDERED,
    PART,
    PRIORITY,
    PROJECTED,
    QUANTITY,
    RECEIPTS,
    RECEIVED,
    RUN_HOURS,
    SAFE,
    SETUP_HOURS,
    STEP,
    TOO_LARGE,
    URGENCY,
    VALID_FROM,
    VALID_TO,
    YIELD_GOOD,
    YIELD_OF,
    compiled,
    rounded_up,
)
from calculations.exact import MICRO
from calculations.lead_times import LONGEST_DAYS
from calculations.netting import MOST_PARTS
from calculations.supply_sources import BLANK


@compiled
def net_rows(
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
    quantity = rounded_up(shortage - tolerance, step)
    if item[YIELD_GOOD] < item[YIELD_OF]:
        if np.float64(quantity) * np.float64(item[YIELD_OF]) > SAFE:
            return np.int64(-1), np.int64(0)
        quantity = rounded_up(-(-(quantity * item[YIELD_OF]) // item[YIELD_GOOD]) - tolerance, step)
    if np.float64(quantity) + np.float64(item[LOT]) + np.float64(minimum) + np.float64(multiple) > SAFE:
        return np.int64(-1), np.int64(0)
    if item[LOT] > step:
        quantity = rounded_up(quantity, item[LOT])
    quantity = max(quantity, minimum)
    if multiple > step or quantity == minimum:
        quantity = rounded_up(quantity, multiple)
    if part > 0 and quantity > part:
        rest = quantity % part
        if rest > 0:
            quantity += rounded_up(max(rest, minimum), multiple) - rest
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
