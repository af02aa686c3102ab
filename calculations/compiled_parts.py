"""Parts of a level that are planned at the same time: how much room each may need, and closing the gaps it left."""

from calculations.compiled_plant import Rows, compiled


@compiled
def count_needs(plant, begin, end, pages):
    """Lay the most needs that each of these ranks can have into `asked_count`."""
    for rank in range(begin, end):
        needs = plant.given.starts[rank + 1] - plant.given.starts[rank]
        for use in range(plant.uses.starts[rank], plant.uses.starts[rank + 1]):
            needs += pages.order_count[plant.uses.parent[use]]
        pages.asked_count[rank] = needs


@compiled
def most_rows(plant, begin, end, pages):
    """The most rows that these ranks can need, if none of their orders is split, and the most needs of one of them."""
    needs, events, most = 0, 0, 0
    for rank in range(begin, end):
        item, asked = plant.sequence[rank], pages.asked_count[rank]
        own = plant.receipts.starts[item + 1] - plant.receipts.starts[item] + 2
        own += plant.safeties.starts[item + 1] - plant.safeties.starts[item]
        needs, events, most = needs + asked, events + own, max(most, asked + own)
    # a movement has at most one order; a peg ends a need, an order, a receipt or the stock
    moves = needs + events
    return Rows(moves, moves, needs, needs + moves + events), most


@compiled
def close_orders(plant, begin, end, pages, first, last, to):
    """Move what these ranks ordered and were asked, rows `first` to `last`, down to where `to` begins."""
    orders, asked, gap, moves = pages.orders, pages.asked, first.orders - to.orders, first.moves - to.moves
    for row in range(first.orders, last.orders):
        orders.quantity[row - gap], orders.urgency[row - gap] = orders.quantity[row], orders.urgency[row]
        orders.bill[row - gap], orders.received[row - gap] = orders.bill[row], orders.received[row]
        orders.movement[row - gap], orders.lead[row - gap] = orders.movement[row] - moves, orders.lead[row]
        orders.offer[row - gap] = orders.offer[row]
    for rank in range(begin, end):
        pages.order_first[plant.sequence[rank]] -= gap
    gap = first.asked - to.asked
    for row in range(first.asked, last.asked):
        asked.quantity[row - gap], asked.source[row - gap] = asked.quantity[row], asked.source[row]


@compiled
def close_moves(plant, pages, first, last, to):
    """Move movements and pegs, rows `first` to `last`, down to where `to` begins."""
    moves, served, gap = pages.moves, pages.served, first.moves - to.moves
    for row in range(first.moves, last.moves):
        moves.gross[row - gap], moves.projected[row - gap] = moves.gross[row], moves.projected[row]
        moves.day[row - gap] = moves.day[row]
        if plant.covers_ahead:
            moves.covered[row - gap] = moves.covered[row]
    gap, orders, asked = first.served - to.served, first.orders - to.orders, first.asked - to.asked
    first_order = len(plant.sequence) + len(plant.receipts.day)
    for row in range(first.served, last.served):
        supply = served.supply[row]
        served.supply[row - gap] = supply - orders if supply >= first_order else supply
        served.demand[row - gap], served.quantity[row - gap] = served.demand[row] - asked, served.quantity[row]
