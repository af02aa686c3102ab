"""Multi-level pegging: up from any supply to customers, down from any demand, with quantities that add up."""

from collections import defaultdict

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from test_planning_properties import AS_OF, factories

from calculations.material_planning import plan_materials
from calculations.pegging_tree import ends, first_served, pegged_down, pegged_up, pegging_graph
from calculations.plan_supplies import plan_supplies
from calculations.policies import resolve
from peg_graphs import down, graph, place, up
from small_factory import factory
from support import examples

# Two customers share an order of 25 desks, 5 of which nobody asked for; its 100 bolts come from stock and a purchase.
DESKS = [("PLAN-DESK", "SO-1/10", "DESK", 5), ("PLAN-DESK", "SO-2/10", "DESK", 15)]
SUPPLIES = [("PLAN-DESK", "DESK", 25, "2026-02-02"), ("", "BOLT", 75), ("PO-1/10", "BOLT", 50, "2026-01-20")]
BOLTS = [("", "PLAN-DESK", "BOLT", 60), ("PO-1/10", "PLAN-DESK", "BOLT", 40)]


def test_a_purchase_serves_the_customers_of_what_is_made_from_it_in_proportion():
    desks = graph(SUPPLIES, [*DESKS, *BOLTS])
    assert up(desks, "PO-1/10") == [
        "1 PLAN-DESK 10 DESK of 25: 40",
        "2 SO-1/10 2 DESK of 5: 8",
        "2 SO-2/10 6 DESK of 15: 24",
        "2 surplus 2 DESK of 25: 8",
        "1 surplus 10 BOLT of 50: 10",
    ]


def test_an_order_line_is_served_by_its_part_of_every_level_below():
    desks = graph(SUPPLIES, [*DESKS, *BOLTS])
    assert down(desks, "SO-1/10") == ["1 PLAN-DESK 5 DESK of 25", "2 BOLT 12 BOLT of 75", "2 PO-1/10 8 BOLT of 50"]


def test_what_the_pegs_leave_is_safety_stock_first_and_then_surplus():
    desks = graph(SUPPLIES, [*DESKS, *BOLTS], safety={"BOLT": 20})
    assert up(desks, "BOLT")[-1] == "1 safety_stock 15 BOLT of 75: 15"
    assert up(desks, "PO-1/10")[-2:] == ["1 safety_stock 5 BOLT of 50: 5", "1 surplus 5 BOLT of 50: 5"]


def test_a_component_on_two_ways_into_one_order_is_looked_at_once():
    """Bolts are in frames and in wheels, and both are in the bike: 10 bikes are concerned, not 20."""
    bikes = graph(
        [("", "BOLT", 60), ("WO-1", "FRAME", 10), ("WO-2", "WHEEL", 20), ("WO-3", "BIKE", 10)],
        [("WO-3", "SO-1/10", "BIKE", 10), ("WO-1", "WO-3", "FRAME", 10), ("WO-2", "WO-3", "WHEEL", 20),
         ("", "WO-1", "BOLT", 40), ("", "WO-2", "BOLT", 20)],
    )  # fmt: skip
    assert up(bikes, "BOLT") == [
        "1 WO-1 10 FRAME of 10: 40",
        "2 WO-3 10 BIKE of 10: 40",
        "3 SO-1/10 10 BIKE of 10: 60",
        "1 WO-2 20 WHEEL of 20: 20",
        "2 WO-3 10 BIKE of 10 again: 20",
    ]
    (customer,) = ends(pegged_up(bikes, place(bikes, "BOLT")))
    assert (customer.number, customer.share_micro) == ("SO-1/10", 60_000_000)
    assert down(bikes, "SO-1/10") == [
        "1 WO-3 10 BIKE of 10",
        "2 WO-1 10 FRAME of 10",
        "3 BOLT 40 BOLT of 60",
        "2 WO-2 20 WHEEL of 20",
        "3 BOLT 20 BOLT of 60",
    ]


