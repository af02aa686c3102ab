"""The compiled solver's netting: what is missing on each day becomes orders with their dates."""

import numpy as np

from calculations.compiled_plant import (
    ENDLESS,
    LEAST_COST,
    LOT_FOR_LOT,
    NO_ROOM,
    PERIOD,
    SAFE,
    TOO_LARGE,
    compiled,
    inlined,
    rounded_up,
)
from calculations.exact import MICRO
from calculations.lead_times import LONGEST_DAYS
from calculations.netting import MOST_PARTS
from calculations.supply_sources import BLANK


@inlined
def is_plain(plant, item):
    """Whether each order of an item is what is missing, in one lot without loss, and neither size nor day matter."""
    items = plant.items
    plain = items.rule[item] == LOT_FOR_LOT and items.order_up_to[item] <= 0 and items.lot[item] <= items.step[item]
    plain = plain and items.yield_rate[item] == MICRO and items.lots.part[item] <= 0
    plain = plain and not items.has_offer_dates[item] and not items.has_bill_dates[item]
    # without a lead time the offer must tell it; a routing would ask for the quantity
    return plain and (items.lead_days[item] >= 0 or (items.is_bought[item] and items.only_offer[item] >= 0))


@inlined
def net_plain_rows(plant, item, rows, pages, first, base, scratch):
    """As `net_rows`, of a plain item: what `net_rows` looks up for every order is looked up once."""
    items, moves, orders, calendar = plant.items, pages.moves, pages.orders, plant.calendar
    minimum, multiple, available = items.lots.minimum[item], items.lots.multiple[item], items.on_hand[item]
    tolerance, early = 1 if items.step[item] > 1 else 0, items.early_days[item] + items.inspection_days[item]
    lead, offer, bill = items.lead_days[item], np.int64(BLANK), np.int64(BLANK)
    if items.is_bought[item]:
        offer = items.only_offer[item]
        if lead < 0:
            lead = plant.offers.lead[offer]
    if items.is_made[item]:
        bill = items.only_bill[item]
    days, end, status = max(lead, 0), base, 0
    largest = SAFE / 2 - np.float64(minimum) - np.float64(multiple)
    if base + rows > len(orders.quantity):
        status = -NO_ROOM
    for place in range(rows):
        row = first + place
        now = available + scratch.receipts[place] - moves.gross[row]
        missing = scratch.safety[place] - now
        if missing > tolerance and status == 0:
            ordered = rounded_up(max(missing - tolerance, minimum), multiple)
            release = _back(_back(moves.day[row], early, calendar), days, calendar)
            if release == ENDLESS or np.float64(missing) >= largest:
                status = -TOO_LARGE
            else:
                orders.quantity[end], orders.received[end] = ordered, ordered
                orders.urgency[end], orders.bill[end] = (release << 8) | scratch.priority[place], bill
                orders.movement[end], orders.lead[end], orders.offer[end] = row, lead, offer
                end += 1
            now += ordered
        moves.projected[row] = now
        if plant.covers_ahead:
            moves.covered[row] = 0
        available = now
    return status if status < 0 else end - base


