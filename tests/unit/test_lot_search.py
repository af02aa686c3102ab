"""Lots followed over flows made up by hand and drawn at random."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from calculations.lot_tracing import LOT, PRODUCTION, RECEIPT, SALE, Flow, LotSearch, Node
from support import examples, frame_rows


def day(number: int) -> date:
    return date(2026, 1, number)


def lot(item: str, number: str = "") -> Node:
    return Node(LOT, item, number)


def flow(above: Node, below: Node, quantity: int = 1, first: int = 1, last: int | None = None, used=None) -> Flow:
    used = None if used is None else used * 10**6
    return Flow(above, below, quantity * 10**6, day(first), day(last or first), used)


def search(flows: list[Flow], start: Node, forward: bool, by_lot: bool = False) -> LotSearch:
    """A search over all flows, given level by level as the database would."""
    found, levels = LotSearch([start], forward, by_lot), 0
    while found.frontier:
        found.add([flow for flow in flows if (flow.above if forward else flow.below) in found.frontier])
        levels += 1
        assert levels < 1_000, "the search does not end"
    return found


WO, RW = Node(PRODUCTION, "WO-1"), Node(PRODUCTION, "RW-1")


def test_the_tree_says_what_was_taken_made_and_shipped():
    flows = [flow(lot("OAK", "B1"), WO, 12, 5, 6, used=8), flow(WO, lot("TOP", "WO-1"), 4, 8),
             flow(lot("TOP", "WO-1"), Node(SALE, "SO-1", "10"), 3, 9)]  # fmt: skip
    tree = frame_rows(search(flows, lot("OAK", "B1"), True).tree({Node(SALE, "SO-1", "10"): "Alpina"}))
    assert [(row["level"], row["kind"], row["item"] or row["order"], row["quantity"], row["used"]) for row in tree] == [
        (1, "production", "WO-1", "12", "8"), (2, "lot", "TOP", "4", None), (3, "sale", "SO-1", "3", None)]  # fmt: skip
    assert [(row["first_date"], row["last_date"], row["party"]) for row in tree] == [
        ("2026-01-05", "2026-01-06", ""), ("2026-01-08", "2026-01-08", ""), ("2026-01-09", "2026-01-09", "Alpina")
    ]  # fmt: skip


def test_an_order_that_takes_its_own_lot_ends_the_way_and_is_told_once():
    own = lot("DESK", "WO-1")
    flows = [flow(WO, own, 5, 5), flow(own, RW, 1, 7), flow(RW, own, 1, 8)]
    for start, forward in ((WO, True), (own, True), (own, False)):
        tree = frame_rows(search(flows, start, forward).tree({}))
        assert len(tree) <= 4
    tree = frame_rows(search(flows, own, True).tree({}))
    assert [(row["level"], row["item"] or row["order"], row["told_above"]) for row in tree] == [
        (1, "RW-1", False), (2, "DESK", True)]  # fmt: skip


def test_a_pool_leads_only_to_what_was_taken_on_that_day_or_later_and_only_possibly():
    early, late = Node(SALE, "SO-1", "10"), Node(SALE, "SO-2", "10")
    flows = [flow(lot("OAK", "B1"), WO, 2, 5), flow(WO, lot("TOP"), 2, 10),
             flow(lot("TOP"), early, 1, 9), flow(lot("TOP"), late, 1, 10)]  # fmt: skip
    found = search(flows, lot("OAK", "B1"), True)
    assert late in found.nodes
    assert early not in found.nodes
    tree = {row["order"] or row["item"]: row["known"] for row in frame_rows(found.tree({}))}
    assert tree == {"WO-1": "by lot", "TOP": "by lot", "SO-2": "possible"}
    assert search(flows, early, False).nodes == [early, lot("TOP")]
    assert lot("OAK", "B1") in search(flows, late, False).nodes
    # asked for what lot numbers say, the pool is the end
    assert search(flows, lot("OAK", "B1"), True, by_lot=True).nodes == [lot("OAK", "B1"), WO, lot("TOP")]


def test_an_earlier_way_into_a_pool_opens_it_further():
    # WO-1 brings into the pool on the 20th; its other lot leads by RW-1 into it on the 10th
    flows = [flow(WO, lot("TOP"), 1, 20), flow(WO, lot("SIDE", "S"), 1, 2), flow(lot("SIDE", "S"), RW, 1, 3),
             flow(RW, lot("TOP"), 1, 10), flow(lot("TOP"), Node(SALE, "SO-1", "10"), 1, 12)]  # fmt: skip
    assert Node(SALE, "SO-1", "10") in search(flows, WO, True).nodes


def test_what_one_supplier_brought_into_a_pool_is_one_row():
    one, two, other = (Node(RECEIPT, order, "10") for order in ("PO-1", "PO-2", "PO-3"))
    flows = [flow(one, lot("SCREW"), 40, 2), flow(two, lot("SCREW"), 60, 6), flow(other, lot("SCREW"), 5, 7),
             flow(lot("SCREW"), WO, 80, 8)]  # fmt: skip
    found = search(flows, WO, False)
    parties = {one: "Wood", two: "Wood", other: "Iron"}
    rows = [row for row in frame_rows(found.tree(parties)) if row["kind"] == "receipt"]
    assert sorted((row["party"], row["quantity"], row["count"], row["order"]) for row in rows) == [
        ("Iron", "5", 1, "PO-3"), ("Wood", "100", 2, "")]  # fmt: skip
    sources = frame_rows(found.sources(parties))
    assert {(row["item"], row["party"], row["quantity"], row["known"]) for row in sources} == {
        ("SCREW", "Iron", "5", "possible"), ("SCREW", "Wood", "100", "possible")}  # fmt: skip


LOTS = [lot("A", "1"), lot("A", "2"), lot("B", "1"), lot("B"), lot("C")]
DOCUMENTS = [Node(PRODUCTION, "W1"), Node(PRODUCTION, "W2"), Node(SALE, "S", "10"), Node(RECEIPT, "P", "10")]


@st.composite
def drawn_flows(draw) -> list[Flow]:
    flows = {}
    for _ in range(draw(st.integers(0, 14))):
        ends = draw(st.sampled_from(LOTS)), draw(st.sampled_from(DOCUMENTS))
        above, below = ends if draw(st.booleans()) else ends[::-1]
        first = draw(st.integers(1, 9))
        flows[above, below] = flow(above, below, 1, first, draw(st.integers(first, 9)))
    return list(flows.values())


@examples(200)
@given(drawn_flows(), st.sampled_from(LOTS + DOCUMENTS), st.sampled_from(LOTS + DOCUMENTS), st.booleans())
def test_forward_reaches_what_backward_comes_from(flows, one, other, by_lot):
    forward, backward = search(flows, one, True, by_lot), search(flows, other, False, by_lot)
    assert (other in forward.nodes) == (one in backward.nodes)
    assert (other in forward.certain()) == (one in backward.certain()) or one.is_pool or other.is_pool


@examples(100)
@given(drawn_flows(), st.sampled_from(LOTS + DOCUMENTS), st.booleans())
def test_the_tree_has_every_node_reached_and_ends(flows, start, forward):
    found = search(flows, start, forward)
    tree = found.tree({})
    told = {(row.item, row.lot) for row in tree.itertuples() if row.kind == "lot"}
    assert told | {(start.name, start.part)} >= {(node.name, node.part) for node in found.nodes if node.kind == LOT}
    assert len(tree) <= 2 * len(found.flows) + 1
