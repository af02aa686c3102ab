"""Lot tracing over drawn stock moves, in a real database: what holds whatever happened."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert

from calculations.lot_tracing import LOT, PRODUCTION, RECEIPT, SALE, LotSearch, Node
from models.database import create_tables, table_of
from models.lot_tracing import flows_at
from support import examples

ITEMS = ("OAK", "TOP", "DESK")
LOTS = ("A", "B", "")
WORKS = ("WO-1", "WO-2")
NODES = [
    *(Node(LOT, item, lot) for item in ITEMS for lot in LOTS),
    *(Node(PRODUCTION, order) for order in WORKS),
    Node(SALE, "SO-1", "10"),
    Node(RECEIPT, "PO-1", "10"),
]
# (kind of move, status, sign, orders it may be of, line): the kinds that make flows
KINDS = {
    "receipt": ("available", 1, ("PO-1",), 10),
    "issue": ("available", -1, WORKS, None),
    "return_issue": ("available", 1, WORKS, None),
    "consumption": ("in_production", -1, WORKS, None),
    "completion": ("inspection", 1, WORKS, None),
    "shipment": ("available", -1, ("SO-1",), 10),
    "customer_return": ("inspection", 1, ("SO-1",), 10),
    "adjustment": ("available", 1, ("",), None),
}


@st.composite
def drawn_moves(draw) -> list[dict]:
    moves = []
    for place in range(draw(st.integers(1, 16))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        status, sign, orders, line = KINDS[kind]
        moves.append({
            "number": f"facts:{place}/1", "origin": f"facts:{place}", "kind": kind, "status": status, "line": line,
            "order": draw(st.sampled_from(orders)), "item": draw(st.sampled_from(ITEMS)),
            "lot": draw(st.sampled_from(LOTS)), "warehouse": "MAIN",
            "quantity_micro": sign * draw(st.integers(1, 3)) * 1_000_000,
            "date": date(2026, 1, draw(st.integers(1, 20))),
        })  # fmt: skip
    return moves


def connected(moves: list[dict]):
    engine = create_engine("sqlite://")
    create_tables(engine)
    connection = engine.connect()
    connection.execute(insert(table_of("stock_moves")), moves)
    return connection


def search(connection, start: Node, forward: bool) -> LotSearch:
    found = LotSearch([start], forward)
    while found.frontier:
        found.add(flows_at(connection, found.frontier, forward))
    return found


@examples(25)
@given(drawn_moves(), st.sampled_from(NODES))
def test_forward_contains_what_backward_comes_from(moves, start):
    connection = connected(moves)
    forward = search(connection, start, True)
    for node in NODES:
        assert (node in forward.nodes) == (start in search(connection, node, False).nodes), node
    connection.engine.dispose()


@examples(25)
@given(drawn_moves())
def test_an_order_has_taken_what_was_issued_less_what_came_back(moves):
    connection = connected(moves)
    for order in WORKS:
        flows = flows_at(connection, [Node(PRODUCTION, order)], False)
        told = {(flow.above.name, flow.above.part): flow.quantity for flow in flows if flow.quantity > 0}
        taken: dict[tuple, int] = {}
        for move in moves:
            if move["order"] == order and move["kind"] in ("issue", "return_issue"):
                key = (move["item"], move["lot"])
                taken[key] = taken.get(key, 0) - move["quantity_micro"]
        assert told == {key: quantity for key, quantity in taken.items() if quantity > 0}
    connection.engine.dispose()
