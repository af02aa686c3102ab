"""Kits of chosen orders, of opportunities before acceptance, of work orders and planned production before release."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.kit_demands import INQUIRY, UnknownDemand, with_inquiry
from calculations.kit_progress import lines_under_way, needs_of_started_orders
from calculations.kitting import check_kitting
from calculations.policies import UnknownPolicy, resolve
from small_factory import factory
from support import examples, frame_rows

AS_OF = date(2026, 1, 5)
EARLY, LATE, LAST = "2026-02-02", "2026-02-09", "2026-02-16"
DESK = {"DESK": {"TOP": 1, "LEG": 4}}


def kits(world, **policies):
    frames = check_kitting(world, AS_OF, policies)
    return frame_rows(frames["kits"]), frame_rows(frames["shortages"])


def sets(world, **policies) -> list[tuple[str, str]]:
    return [(row["order"], row["complete_sets"]) for row in kits(world, **policies)[0]]


# order of service, chosen orders


def desks(*orders, legs: int, **tables):
    return factory(DESK, {"TOP": 99, "LEG": legs}, [("DESK", *order) for order in orders], **tables)


def test_orders_are_served_by_due_date_priority_or_number():
    world = desks((1, LATE, 5), (1, EARLY, 3), (1, LAST, 1), legs=4)
    assert sets(world) == [("SO-2", "1"), ("SO-1", "0"), ("SO-3", "0")]
    assert sets(world, served_by="priority") == [("SO-3", "1"), ("SO-2", "0"), ("SO-1", "0")]
    assert sets(world, served_by="number") == [("SO-1", "1"), ("SO-2", "0"), ("SO-3", "0")]
    assert sets(world, served_by="number", allocation="independent") == [("SO-1", "1"), ("SO-2", "1"), ("SO-3", "1")]


def test_of_chosen_orders_the_earlier_others_take_theirs_first():
    world = desks((1, EARLY), (2, LATE), (1, LAST), legs=9)
    assert sets(world, only_orders=["SO-2"]) == [("SO-2", "1")]
    assert sets(world, only_orders=["SO-3/10", "SO-2"]) == [("SO-2", "1"), ("SO-3", "0")]


def test_chosen_orders_are_looked_at_as_if_there_were_no_others():
    world = desks((1, EARLY), (2, LATE), (1, LAST), legs=9)
    assert sets(world, only_orders=["SO-2"], other_orders="ignore") == [("SO-2", "2")]
    assert sets(world, only_orders=["SO-2", "SO-3"], other_orders="ignore") == [("SO-2", "2"), ("SO-3", "0")]


def test_an_order_that_is_not_open_is_named():
    with pytest.raises(UnknownDemand, match="SO-9 is not among the open sales orders"):
        kits(desks((1, EARLY), legs=9), only_orders=["SO-9"])


def test_an_unknown_way_to_serve_is_refused():
    with pytest.raises(UnknownPolicy, match="due_date or priority or number"):
        kits(desks((1, EARLY), legs=9), served_by="size")


# before acceptance


def chances(*lines, stage="open", customer="C"):
    """Opportunities of one line each, given as (item, quantity, requested date)."""
    numbers = range(1, len(lines) + 1)
    return {
        "opportunities": [{"opportunity": f"OPP-{n}", "customer": customer, "stage": stage} for n in numbers],
        "opportunity_lines": [
            {"opportunity": f"OPP-{n}", "line": 1, "item": item, "quantity": quantity, "requested_date": day}
            for n, (item, quantity, day) in zip(numbers, lines, strict=True)
        ],
    }


def test_an_opportunity_gets_what_accepted_orders_leave_and_is_marked_as_no_order():
    world = desks((2, LATE), legs=20, **chances(("DESK", 5, EARLY)))
    (kit,), (short,) = kits(world, kits_for="opportunities")
    assert (kit["order"], kit["line"], kit["demand_kind"]) == ("OPP-1", 1, "opportunity")
    assert (kit["complete_sets"], kit["status"], kit["bottleneck"]) == ("3", "partial", "LEG")
    assert (short["item"], short["required"], short["available"], short["short"]) == ("LEG", "20", "12", "8")
    assert sets(world, kits_for="opportunities", other_orders="ignore") == [("OPP-1", "5")]


def test_accepted_orders_come_first_also_when_each_opportunity_is_looked_at_alone():
    world = desks((2, LATE), legs=20, **chances(("DESK", 2, EARLY), ("DESK", 2, EARLY)))
    assert sets(world, kits_for="opportunities") == [("OPP-1", "2"), ("OPP-2", "1")]
    assert sets(world, kits_for="opportunities", allocation="independent") == [("OPP-1", "2"), ("OPP-2", "2")]


def test_an_opportunity_that_was_not_asked_for_takes_nothing():
    world = desks((2, LATE), legs=20, **chances(("DESK", 3, EARLY), ("DESK", 3, LATE)))
    assert sets(world, kits_for="opportunities", only_orders=["OPP-2"]) == [("OPP-2", "3")]


def test_won_and_lost_opportunities_are_not_asked():
    world = desks((2, LATE), legs=20, **chances(("DESK", 3, EARLY), stage="won"))
    assert sets(world, kits_for="opportunities") == []
    assert [row["order"] for row in kits(world)[0]] == ["SO-1"]


def test_a_question_about_an_item_is_an_opportunity_for_the_time_of_the_answer():
    world = with_inquiry(desks((2, LATE), legs=20), "DESK", 4_000_000, date(2026, 2, 2))
    (kit,), _ = kits(world, kits_for="opportunities", only_orders=[INQUIRY])
    assert (kit["order"], kit["complete_sets"], kit["demand_kind"]) == ("INQUIRY", "3", "opportunity")


def test_a_question_about_an_unknown_item_or_nothing_is_refused():
    world = desks((2, LATE), legs=20)
    with pytest.raises(UnknownDemand, match="DEKS is not in items"):
        with_inquiry(world, "DEKS", 1_000_000, date(2026, 2, 2))
    with pytest.raises(UnknownDemand, match="more than 0"):
        with_inquiry(world, "DESK", 0, date(2026, 2, 2))


# before release


def works(*orders, components=(), **columns):
    """Work orders given as (order, item, quantity, start date); components as (order, item, quantity, issued)."""
    return {
        "work_orders": [
            {"order": order, "item": item, "quantity": quantity, "start_date": start, "due_date": LAST, **columns}
            for order, item, quantity, start in orders
        ],
        "work_order_components": [
            {"order": order, "item": item, "quantity": quantity, "issued_quantity": issued}
            for order, item, quantity, issued in components
        ],
    }  # fmt: skip


def test_open_work_orders_are_clear_to_build_by_their_own_components_and_start_date():
    parts = [("WO-1", "TOP", 2, 0), ("WO-1", "LEG", 9, 0), ("WO-2", "TOP", 2, 0), ("WO-2", "LEG", 8, 0)]
    world = factory(DESK, {"TOP": 4, "LEG": 12}, [("DESK", 9, EARLY)],
                    **works(("WO-1", "DESK", 2, LATE), ("WO-2", "DESK", 2, EARLY), components=parts))  # fmt: skip
    (first, second), (short,) = kits(world, kits_for="work_orders")
    assert (first["order"], first["line"], first["demand_kind"], first["status"]) == (
        "WO-2",
        None,
        "work_order",
        "ready",
    )
    # 9 legs are 4.5 a desk: the 4 that WO-2 leaves are not even one set
    assert (second["order"], second["complete_sets"], second["bottleneck"]) == ("WO-1", "0", "LEG")
    assert (short["order"], short["required"], short["available"], short["short"]) == ("WO-1", "9", "4", "5")


def test_what_was_issued_and_built_is_not_asked_for_again():
    parts = [("WO-1", "TOP", 10, 10), ("WO-1", "LEG", 40, 22)]
    world = factory(DESK, {"LEG": 7}, [], **works(("WO-1", "DESK", 10, EARLY), components=parts, completed_quantity=3))
    (kit,), (short,) = kits(world, kits_for="work_orders")
    # 22 + 7 legs are 7 desks, 3 of them built; 40 − 22 = 18 legs are still to come
    assert (kit["required_sets"], kit["complete_sets"]) == ("7", "4")
    assert (short["required"], short["available"], short["short"]) == ("18", "7", "11")


def test_a_work_order_without_component_rows_follows_the_bill_less_what_it_holds():
    bills = {"DESK": {"LEG": {"quantity": 4, "fixed_loss": 2}}}
    world = factory(bills, {"LEG": 9}, [], **works(("WO-1", "DESK", 3, EARLY)))
    (kit,), (short,) = kits(world, kits_for="work_orders")
    assert (kit["complete_sets"], short["required"], short["short"]) == ("1", "14", "5")
    world["stock"] = pd.concat(
        [world["stock"].assign(order=""), world["stock"].assign(order="WO-1", status="in_production")],
        ignore_index=True,
    )
    (kit,), shortages = kits(world, kits_for="work_orders")
    assert (kit["status"], shortages) == ("ready", [])


def test_a_work_order_of_an_item_without_bill_and_rows_says_so():
    world = factory({}, {}, [], {"DESK": {"sourcing": "make"}}, **works(("WO-1", "DESK", 3, EARLY)))
    assert kits(world, kits_for="work_orders")[0][0]["status"] == "no_bom"


def test_a_receipt_counts_up_to_the_start_of_the_work_order():
    coming = {
        "suppliers": [{"supplier": "V", "name": "V"}],
        "purchase_orders": [{"order": "PO-1", "supplier": "V", "order_date": "2025-12-01"}],
        "purchase_order_lines": [{"order": "PO-1", "line": 1, "item": "LEG", "quantity": 8, "due_date": "2026-02-05"}],
    }
    orders = works(("WO-1", "DESK", 1, EARLY), ("WO-2", "DESK", 1, LATE))
    world = factory(DESK, {"TOP": 9}, [], **orders, **coming)
    (first, second), _ = kits(world, kits_for="work_orders", horizon="with_receipts")
    assert (first["status"], first["kit_date"], first["bottleneck"]) == ("short", "2026-02-05", "LEG")
    assert (second["status"], second["kit_date"]) == ("ready", "2026-02-05")


def test_a_substitute_and_a_sub_assembly_serve_a_work_order_too():
    bills = {**DESK, "TOP": {"BOARD": 2}}
    parts = [("WO-1", "TOP", 2, 0), ("WO-1", "LEG", 8, 0)]
    world = factory(bills, {"BOARD": 4, "LEG": 5, "PIN": 3}, [], {"PIN": {}},
                    substitutes=[{"component": "LEG", "substitute": "PIN"}],
                    **works(("WO-1", "DESK", 2, EARLY), components=parts))  # fmt: skip
    assert kits(world, kits_for="work_orders")[0][0]["status"] == "short"
    assert kits(world, kits_for="work_orders", level="all")[0][0]["status"] == "ready"


def test_of_equal_dates_the_work_order_that_serves_the_more_urgent_customer_comes_first():
    orders = [("DESK", 1, LAST, 4), ("DESK", 1, LAST, 1)]
    world = factory(DESK, {"TOP": 1, "LEG": 4}, orders, **works(("WO-1", "DESK", 1, EARLY), ("WO-2", "DESK", 1, EARLY)))
    assert sets(world, kits_for="work_orders") == [("WO-1", "1"), ("WO-2", "0")]
    world["pegs"] = pd.DataFrame(
        {
            "supply_kind": "work_order", "supply": ["WO-1", "WO-2"], "demand_kind": "sales_order",
            "demand": ["SO-1", "SO-2"],
        }
    )  # fmt: skip
    assert sets(world, kits_for="work_orders") == [("WO-2", "1"), ("WO-1", "0")]


def planned(*orders):
    """Planned production given as (number, item, quantity, release date)."""
    rows = [{"number": number, "item": item, "kind": "production", "quantity_micro": quantity * 10**6,
             "receipt_quantity_micro": quantity * 10**6, "release_date": pd.Timestamp(day),
             "due_date": pd.Timestamp(LAST), "firm": False, "state": "suggested"}
            for number, item, quantity, day in orders]  # fmt: skip
    return pd.DataFrame(rows)


def test_planned_production_that_is_due_for_release_gets_what_open_work_orders_leave():
    world = factory(DESK, {"TOP": 9, "LEG": 12}, [], **works(("WO-1", "DESK", 1, LATE)))
    world["planned_orders"] = planned(("PLAN-1", "DESK", 2, "2026-01-12"), ("PLAN-2", "DESK", 1, "2026-01-20"))
    assert sets(world, kits_for="planned_orders", release_within_days=5) == [("PLAN-1", "2")]
    (kit, last), _ = kits(world, kits_for="planned_orders", release_within_days=20)
    assert (last["order"], last["status"], last["demand_kind"]) == ("PLAN-2", "short", "planned_order")
    assert kit["due_date"] == "2026-01-12"
    assert sets(world, kits_for="planned_orders") == []


# a running plant


def running(world, **policies):
    choices = resolve(policies, AS_OF)
    tables = {
        "under_way": lines_under_way(world, AS_OF, choices),
        "drawn_next": needs_of_started_orders(world, choices),
    }
    return kits({**world, **tables}, **policies)[0]


def test_finished_stock_that_accepted_orders_leave_makes_an_opportunity_complete():
    world = factory(DESK, {"DESK": 5}, [("DESK", 2, LATE)], **chances(("DESK", 4, EARLY)))
    (kit,) = running(world, kits_for="opportunities")
    assert (kit["complete_sets"], kit["status"]) == ("3", "partial")


def test_a_started_work_order_is_asked_once_and_not_also_reserved():
    parts = [("WO-1", "TOP", 2, 1), ("WO-1", "LEG", 8, 4)]
    world = factory(DESK, {"TOP": 1, "LEG": 4}, [], **works(("WO-1", "DESK", 2, EARLY), components=parts))
    (kit,) = running(world, kits_for="work_orders")
    assert (kit["complete_sets"], kit["status"]) == ("2", "ready")


# laws


@examples(30)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 8), st.integers(0, 2)), min_size=1, max_size=5),
    st.integers(0, 30),
    st.sampled_from(["due_date", "priority", "number"]),
    st.booleans(),
)
def test_work_orders_never_build_more_than_legs_allow_and_sharing_never_gives_more(drawn, legs, served_by, reverse):
    days = (EARLY, LATE, LAST)
    orders = [(f"WO-{n}", "DESK", quantity, days[day]) for n, (quantity, _, day) in enumerate(drawn, start=1)]
    parts = [(order, "LEG", 4 * quantity, min(issued, 4 * quantity))
             for (order, _, quantity, _), (_, issued, _) in zip(orders, drawn, strict=True)]  # fmt: skip
    world = factory(DESK, {"LEG": legs}, [], **works(*orders, components=parts))
    if reverse:
        world = {**world, "work_orders": world["work_orders"][::-1],
                 "work_order_components": world["work_order_components"][::-1]}  # fmt: skip
    choice = {"kits_for": "work_orders", "served_by": served_by}
    shared = dict(sets(world, **choice))
    alone = dict(sets(world, **choice, allocation="independent"))
    for order, _, quantity, issued in parts:
        assert 0 <= int(shared[order]) <= int(alone[order]) <= quantity // 4
        assert 4 * int(alone[order]) <= issued + legs
    assert sum(max(0, 4 * int(shared[order]) - issued) for order, _, _, issued in parts) <= legs
