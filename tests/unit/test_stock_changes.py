"""Stock adjusted, moved and counted, in numbers a storekeeper can check on his fingers."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.fact_posting import balances_of
from calculations.slow_moving import slow_moving_stock
from small_plant import item, kinds, on, plant, posted, refusals, stock_of, why
from support import examples, frame_rows


def of(day: int, event: str, code: str = "LEG", **columns) -> dict:
    return {"event": event, "date": f"2026-01-{day:02d}", "item": code, **columns}


def adjust(day: int, event: str, quantity, **columns) -> dict:
    return of(day, event, quantity=quantity, reason="found", **columns)


def count(day: int, event: str, quantity, **columns) -> dict:
    return of(day, event, counted_quantity=quantity, **columns)


def legs(**facts):
    return plant(
        stock=[{"item": "LEG", "quantity": 40, "unit_cost": 2}, {"item": "LEG", "quantity": 5, "status": "blocked"},
               {"item": "LEG", "quantity": 7, "warehouse": "NORTH"}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        **facts,
    )  # fmt: skip


def test_an_adjustment_adds_to_a_balance_or_takes_off_it():
    posting = posted(legs(adjustments=[adjust(5, "A-1", 3), adjust(6, "A-2", -2, status="blocked"),
                                       adjust(7, "A-3", -7, warehouse="NORTH")]))  # fmt: skip
    assert stock_of(posting) == {("LEG", "available"): "43", ("LEG", "blocked"): "3"}
    assert (
        frame_rows(posting.moves)[0] | {"kind": "adjustment", "quantity": "3", "unit_cost": "2"}
        == (frame_rows(posting.moves)[0])
    )


def test_no_more_is_taken_off_than_is_there():
    posting = posted(legs(adjustments=[adjust(5, "A-1", -8, warehouse="NORTH")]))
    assert why(posting).startswith("LEG in NORTH: 8 to be taken off, 7 there, 1 short")
    assert posted(
        legs(adjustments=[adjust(5, "A-1", -8, warehouse="NORTH")]), negative_stock_warehouses=["NORTH"]
    ).refused.empty


def test_what_is_kept_by_lot_is_changed_by_lot():
    world = plant(
        items=[item("GLUE", lot_tracked="yes")],
        stock=[{"item": "GLUE", "quantity": 5, "lot": "A"}],
        adjustments=[adjust(5, "A-1", -1, item="GLUE"), adjust(5, "A-2", -1, item="GLUE", lot="A"),
                     adjust(5, "A-3", 2, item="GLUE", lot="NEW"), adjust(5, "A-4", -1, item="GLUE", lot="B")],
    )  # fmt: skip
    posting = posted(world)
    assert stock_of(posting) == {("GLUE", "available", "A"): "4", ("GLUE", "available", "NEW"): "2"}
    messages = posting.refused["message"].tolist()
    assert messages[0] == "GLUE is kept by lot: name the lot; there are A"
    assert messages[1].startswith("GLUE in MAIN, lot B: 1 to be taken off, 0 there, 1 short (there is stock of A, NEW)")


def test_a_transfer_moves_blocks_and_frees_stock_and_changes_neither_sum_nor_age():
    world = legs(
        transfers=[
            of(5, "T-1", quantity=10, to_warehouse="NORTH"),
            of(6, "T-2", quantity=4, to_status="blocked", reason="scratched"),
            of(7, "T-3", quantity=5, from_status="blocked", to_status="available", to_warehouse="NORTH"),
            of(8, "T-4", quantity=3),
            of(8, "T-5", quantity=99, from_warehouse="NORTH"),
        ]
    )
    world["stock"]["received_date"] = pd.Timestamp("2026-01-01")
    posting = posted(world)
    assert stock_of(posting) == {
        ("LEG", "available"): "26", ("LEG", "available", "NORTH"): "22", ("LEG", "blocked"): "4",
    }  # fmt: skip
    assert kinds(posting)[:2] == [("transfer", "LEG", "available", "-10"), ("transfer", "LEG", "available", "10")]
    messages = posting.refused["message"].tolist()
    assert "transfer T-4 ends where it begins, in MAIN (available)" in messages[0]
    assert messages[1].startswith("LEG in NORTH (available): 99 to be moved, 22 there, 77 short")
    row = next(row for row in frame_rows(slow_moving_stock(world, date(2026, 1, 31))["slow_moving"])
               if row["item"] == "LEG")  # fmt: skip
    assert (row["quantity"], row["age_days"], row["last_issue"]) == ("52", 30, None)


def test_a_transfer_without_a_lot_takes_what_expires_first_and_leaves_what_is_expired():
    lots = [("OLD", "2025-11-03"), ("B", "2026-01-05"), ("A", "2026-01-06")]
    world = plant(
        items=[item("GLUE", lot_tracked="yes", shelf_life_days=10)],
        stock=[{"item": "GLUE", "quantity": 5, "lot": lot, "received_date": day} for lot, day in lots],
        transfers=[of(8, "T-1", "GLUE", quantity=7, to_warehouse="NORTH"),
                   of(9, "T-2", "GLUE", quantity=4, to_warehouse="NORTH"),
                   of(10, "T-3", "GLUE", quantity=5, lot="OLD", to_status="blocked")],
    )  # fmt: skip
    posting = posted(world)
    assert stock_of(posting) == {
        ("GLUE", "available", "NORTH", "B"): "5", ("GLUE", "available", "NORTH", "A"): "2",
        ("GLUE", "available", "A"): "3", ("GLUE", "blocked", "OLD"): "5",
    }  # fmt: skip
    assert "1 short (5 expired; name their lot to move them)" in why(posting)


def test_a_count_adjusts_the_book_of_its_day():
    world = legs(
        issues=[on(5, "I-1", "WO-1", item="LEG", quantity=8), on(7, "I-2", "WO-1", item="LEG", quantity=8)],
        stock_counts=[count(5, "N-1", 30), count(7, "N-2", 22), count(8, "N-3", 0, warehouse="NORTH"),
                      count(8, "N-4", 6, status="blocked")],
    )  # fmt: skip
    posting = posted(world)
    # 40 − 8 = 32 in the book on the 5th, 30 counted; 30 − 8 = 22 on the 7th, 22 counted: nothing to adjust
    assert [(row["quantity"], row["origin"]) for row in frame_rows(posting.moves) if row["kind"] == "adjustment"] == [
        ("-2", "stock_counts:N-1"), ("-7", "stock_counts:N-3"), ("1", "stock_counts:N-4"),
    ]  # fmt: skip
    assert stock_of(posting) == {
        ("LEG", "available"): "22", ("LEG", "blocked"): "6", ("LEG", "in_production"): "16",
    }  # fmt: skip


def test_a_count_that_comes_late_is_held_against_the_book_of_its_day_and_later_facts_stay():
    first = posted(legs(issues=[on(9, "I-1", "WO-1", item="LEG", quantity=8)]))
    late = legs(stock_counts=[count(5, "N-1", 38)])["stock_counts"]
    after = posted({**first.world, "issues": first.world["issues"][:0], "stock_counts": late})
    assert kinds(after) == [("adjustment", "LEG", "available", "-2")]
    assert stock_of(after)["LEG", "available"] == "30"
    too_few = legs(stock_counts=[count(5, "N-1", 7)])["stock_counts"]
    again = posted({**first.world, "issues": first.world["issues"][:0], "stock_counts": too_few})
    # 33 are missing, but eight more left since: the book would fall below zero
    assert why(again).startswith("LEG in MAIN: 33 to be taken off, 32 there, 1 short")


def test_a_place_counted_twice_on_a_day_must_give_the_same():
    same = posted(legs(stock_counts=[count(5, "N-1", 38), count(5, "N-2", 38)]))
    assert kinds(same) == [("adjustment", "LEG", "available", "-2")]
    other = posted(legs(stock_counts=[count(5, "N-1", 38), count(5, "N-2", 39)]))
    assert "LEG in MAIN was counted twice on 2026-01-05: 38 by N-1 and 39 by N-2" in why(other)
    # also when the first was posted before, unless it is undone
    first = posted(legs(stock_counts=[count(5, "N-1", 38)]))
    second = legs(stock_counts=[count(5, "N-2", 39)])["stock_counts"]
    assert refusals(posted({**first.world, "stock_counts": second})) == [("stock_counts", 1, "counted_quantity")]
    undo = {"event": "REV", "date": "2026-01-06", "table": "stock_counts", "reversed_event": "N-1", "reason": "slip"}
    reversal = legs(reversals=[undo])["reversals"]
    undone = posted({**first.world, "stock_counts": second[:0], "reversals": reversal})
    assert stock_of(undone)["LEG", "available"] == "40"
    third = posted({**undone.world, "stock_counts": second, "reversals": reversal[:0]})
    # on the 5th the book still says 38; the reversal of the 6th puts back the two that were taken off
    assert kinds(third) == [("adjustment", "LEG", "available", "1")]


def test_a_later_day_may_be_counted_anew():
    posting = posted(legs(stock_counts=[count(5, "N-1", 38), count(6, "N-2", 41)]))
    assert [quantity for *_, quantity in kinds(posting)] == ["-2", "3"]


def test_stock_in_inspection_is_neither_adjusted_nor_counted_nor_moved():
    with pytest.raises(AssertionError, match="available or blocked|is not one of"):
        legs(adjustments=[adjust(5, "A-1", 3, status="inspection")])


def test_while_inspections_are_to_come_a_count_of_what_waits_for_them_waits_too():
    world = plant(
        items=[item("LEG", inspect="yes")],
        stock=[{"item": "LEG", "quantity": 4}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        issues=[on(5, "I-1", "WO-1", item="LEG", quantity=8)],
        stock_counts=[count(6, "N-1", 3)],
    )
    assert posted(world, hold=True).held["event"].tolist() == ["I-1", "N-1"]


ACT = st.one_of(
    st.tuples(st.just("adjustments"), st.integers(-9, 9).filter(bool), st.sampled_from(["MAIN", "NORTH"])),
    st.tuples(st.just("transfers"), st.integers(1, 9), st.sampled_from(["NORTH", "MAIN", "blocked"])),
    st.tuples(st.just("stock_counts"), st.integers(0, 30), st.sampled_from(["MAIN", "NORTH"])),
    st.tuples(st.just("issues"), st.integers(1, 9), st.sampled_from(["MAIN", "NORTH"])),
)


@examples(50)
@given(acts=st.lists(st.tuples(st.integers(5, 9), ACT), max_size=14))
def test_balances_are_the_sum_of_moves_and_every_count_that_stands_last_is_what_the_book_says(acts):
    rows: dict[str, list] = {name: [] for name in ("adjustments", "transfers", "stock_counts", "issues")}
    for number, (day, (table, quantity, where)) in enumerate(acts):
        event = f"E-{number:02d}"
        if table == "transfers":
            there = {"to_status": "blocked"} if where == "blocked" else {"to_warehouse": "NORTH"}
            there |= {"from_warehouse": "NORTH", "to_warehouse": "MAIN"} if where == "MAIN" else {}
            rows[table].append(of(day, event, quantity=quantity, **there))
        elif table == "issues":
            rows[table].append(on(day, event, "WO-1", item="LEG", quantity=quantity, warehouse=where))
        else:
            rows[table].append({"adjustments": adjust, "stock_counts": count}[table](day, event, quantity,
                                                                                     warehouse=where))  # fmt: skip
    world = legs(**rows)
    posting = posted(world)
    stock = posting.world["stock"]
    assert (stock["quantity_micro"] >= 0).all()
    sums = stock.groupby(["item", "warehouse", "lot", "status"])["quantity_micro"].sum()
    moved = balances_of(posting.world["stock_moves"]).set_index(["item", "warehouse", "lot", "status"])
    assert sums[sums != 0].to_dict() == moved["quantity_micro"].to_dict()
    moves = posting.world["stock_moves"]
    held = posting.posted[posting.posted["table"] == "stock_counts"]["event"]
    for row in world["stock_counts"].itertuples():
        if row.event in set(held):
            here = (
                (moves["item"] == row.item) & (moves["warehouse"] == row.warehouse) & (moves["status"] == "available")
            )
            until = moves[here & ~(moves["date"] > row.date)]
            assert until["quantity_micro"].sum() == row.counted_quantity_micro