@inlined
def net_rows(plant, item, rows, pages, first, base, scratch):
    """Net an item's movements and write its orders; gives how many, or −NO_ROOM or −TOO_LARGE."""
    items, moves = plant.items, pages.moves
    end, tolerance = base, 1 if items.step[item] > 1 else 0
    looks_ahead = items.rule[item] == PERIOD or items.rule[item] == LEAST_COST
    limits = items.lots.minimum[item], items.lots.multiple[item], items.lots.part[item]
    # whole lots without loss need one rounding and no parts
    plain = items.yield_rate[item] == MICRO and items.lot[item] <= items.step[item] and limits[2] <= 0
    plain = plain and items.order_up_to[item] <= 0 and not items.has_offer_dates[item]
    roomy = SAFE / 2 - np.float64(limits[0]) - np.float64(limits[1])
    available, status = items.on_hand[item], 0
    for place in range(rows):
        row = first + place
        now = available + scratch.receipts[place] - moves.gross[row]
        missing = scratch.safety[place] - now
        ordered, received, covered = 0, 0, missing
        if missing > tolerance:
            if looks_ahead:
                covered = _shortage_ahead(missing, place, first, moves, scratch)
            if plain and np.float64(covered) < roomy:
                ordered = received = rounded_up(max(covered - tolerance, limits[0]), limits[1])
            else:
                if items.has_offer_dates[item]:
                    known, limits = _limits_on(plant, item, moves.day[row])
                    if not known:
                        status = -TOO_LARGE
                        break
                yields = items.step[item], items.lot[item], items.yield_rate[item]
                ordered, received = _order_quantities(covered, limits, yields)
                if ordered >= 0 and items.order_up_to[item] > now + received:
                    # filling up is measured from what is there, not from what later days will miss
                    covered = items.order_up_to[item] - now
                    ordered, received = _order_quantities(covered, limits, yields)
                if ordered < 0:
                    status = -TOO_LARGE
                    break
            now += received
            end, status = _write_orders(plant, item, ordered, limits[2], row, scratch.priority[place], pages, end)
            if status != 0:
                break
        moves.projected[row] = now
        if plant.covers_ahead:
            moves.covered[row] = covered if covered != missing else 0
        available = now
    return status if status < 0 else end - base


@inlined
def _shortage_ahead(missing, place, first, moves, scratch):
    """The largest shortage up to the last covered movement, if nothing else were ordered."""
    covered = missing
    for later in range(place + 1, scratch.covered[place] + 1):
        missing += moves.gross[first + later] - scratch.receipts[later]
        missing += scratch.safety[later] - scratch.safety[later - 1]
        covered = max(covered, missing)
    return covered


@compiled
def _limits_on(plant, item, need):
    """Whether the offer for a day is known, and the minimum, multiple and part that it sets."""
    _, offer, release = _schedule(plant, item, 1, need)
    lots, row = plant.offers.lots, offer
    if offer == BLANK:
        lots, row = plant.items.bare, item
    return release != ENDLESS, (lots.minimum[row], lots.multiple[row], lots.part[row])