def test_thirds_are_split_by_largest_remainder_and_sum_to_the_whole():
    thirds = graph(
        [("PO-1/10", "CAN", 10), ("PLAN-LAMP", "LAMP", 3)],
        [("PLAN-LAMP", f"SO-{n}/10", "LAMP", 1) for n in (1, 2, 3)] + [("PO-1/10", "PLAN-LAMP", "CAN", 10)],
    )
    shares = [row.share_micro for row in ends(pegged_up(thirds, place(thirds, "PO-1/10")))]
    assert shares == [3_333_334, 3_333_333, 3_333_333]
    below = [pegged_down(thirds, place(thirds, f"SO-{n}/10"))[1].quantity_micro for n in (1, 2, 3)]
    assert below == shares


def test_one_need_served_by_several_orders_names_each_of_them():
    split = graph(
        [("PLAN-LEG-1", "LEG", 100), ("PLAN-LEG-2", "LEG", 50)],
        [("PLAN-LEG-1", "SO-1/10", "LEG", 100), ("PLAN-LEG-2", "SO-1/10", "LEG", 40)],
    )
    assert down(split, "SO-1/10") == ["1 PLAN-LEG-1 100 LEG of 100", "1 PLAN-LEG-2 40 LEG of 50"]
    assert up(split, "PLAN-LEG-2") == ["1 SO-1/10 40 LEG of 140: 40", "1 surplus 10 LEG of 50: 10"]


def test_planned_orders_merged_into_one_document_go_by_it_and_lose_nobody():
    merged = graph(
        [("PLAN-LEG-1", "LEG", 20), ("PLAN-LEG-2", "LEG", 30), ("PLAN-DESK-1", "DESK", 5), ("PLAN-DESK-2", "DESK", 6)],
        [("PLAN-DESK-1", "SO-1/10", "DESK", 5), ("PLAN-DESK-2", "SO-2/10", "DESK", 6),
         ("PLAN-LEG-1", "PLAN-DESK-1", "LEG", 20), ("PLAN-LEG-2", "PLAN-DESK-2", "LEG", 24)],
        releases=[("PLAN-LEG-1", "purchase", "PO-7", 10), ("PLAN-LEG-2", "purchase", "PO-7", 10),
                  ("PLAN-DESK-1", "production", "WO-9")],
    )  # fmt: skip
    assert up(merged, "PO-7/10") == [
        "1 WO-9 5 DESK of 5: 20",
        "2 SO-1/10 5 DESK of 5: 20",
        "1 PLAN-DESK-2 6 DESK of 6: 24",
        "2 SO-2/10 6 DESK of 6: 24",
        "1 surplus 6 LEG of 50: 6",
    ]


def test_an_order_that_takes_its_own_output_does_not_go_round_for_ever():
    rework = graph([("WO-1", "DESK", 2), ("", "DESK", 1)],
                   [("", "WO-1", "DESK", 1), ("WO-1", "WO-1", "DESK", 1), ("WO-1", "SO-1/10", "DESK", 1)])  # fmt: skip
    assert up(rework, "WO-1") == ["1 WO-1 1 DESK of 2 again: 1", "1 SO-1/10 1 DESK of 1: 1"]
    assert down(rework, "SO-1/10")[0] == "1 WO-1 1 DESK of 2"


def test_shared_components_on_many_levels_do_not_multiply():
    """Each of 40 levels needs the next one twice: 2⁴⁰ ways, 80 pegs."""
    pegs, supplies = [("WO-0", "SO-1/10", "L0", 1)], [("WO-0", "L0", 1)]
    for level in range(40):
        supplies += [(f"WO-{level}A", f"A{level}", 1), (f"WO-{level}B", f"B{level}", 1), (f"WO-{level + 1}", "L", 2)]
        for way in "AB":
            pegs += [(f"WO-{level}{way}", f"WO-{level}", f"{way}{level}", 1),
                     (f"WO-{level + 1}", f"WO-{level}{way}", f"L{level + 1}", 1)]  # fmt: skip
    tall = graph(supplies, pegs)
    assert len(down(tall, "SO-1/10")) == len(pegs)
    (end,) = ends(pegged_up(tall, place(tall, "WO-40")))
    assert end.share_micro == 2_000_000


