"""Facts that were wrong and are undone: every balance, total and document is what it was before."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_fact_posting import FACT, busy_plant

from calculations.slow_moving import slow_moving_stock
from small_plant import item, kinds, on, plant, posted, same_frames, stock_of, why
from support import examples, frame_rows

DOCUMENTS = ("purchase_order_lines", "work_orders", "work_order_components", "subcontract_orders",
             "subcontract_order_components", "sales_order_lines")  # fmt: skip
MOVED = ("receipts", "issues", "completions", "shipments", "customer_returns")


def undo(day: int, table: str, event: str, key: str = "") -> dict:
    return {"event": key or f"REV-{event}", "date": f"2026-01-{day:02d}", "table": table, "reversed_event": event,
            "reason": "typed wrongly"}  # fmt: skip


def desks(**facts):
    return plant(
        stock=[{"item": "LEG", "quantity": 40, "unit_cost": 2}, {"item": "SCREW", "quantity": 80}],
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[{"bom": "B", "line": 10, "component": "LEG", "quantity": 4},
                   {"bom": "B", "line": 20, "component": "SCREW", "quantity": 8, "issue_method": "backflush"}],
        purchases=[("PO-1", 10, "LEG", 40, 3)],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40), ("WO-1", "SCREW", 80)],
        sales=[("SO-1", 10, "DESK", 10)],
        **facts,
    )  # fmt: skip


def test_a_receipt_that_is_undone_leaves_the_shelf_and_its_line_is_open_again():
    world = desks(receipts=[on(5, "R-1", "PO-1", quantity=40)], reversals=[undo(7, "receipts", "R-1")])
    posting = posted(world)
    assert posting.refused.empty
    assert stock_of(posting) == {("LEG", "available"): "40", ("SCREW", "available"): "80"}
    assert frame_rows(posting.moves)[1] == frame_rows(posting.moves)[0] | {
        "number": "reversals:REV-R-1/1", "date": "2026-01-07", "quantity": "-40", "origin": "reversals:REV-R-1",
    }  # fmt: skip
    assert posting.world["purchase_order_lines"]["received_quantity_micro"].tolist() == [0]
    assert frame_rows(posting.state_changes) == [{"table": "purchase_orders", "number": "PO-1", "state": "released"}]


def test_a_completion_is_undone_with_its_backflush_and_the_order_that_was_done_goes_on():
    world = desks(
        issues=[on(5, "I-1", "WO-1", item="LEG", quantity=40)],
        completions=[on(6, "C-1", "WO-1", quantity=8), on(7, "C-2", "WO-1", quantity=1, scrapped_quantity=1)],
        reversals=[undo(8, "completions", "C-2")],
    )
    posting = posted(world)
    assert kinds(posting)[-3:] == [
        ("consumption", "LEG", "in_production", "8"), ("consumption", "SCREW", "available", "16"),
        ("completion", "DESK", "available", "-1"),
    ]  # fmt: skip
    assert stock_of(posting) == {
        ("DESK", "available"): "8", ("LEG", "in_production"): "8", ("SCREW", "available"): "16",
    }  # fmt: skip
    order = posting.world["work_orders"].iloc[0]
    assert (order["completed_quantity_micro"], order["scrapped_quantity_micro"]) == (8_000_000, 0)
    assert posting.world["work_order_components"]["issued_quantity_micro"].tolist() == [40_000_000, 64_000_000]
    assert frame_rows(posting.state_changes) == [{"table": "work_orders", "number": "WO-1", "state": "in_progress"}]


def test_what_was_used_since_cannot_be_undone_and_the_refusal_says_what_is_missing():
    world = desks(
        receipts=[on(5, "R-1", "PO-1", quantity=40)],
        issues=[on(6, "I-1", "WO-1", item="LEG", quantity=40)],
        completions=[on(7, "C-1", "WO-1", quantity=3)],
        shipments=[on(8, "S-1", "SO-1", line=10, quantity=2)],
        reversals=[undo(9, "issues", "I-1"), undo(9, "completions", "C-1")],
    )
    posting = posted(world)
    messages = posting.refused["message"].tolist()
    assert messages[0].startswith(
        "issues I-1 cannot be undone: of the 40 LEG it brought into in_production of WO-1, 28 are left and 12 were "
        "used up or returned since"
    )
    assert messages[1].startswith(
        "completions C-1 cannot be undone: of the 3 DESK it brought into MAIN (available), 1 are left and 2 were used,"
    )
    # undoing the shipment first makes way for both; all of one day are tried until nothing more goes
    all_undone = posted(desks(
        issues=[on(6, "I-1", "WO-1", item="LEG", quantity=40)],
        completions=[on(7, "C-1", "WO-1", quantity=3)],
        shipments=[on(8, "S-1", "SO-1", line=10, quantity=2)],
        reversals=[undo(9, "issues", "I-1", "A"), undo(9, "completions", "C-1", "B"), undo(9, "shipments", "S-1", "C")],
    ))  # fmt: skip
    assert all_undone.refused.empty
    assert stock_of(all_undone) == {("LEG", "available"): "40", ("SCREW", "available"): "80"}


def test_inspected_goods_can_only_be_undone_while_they_wait():
    facts = {"receipts": [on(5, "R-1", "PO-1", quantity=40)], "reversals": [undo(7, "receipts", "R-1")]}
    waiting = desks(items=[item("LEG", inspect="yes")], **facts)
    assert posted(waiting).refused.empty
    decided = desks(
        items=[item("LEG", inspect="yes")],
        inspections=[on(6, "Q-1", "PO-1", stage="incoming", inspected_quantity=30, accepted_quantity=30)],
        **facts,
    )
    assert "10 are left and 30 were decided on by an inspection since" in why(posted(decided))


@pytest.mark.parametrize(
    ("reversal", "said"),
    [
        (undo(9, "receipts", "R-9"), "there is no event R-9 in receipts"),
        (undo(9, "issues", "R-1"), "there is no event R-1 in issues"),
        (undo(9, "issues", "I-9"), "issues I-9 was refused and moved nothing"),
        (undo(4, "receipts", "R-1"), "receipts R-1 is not posted yet"),
        (undo(31, "receipts", "R-1") | {"date": "2026-02-01"}, "dated 2026-02-01, after 2026-01-31"),
    ],
)
def test_what_cannot_be_undone_is_refused_by_name(reversal, said):
    world = desks(
        receipts=[on(5, "R-1", "PO-1", quantity=4)],
        issues=[on(6, "I-9", "WO-1", item="LEG", quantity=99)],
        reversals=[reversal],
    )
    posting = posted(world)
    assert said in posting.refused.set_index("table")["message"]["reversals"]
    assert stock_of(posting)["LEG", "available"] == "44"


def test_a_reversal_dated_before_its_fact_is_refused_also_when_the_fact_was_posted_long_ago():
    first = posted(desks(receipts=[on(5, "R-1", "PO-1", quantity=4)]))
    late = desks(reversals=[undo(4, "receipts", "R-1")])["reversals"]
    again = posted({**first.world, "receipts": first.world["receipts"][:0], "reversals": late})
    assert "receipts R-1 is of 2026-01-05; date its reversal on or after that day" in why(again)


def test_a_fact_is_undone_once_and_the_same_reversal_sent_twice_counts_once():
    reversal = undo(7, "receipts", "R-1")
    world = desks(receipts=[on(5, "R-1", "PO-1", quantity=4)], reversals=[reversal])
    twice = {**world, "reversals": pd.concat([world["reversals"], world["reversals"].set_axis([2])])}
    assert stock_of(posted(twice)) == stock_of(posted(desks()))
    assert posted(twice).refused.empty
    other = desks(reversals=[undo(8, "receipts", "R-1", "REV-2")])["reversals"].set_axis([9])
    both = posted({**world, "reversals": pd.concat([world["reversals"], other])})
    assert "receipts R-1 is undone already by reversal REV-R-1" in why(both)
    first = posted(world)
    later = posted({**first.world, "receipts": first.world["receipts"][:0], "reversals": other})
    assert "receipts R-1 is undone already by reversal REV-R-1" in why(later)


@pytest.mark.parametrize(("day", "right"), [(5, "S-2"), (6, "A-2")])
def test_the_corrected_fact_finds_the_room_that_the_wrong_one_took(day, right):
    world = desks(
        receipts=[on(5, "R-1", "PO-1", quantity=40), on(day, right, "PO-1", quantity=39)],
        reversals=[undo(day, "receipts", "R-1")],
    )
    posting = posted(world)
    assert posting.refused.empty
    assert stock_of(posting)["LEG", "available"] == "79"


def test_a_closed_order_takes_no_reversal():
    world = desks(completions=[on(6, "C-1", "WO-1", quantity=1)], issues=[on(5, "I", "WO-1", item="LEG", quantity=4)])
    first = posted(world)
    reversals = desks(reversals=[undo(8, "completions", "C-1")])["reversals"]
    orders = first.world["work_orders"].assign(state="closed")
    nothing = {table: first.world[table][:0] for table in ("completions", "issues")}
    again = posted({**first.world, **nothing, "work_orders": orders, "reversals": reversals})
    assert "completions C-1 cannot be undone: WO-1 is closed and takes no facts" in why(again)
    gone = posted({**first.world, **nothing, "work_orders": orders[:0], "reversals": reversals})
    assert "WO-1 is closed or cancelled and takes no facts" in why(gone)


def test_a_shipment_of_which_goods_came_back_is_undone_after_the_return():
    facts = {
        "stock": [{"item": "DESK", "quantity": 5}],
        "sales": [("SO-1", 10, "DESK", 5)],
        "shipments": [on(5, "S-1", "SO-1", line=10, quantity=5)],
        "customer_returns": [on(6, "T-1", "SO-1", line=10, quantity=2)],
    }
    assert "of line 10 of SO-1 2 came back" in why(posted(plant(**facts, reversals=[undo(7, "shipments", "S-1")])))
    both = [undo(7, "shipments", "S-1", "A"), undo(7, "customer_returns", "T-1", "B")]
    posting = posted(plant(**facts, reversals=both))
    assert stock_of(posting) == {("DESK", "available"): "5"}
    assert posting.world["sales_order_lines"]["shipped_quantity_micro"].tolist() == [0]
    assert posting.world["returned"].empty
    assert frame_rows(posting.state_changes) == [{"table": "sales_orders", "number": "SO-1", "state": "approved"}]


def test_hours_taken_back_release_an_order_on_which_nothing_else_happened():
    world = desks(
        time_entries=[on(5, "T-1", "WO-1", work_center="BENCH", labor_hours=1),
                      on(5, "T-2", "WO-1", work_center="BENCH", labor_hours=2)],
        reversals=[undo(6, "time_entries", "T-1")],
    )  # fmt: skip
    assert posted(world).state_changes["state"].tolist() == ["in_progress"]
    world["reversals"] = desks(
        reversals=[undo(6, "time_entries", "T-1"), undo(6, "time_entries", "T-2")]
    )["reversals"]  # fmt: skip
    assert posted(world).state_changes["state"].tolist() == ["released"]


def test_a_receipt_that_is_undone_makes_stock_no_younger():
    world = desks(
        receipts=[on(20, "R-1", "PO-1", quantity=40)],
        reversals=[undo(21, "receipts", "R-1")],
    )
    world["stock"]["received_date"] = pd.Timestamp("2026-01-01")
    row = next(row for row in frame_rows(slow_moving_stock(world, date(2026, 1, 31))["slow_moving"])
               if row["item"] == "LEG")  # fmt: skip
    assert (row["quantity"], row["age_days"]) == ("40", 30)


def test_material_sent_and_delivered_by_a_subcontractor_comes_back_into_his_hands():
    world = plant(
        stock=[{"item": "TOP", "quantity": 8}],
        subcontracts=[("SC-1", "PAINTED-TOP", 7)],
        sent=[("SC-1", "TOP", 7)],
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=7)],
        receipts=[on(6, "R-1", "SC-1", quantity=3)],
        reversals=[undo(7, "receipts", "R-1")],
    )
    posting = posted(world)
    assert stock_of(posting) == {("TOP", "available"): "1", ("TOP", "at_subcontractor"): "7"}
    assert posting.world["subcontract_orders"]["received_quantity_micro"].tolist() == [0]


# laws


@examples(60)
@given(facts=st.lists(FACT, min_size=1, max_size=10), which=st.integers(0, 9))
def test_a_fact_and_its_reversal_leave_everything_as_before(facts, which):
    world = busy_plant(facts[:-1])
    with_one_more = busy_plant(facts)
    before, after = posted(world), posted(with_one_more)
    new = [row for row in zip(after.posted["table"], after.posted["event"], strict=True)
           if row[1] == f"E-{len(facts) - 1:02d}" and row[0] in MOVED]  # fmt: skip
    if not new:
        return
    (table, event), day = new[0], facts[-1][1]
    undone = desks(reversals=[undo(day, table, event)])["reversals"]
    posting = posted({**with_one_more, "reversals": undone})
    assert len(posting.refused) == len(before.refused)
    assert stock_of(posting) == stock_of(before)
    same_frames(posting.world["order_stock"], before.world["order_stock"])
    same_frames(posting.world["returned"], before.world["returned"])
    for name in DOCUMENTS:
        same_frames(posting.world[name], before.world[name])


@examples(40)
@given(facts=st.lists(FACT, min_size=3, max_size=12), chosen=st.sets(st.integers(0, 11), max_size=4),
       day=st.integers(8, 13))  # fmt: skip
def test_whatever_is_undone_balances_are_the_sum_of_moves_and_cutting_changes_nothing(facts, chosen, day):
    world = busy_plant(facts)
    done = posted(world).posted
    named = [(table, event) for table, event in zip(done["table"], done["event"], strict=True)
             if table in MOVED and int(event[2:]) in chosen]  # fmt: skip
    world["reversals"] = desks(reversals=[undo(day, table, event) for table, event in named])["reversals"]
    whole = posted(world)
    assert (whole.world["stock"]["quantity_micro"] >= 0).all()
    cut = pd.Timestamp("2026-01-07")
    names = (*MOVED, "inspections", "reversals")
    first = posted({**world, **{name: world[name][world[name]["date"] <= cut] for name in names}})
    second = posted({**first.world, **{name: world[name][world[name]["date"] > cut] for name in names}})
    moves = [moves.drop(columns="unit_cost_micro") for moves in (first.moves, second.moves, whole.moves)]
    same_frames(pd.concat(moves[:2]), moves[2])
    assert stock_of(second) == stock_of(whole)