@compiled
def _order_quantities(shortage, limits, yields):
    """Quantity to start for a shortage and what it brings; −1 where 64 bits do not suffice.

    See `netting.order_quantities`.
    """
    minimum, multiple, part = limits
    step, lot, rate = yields
    good, of = _yield(rate)
    tolerance = 1 if step > 1 else 0
    quantity = rounded_up(shortage - tolerance, step)
    fits = np.float64(quantity) * np.float64(of) <= SAFE
    if fits and good < of:
        quantity = rounded_up(-(-(quantity * of) // good) - tolerance, step)
    fits = fits and np.float64(quantity) + np.float64(lot) + np.float64(minimum) + np.float64(multiple) <= SAFE
    if fits:
        if lot > step:
            quantity = rounded_up(quantity, lot)
        quantity = rounded_up(max(quantity, minimum), multiple)
        if part > 0 and quantity > part:
            rest = quantity % part
            if rest > 0:
                quantity += rounded_up(max(rest, minimum), multiple) - rest
        fits = np.float64(quantity) * np.float64(of) <= SAFE
    if not fits:
        return np.int64(-1), np.int64(0)
    return quantity, _good(quantity, good, of, step)


@compiled
def _yield(rate):
    """The yield in lowest terms."""
    if rate == MICRO:
        return np.int64(1), np.int64(1)
    good, of = rate, np.int64(MICRO)
    high, low = of, good
    while low > 0:
        high, low = low, high % low
    return good // high, of // high


@compiled
def _good(quantity, good, of, step):
    """What a quantity brings after yield, rounded down."""
    if good == of:
        return quantity
    return quantity * good // of // step * step


@inlined
def _write_orders(plant, item, ordered, part, row, priority, pages, end):
    """Write the single orders of a planned quantity; gives the row behind the last and 0, −NO_ROOM or −TOO_LARGE."""
    orders, need = pages.orders, pages.moves.day[row]
    good, of = _yield(plant.items.yield_rate[item])
    parts = 1
    if part > 0 and ordered > part:
        parts = -(-ordered // part)
    status = 0
    if parts > MOST_PARTS:
        status = -TOO_LARGE
    elif end + parts > len(orders.quantity):
        status = -NO_ROOM
    begin, brought, number = 0, 0, 0
    while status == 0 and number < parts:
        number += 1
        upto = ordered if number == parts else number * part
        brings = _good(upto, good, of, plant.items.step[item])
        lead, offer, release = _schedule(plant, item, upto - begin, need)
        if release == ENDLESS:
            status = -TOO_LARGE
        else:
            orders.quantity[end], orders.received[end] = upto - begin, brings - brought
            orders.urgency[end] = (release << 8) | priority
            orders.bill[end] = _bill(plant, item, max(release, plant.as_of))
            orders.movement[end], orders.lead[end], orders.offer[end] = row, lead, offer
            begin, brought = upto, brings
            end += 1
    return end, status


@inlined
def _schedule(plant, item, quantity, need):
    """Lead time, offer and release day of an order; the release is ENDLESS where the calendar ends before."""
    items, offers, calendar = plant.items, plant.offers, plant.calendar
    due = _back(need, items.early_days[item] + items.inspection_days[item], calendar)
    lead, offer, release = items.lead_days[item], items.only_offer[item], np.int64(0)
    if not items.is_bought[item]:
        offer = np.int64(BLANK)
        if lead == BLANK:
            lead = _routing_days(plant.operations, item, quantity)
            if lead == ENDLESS:
                release = np.int64(ENDLESS)
    elif offer == BLANK:
        for choice in range(offers.starts[item], offers.starts[item + 1]):
            day = _back(due, lead if lead >= 0 else max(offers.lead[choice], 0), calendar)
            if day == ENDLESS:
                release = day
                break
            day = max(day, plant.as_of)
            if offers.valid_from[choice] <= day and day <= offers.valid_to[choice]:
                offer = np.int64(choice)
                break
    if lead == BLANK and offer >= 0:
        lead = offers.lead[offer]
    if release != ENDLESS:
        release = _back(due, max(lead, 0), calendar)
    return lead, offer, release


@compiled
def _back(day, count, calendar):
    """The working day on or before the day, and so many working days before it; ENDLESS stays so."""
    found = np.int64(ENDLESS)
    if day >= calendar.first and day - calendar.first < len(calendar.place):
        place = calendar.place[day - calendar.first] - count
        if place >= 0:
            found = calendar.days[place]
    return found


@compiled
def _routing_days(operations, item, quantity):
    """Working days of the routing for a quantity, −1 without one; see `supply_sources.SupplySources.routing_days`."""
    total, count, endless = 0, 0, False
    for operation in range(operations.starts[item], operations.starts[item + 1]):
        capacity = operations.capacity[operation]
        if capacity > 0:
            run, setup = operations.run_hours[operation], operations.setup_hours[operation]
            hours = np.float64(setup) + np.float64(run) * np.float64(quantity) / MICRO
            if hours * MICRO > SAFE / 4 or np.float64(run) * np.float64(quantity) > SAFE / 4:
                endless = True
                break
            exact = setup + (2 * run * quantity + MICRO) // (2 * MICRO)
            micro_days = (2 * exact * MICRO + capacity) // (2 * capacity)
            if micro_days > LONGEST_DAYS * MICRO:
                endless = True
                break
            total += micro_days
            count += 1
    if endless:
        return np.int64(ENDLESS)
    # half a micro-day of rounding an operation must not become a whole day
    return -(-max(total - count, 0) // MICRO) if count > 0 else np.int64(BLANK)


@inlined
def _bill(plant, item, start):
    """The bill of an order that starts on a day; -1 where none is in force."""
    items, bills = plant.items, plant.bills
    found = np.int64(BLANK)
    if items.is_made[item]:
        if not items.has_bill_dates[item]:
            found = items.only_bill[item]
        else:
            for bill in range(bills.starts[item], bills.starts[item + 1]):
                if bills.valid_from[bill] <= start and start <= bills.valid_to[bill]:
                    found = np.int64(bill)
                    break
    return found