def test_the_first_whom_each_of_many_supplies_serves_are_found_together():
    desks = graph(SUPPLIES, [*DESKS, *BOLTS])
    roots = [place(desks, "BOLT"), place(desks, "PLAN-DESK")]
    rank = [desks.number.index(name) for name in desks.number]
    served = first_served(desks, roots, rank, 1)
    assert [[desks.number[end] for end in served[root]] for root in roots] == [["SO-1/10"], ["SO-1/10"]]
    assert len(first_served(desks, roots, rank, 9)[roots[0]]) == 2


@st.composite
def planned(draw):
    """The graph of the plan of a generated factory, and its frames."""
    bills, stock, orders, items, headers, purchase = draw(factories())
    world = factory(bills, stock, orders, items=items, headers=headers, **purchase)
    frames = plan_materials(world, AS_OF, {})
    supplies = plan_supplies(world, frames["requirements"], frames["planned_orders"], AS_OF, resolve({}, AS_OF))
    safety = world["items"].set_index("item")["safety_stock_micro"]
    none = pd.DataFrame(columns=["planned_order", "kind", "order", "line"])
    return pegging_graph(frames["pegs"], supplies, safety, none), frames


@given(planned())
@examples(25)
def test_up_the_parts_of_every_node_sum_to_it_and_the_ends_to_the_supply(plan):
    pegging, _ = plan
    for root in range(len(pegging.keys)):
        if not pegging.is_order(root):
            continue
        rows = pegged_up(pegging, root)
        assert sum(row.share_micro for row in ends(rows)) == pegging.whole[root]
        arrived, passed_on, above = defaultdict(int), defaultdict(int), {0: pegging.keys[root]}
        arrived[above[0]] = pegging.whole[root]
        for row in rows:
            here = f"{row.kind}:{row.number}"
            passed_on[above[row.level - 1]] += row.share_micro
            arrived[here] += row.share_micro
            above[row.level] = here
        assert all(arrived[key] == passed for key, passed in passed_on.items())


@given(planned())
@examples(25)
def test_down_all_customers_together_get_what_the_pegs_say(plan):
    pegging, frames = plan
    given_to = defaultdict(int)
    for root in range(len(pegging.keys)):
        if pegging.is_order(root):
            continue
        rows = pegged_down(pegging, root)
        direct = sum(pegging.quantity[edge] for edge in pegging.needs[root])
        assert sum(row.quantity_micro for row in rows if row.level == 1) == direct
        for row in rows:
            given_to[row.kind, row.number] += row.quantity_micro
            assert 0 <= row.quantity_micro <= row.whole_micro
    pegs = frames["pegs"]
    direct = pegs[pegs["demand_kind"].isin(("sales_order", "forecast"))]
    # what goes to nobody goes to orders' surplus; the rest is what the trees up say
    for (kind, number), quantity in given_to.items():
        root = pegging.position(kind, number)
        reached = [row for row in ends(pegged_up(pegging, root)) if row.kind in ("sales_order", "forecast")]
        # a share is rounded once for each level it passes
        assert abs(quantity - sum(row.share_micro for row in reached)) <= 50
    assert sum(direct["quantity_micro"]) <= sum(given_to.values())


@given(planned())
@examples(25)
def test_what_serves_nobody_is_what_the_plan_closes_with(plan):
    pegging, frames = plan
    closing = frames["requirements"].groupby("item")["projected_available_micro"].last()
    left = defaultdict(int)
    for node, item in enumerate(pegging.node_item):
        left[item] += pegging.safety[node] + pegging.surplus[node]
    assert {item: quantity for item, quantity in closing.items() if quantity > 0} == {
        item: left[item] for item in closing.index if left[item] > 0
    }
