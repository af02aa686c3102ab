from datetime import date
from functools import cache

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.fact_posting import balances_of
from calculations.row_parsing import parse_table
from models.import_tables import import_tables
from small_plant import item, kinds, on, plant, posted, refusals, same_frames, stock_of, used, why
from support import examples, frame_rows


def test_a_receipt_puts_goods_on_the_shelf_and_an_inspected_item_in_front_of_it():
    world = plant(
        items=[item("TOP", inspect="yes")],
        purchases=[("PO-1", 10, "LEG", 40, 2), ("PO-1", 20, "TOP", 10)],
        receipts=[on(5, "R-1", "PO-1", line=10, quantity=40), on(5, "R-2", "PO-1", line=20, quantity=10)],
    )
    posting = posted(world)
    assert stock_of(posting) == {("LEG", "available"): "40", ("TOP", "inspection"): "10"}
    assert frame_rows(posting.moves)[0] == {
        "number": "receipts:R-1/1", "date": "2026-01-05", "item": "LEG", "warehouse": "MAIN", "lot": "",
        "status": "available", "quantity": "40", "kind": "receipt", "order": "PO-1", "line": 10, "unit_cost": "2",
        "origin": "receipts:R-1",
    }  # fmt: skip
    assert frame_rows(posting.state_changes) == [{"table": "purchase_orders", "number": "PO-1", "state": "done"}]


def test_an_order_with_one_line_needs_no_line_on_the_receipt_and_one_with_two_does():
    world = plant(
        purchases=[("PO-1", 10, "LEG", 40), ("PO-2", 10, "LEG", 40), ("PO-2", 20, "TOP", 1)],
        receipts=[on(5, "R-1", "PO-1", quantity=40), on(5, "R-2", "PO-2", quantity=40)],
    )
    posting = posted(world)
    assert stock_of(posting) == {("LEG", "available"): "40"}
    assert "give one of 10, 20" in why(posting)


def test_over_receipt_is_allowed_up_to_the_suppliers_percentage():
    world = plant(
        suppliers=[{"supplier": "V", "name": "V", "over_receipt_percent": "2.5"}],
        purchases=[("PO-1", 10, "LEG", 200)],
        receipts=[on(5, "R-1", "PO-1", line=10, quantity=205), on(6, "R-2", "PO-1", line=10, quantity="0.000001")],
    )
    posting = posted(world)
    assert stock_of(posting) == {("LEG", "available"): "205"}
    assert "205 with the supplier's over_receipt_percent" in why(posting)


def test_stock_below_zero_is_refused_naming_item_place_and_shortfall():
    world = plant(
        stock=[{"item": "LEG", "quantity": 15, "warehouse": "NORTH"}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        issues=[on(6, "I-1", "WO-1", item="LEG", quantity=20, warehouse="NORTH")],
    )
    posting = posted(world)
    assert refusals(posting) == [("issues", 1, "quantity")]
    assert why(posting).startswith("LEG in NORTH: 20 needed, 15 usable, 5 short;")
    assert posting.moves.empty
    assert stock_of(posting) == {("LEG", "available", "NORTH"): "15"}


def test_a_warehouse_may_allow_stock_below_zero():
    world = plant(
        stock=[{"item": "LEG", "quantity": 15}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        issues=[on(6, "I-1", "WO-1", item="LEG", quantity=20)],
    )
    posting = posted(world, negative_stock_warehouses=["MAIN"])
    assert stock_of(posting) == {("LEG", "available"): "-5", ("LEG", "in_production"): "20"}


def test_an_issue_goes_to_the_floor_and_a_negative_one_comes_back():
    world = plant(
        stock=[{"item": "LEG", "quantity": 40}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        issues=[
            on(6, "I-1", "WO-1", item="LEG", quantity=40),
            on(7, "I-2", "WO-1", item="LEG", quantity=-6),
            on(8, "I-3", "WO-1", item="LEG", quantity=-35),
        ],
    )
    posting = posted(world)
    assert stock_of(posting) == {("LEG", "available"): "6", ("LEG", "in_production"): "34"}
    assert kinds(posting)[2:] == [
        ("return_issue", "LEG", "in_production", "-6"), ("return_issue", "LEG", "available", "6"),
    ]  # fmt: skip
    assert "WO-1 has 34 of LEG left, 1 less than came back" in why(posting)
    assert posting.world["work_order_components"]["issued_quantity_micro"].tolist() == [34_000_000]


@pytest.mark.parametrize(("percent", "good"), [(0, False), (10, True)])
def test_over_issue_needs_an_allowance(percent, good):
    world = plant(
        stock=[{"item": "LEG", "quantity": 100}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        issues=[on(6, "I-1", "WO-1", item="LEG", quantity=44)],
    )
    assert posted(world, over_issue_percent=percent).refused.empty is good


def test_an_item_that_is_no_component_is_refused_and_its_substitute_is_not():
    world = plant(
        items=[item("LEG-OAK")],
        stock=[{"item": "LEG-OAK", "quantity": 100}, {"item": "SCREW", "quantity": 9}, {"item": "LEG", "quantity": 4}],
        substitutes=[{"component": "LEG", "substitute": "LEG-OAK", "ratio": 2}],
        work_orders=[("WO-1", "DESK", 2)],
        components=[("WO-1", "LEG", 8)],
        issues=[
            on(6, "I-1", "WO-1", item="SCREW", quantity=9),
            on(6, "I-2", "WO-1", item="LEG", quantity=4),
            on(6, "I-3", "WO-1", item="LEG-OAK", quantity=8),
        ],
        completions=[on(7, "C-1", "WO-1", quantity=2)],
    )
    posting = posted(world)
    assert "SCREW is no component of WO-1" in why(posting)
    # four legs and, two for one, eight of oak instead of the other four
    assert used(posting) == [("C-1", "LEG", "4"), ("C-1", "LEG-OAK", "8")]


@pytest.mark.parametrize(
    ("table", "fact", "said"),
    [
        ("receipts", {"line": 10, "quantity": 1}, "no open purchase or subcontract order GONE-1"),
        ("issues", {"item": "LEG", "quantity": 1}, "no open work or subcontract order GONE-1"),
        ("completions", {"quantity": 1}, "no open work order GONE-1"),
        ("time_entries", {"work_center": "BENCH", "labor_hours": 1}, "no open work order GONE-1"),
        ("shipments", {"line": 10, "quantity": 1}, "no open sales order GONE-1"),
        ("customer_returns", {"line": 10, "quantity": 1}, "no open sales order GONE-1"),
        ("inspections", {"stage": "incoming", "inspected_quantity": 1, "accepted_quantity": 1}, "no open order GONE-1"),
    ],
)
def test_an_event_for_an_unknown_order_is_refused_and_the_rest_is_posted(table, fact, said):
    world = plant(purchases=[("PO-1", 10, "LEG", 5)], receipts=[on(5, "R-1", "PO-1", line=10, quantity=5)])
    unknown = plant(**{table: [on(5, "E-1", "GONE-1", **fact)]})[table]
    world[table] = pd.concat([world[table], unknown.set_axis([7])])
    posting = posted(world)
    assert said in why(posting)
    assert posting.refused["row"].tolist() == [7]
    assert stock_of(posting) == {("LEG", "available"): "5"}
    assert posting.world[table].index.isin([7]).sum() == 0


@pytest.mark.parametrize("state", ["closed", "cancelled", "approved", "draft"])
def test_a_late_event_for_an_order_that_takes_no_facts_is_refused_by_its_state(state):
    world = plant(work_orders=[("WO-1", "DESK", 10)], completions=[on(6, "C-1", "WO-1", quantity=1)])
    world["work_orders"]["state"] = state
    assert f"WO-1 is {state} and takes no facts" in why(posted(world))


def test_facts_dated_after_the_business_date_are_refused():
    world = plant(purchases=[("PO-1", 10, "LEG", 5)], receipts=[on(6, "R-1", "PO-1", line=10, quantity=5)])
    assert "dated 2026-01-06, after 2026-01-05" in why(posted(world, date(2026, 1, 5)))
    assert posted(world, date(2026, 1, 6)).refused.empty
    assert posted(world, None).refused.empty


def test_a_locked_period_refuses_facts_by_name():
    world = plant(purchases=[("PO-1", 10, "LEG", 5)], receipts=[on(6, "R-1", "PO-1", line=10, quantity=5)])
    world["periods"] = pd.DataFrame({"period": ["2026-01"], "state": ["locked"]})
    assert "period 2026-01 is locked" in why(posted(world))


def test_an_event_that_stands_twice_counts_once_and_with_other_content_is_refused():
    world = plant(purchases=[("PO-1", 10, "LEG", 9)], receipts=[on(6, "R-1", "PO-1", line=10, quantity=4)])
    again = pd.concat([world["receipts"], world["receipts"].set_axis([2])])
    assert stock_of(posted({**world, "receipts": again})) == {("LEG", "available"): "4"}
    again.loc[2, "quantity_micro"] = 5_000_000
    posting = posted({**world, "receipts": again})
    assert stock_of(posting) == {("LEG", "available"): "4"}
    assert "event R-1 stands twice with different content" in why(posting)


def test_what_is_completed_today_may_be_issued_today_whatever_its_event_is_called():
    world = plant(
        items=[item("TOP", "make")],
        work_orders=[("WO-1", "TOP", 2), ("WO-2", "DESK", 2)],
        components=[("WO-2", "TOP", 2)],
        completions=[on(6, "Z-9", "WO-1", quantity=2), on(6, "C-2", "WO-2", quantity=2)],
        issues=[on(6, "A-1", "WO-2", item="TOP", quantity=2)],
    )
    posting = posted(world)
    assert posting.refused.empty
    assert stock_of(posting) == {("DESK", "available"): "2"}


def test_over_completion_is_refused_and_changes_nothing():
    world = plant(
        stock=[{"item": "LEG", "quantity": 100}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        completions=[on(6, "C-1", "WO-1", quantity=8, scrapped_quantity=1), on(7, "C-2", "WO-1", quantity=2)],
    )
    posting = posted(world)
    assert "10 planned, 9 completed or scrapped before, so 2 is 1 too many" in why(posting)
    assert stock_of(posting) == {("DESK", "available"): "8", ("LEG", "available"): "64"}
    assert posted(world, over_completion_percent=10).refused.empty


def test_shipments_take_the_first_expired_lot_first_and_never_expired_or_blocked_stock():
    world = plant(
        items=[item("GLUE", lot_tracked="yes", shelf_life_days=10)],
        stock=[
            {"item": "GLUE", "quantity": 5, "lot": "OLD", "received_date": "2025-12-01"},
            {"item": "GLUE", "quantity": 5, "lot": "B", "received_date": "2026-01-05"},
            {"item": "GLUE", "quantity": 5, "lot": "A", "received_date": "2026-01-06"},
            {"item": "GLUE", "quantity": 5, "lot": "BAD", "received_date": "2026-01-04", "status": "blocked"},
        ],
        sales=[("SO-1", 10, "GLUE", 20)],
        shipments=[on(12, "S-1", "SO-1", line=10, quantity=7), on(13, "S-2", "SO-1", line=10, quantity=4)],
    )
    posting = posted(world)
    assert [(row["lot"], row["quantity"]) for row in frame_rows(posting.moves)] == [("B", "-5"), ("A", "-2")]
    assert "GLUE in any warehouse: 4 needed, 3 usable, 1 short (5 expired)" in why(posting)


def test_a_lot_that_is_named_is_the_lot_that_is_taken():
    world = plant(
        items=[item("GLUE", lot_tracked="yes")],
        stock=[
            {"item": "GLUE", "quantity": 5, "lot": "A", "received_date": "2025-12-01"},
            {"item": "GLUE", "quantity": 5, "lot": "B", "received_date": "2026-01-05"},
        ],
        sales=[("SO-1", 10, "GLUE", 20)],
        shipments=[
            on(12, "S-1", "SO-1", line=10, quantity=3, lot="B"),
            on(13, "S-2", "SO-1", line=10, quantity=3, lot="B"),
        ],
    )
    posting = posted(world)
    assert stock_of(posting) == {("GLUE", "available", "A"): "5", ("GLUE", "available", "B"): "2"}
    assert "GLUE in any warehouse: 3 of lot B needed, 2 usable, 1 short" in why(posting)


def test_a_lot_tracked_receipt_without_a_lot_gets_its_event_as_lot():
    world = plant(
        items=[item("GLUE", lot_tracked="yes")],
        purchases=[("PO-1", 10, "GLUE", 5)],
        receipts=[on(5, "R-1", "PO-1", line=10, quantity=5)],
    )
    assert stock_of(posted(world)) == {("GLUE", "available", "R-1"): "5"}


def test_no_more_is_shipped_than_ordered_and_no_more_comes_back_than_was_shipped():
    world = plant(
        stock=[{"item": "DESK", "quantity": 9}],
        sales=[("SO-1", 10, "DESK", 4)],
        shipments=[on(6, "S-1", "SO-1", line=10, quantity=3), on(7, "S-2", "SO-1", line=10, quantity=2)],
        customer_returns=[on(8, "Q-1", "SO-1", line=10, quantity=2), on(9, "Q-2", "SO-1", line=10, quantity=2)],
    )
    posting = posted(world)
    assert refusals(posting) == [("customer_returns", 2, "quantity"), ("shipments", 2, "quantity")]
    assert stock_of(posting) == {("DESK", "available"): "6", ("DESK", "inspection"): "2"}
    assert frame_rows(posting.state_changes) == [{"table": "sales_orders", "number": "SO-1", "state": "in_progress"}]


def test_hours_and_expenses_move_nothing_but_must_name_what_exists():
    world = plant(
        work_orders=[("WO-1", "DESK", 1)],
        time_entries=[on(6, "T-1", "WO-1", work_center="BENCH", labor_hours="1.5")],
        expenses=[
            {"event": "X-1", "period": "2026-01", "pool": "RENT", "amount": 100},
            {"event": "X-2", "period": "2026-01", "pool": "RENT", "amount": 100, "scope": "order:WO-9"},
            {"event": "X-3", "period": "2026-02", "pool": "RENT", "amount": 100},
        ],
    )
    posting = posted(world)
    assert posting.moves.empty
    assert refusals(posting) == [("expenses", 2, "scope"), ("expenses", 3, "period")]
    assert frame_rows(posting.state_changes) == [{"table": "work_orders", "number": "WO-1", "state": "in_progress"}]


def test_while_inspections_are_to_come_facts_short_of_inspected_goods_are_held_back_in_order():
    world = plant(
        items=[item("LEG", inspect="yes")],
        stock=[{"item": "LEG", "quantity": 10}],
        purchases=[("PO-1", 10, "LEG", 40)],
        work_orders=[("WO-1", "DESK", 4), ("WO-2", "DESK", 2)],
        components=[("WO-1", "LEG", 16), ("WO-2", "LEG", 8), ("WO-2", "SCREW", 9)],
        receipts=[on(5, "R-1", "PO-1", line=10, quantity=40)],
        issues=[
            on(7, "I-1", "WO-1", item="LEG", quantity=16),
            on(8, "I-2", "WO-2", item="LEG", quantity=8),
            on(8, "I-3", "WO-2", item="SCREW", quantity=9),
        ],
        inspections=[on(6, "Q-1", "PO-1", line=10, stage="incoming", inspected_quantity=40, accepted_quantity=40)],
    )
    stock_facts = ("receipts", "issues")
    first = posted(world, tables=stock_facts, hold=True)
    # the second issue finds enough, but would take what the first one waits for; nothing will ever bring the screws
    assert first.held["event"].tolist() == ["I-1", "I-2"]
    assert why(first).startswith("SCREW")
    waiting = {**first.world, "receipts": world["receipts"][:0], "issues": world["issues"][:2]}
    assert stock_of(posted(waiting)) == {("LEG", "available"): "26", ("LEG", "in_production"): "24"}


# laws that hold whatever happens

QUANTITY = st.sampled_from(["1", "2", "3", "5", "8", "0.5"])
DAY = st.integers(5, 12)
FACT = st.one_of(
    st.tuples(st.just("receipts"), DAY, QUANTITY, st.sampled_from([10, 20, 30])),
    st.tuples(
        st.just("issues"), DAY, st.sampled_from(["4", "8", "3", "-2", "-1"]), st.sampled_from(["LEG", "TOP", "SUB"])
    ),
    st.tuples(st.just("completions"), DAY, QUANTITY, st.sampled_from(["0", "1"])),
    st.tuples(st.just("sub_receipts"), DAY, QUANTITY, st.none()),
    st.tuples(st.just("inspections"), DAY, QUANTITY, st.sampled_from(["accept", "rework", "return", "scrap"])),
    st.tuples(st.just("shipments"), DAY, QUANTITY, st.none()),
    st.tuples(st.just("customer_returns"), DAY, QUANTITY, st.none()),
)


def busy_plant(facts):
    rows = {name: [] for name in ("receipts", "issues", "completions", "inspections", "shipments", "customer_returns")}
    for number, (table, day, quantity, detail) in enumerate(facts):
        event = f"E-{number:02d}"
        if table == "receipts":
            rows[table].append(on(day, event, "PO-1", line=detail, quantity=quantity))
        elif table == "issues":
            order, code = ("SC-1", "TOP") if detail == "SUB" else ("WO-1", detail)
            rows[table].append(on(day, event, order, item=code, quantity=quantity))
        elif table == "completions":
            rows[table].append(on(day, event, "WO-1", quantity=quantity, scrapped_quantity=detail))
        elif table == "sub_receipts":
            rows["receipts"].append(on(day, event, "SC-1", quantity=quantity))
        elif table == "inspections":
            good = detail == "accept"
            rows[table].append(on(day, event, "PO-1", line=20, stage="incoming", inspected_quantity=quantity,
                                  accepted_quantity=quantity if good else 0, rejected_quantity=0 if good else quantity,
                                  disposition="" if good else detail))  # fmt: skip
        else:
            rows[table].append(on(day, event, "SO-1", line=10, quantity=quantity))
    specs = import_tables()
    facts = {
        name: parse_table(pd.DataFrame(listed, dtype="str").fillna(""), specs[name])[0]
        for name, listed in rows.items()
        if listed
    }
    return {**quiet_plant(), **facts}


@cache
def quiet_plant():
    return plant(
        items=[item("TOP", inspect="yes"), item("LEG", decimals=1), item("GLUE", lot_tracked="yes", shelf_life_days=4)],
        stock=[{"item": "LEG", "quantity": 6}, {"item": "TOP", "quantity": 3}, {"item": "SCREW", "quantity": 40},
               {"item": "DESK", "quantity": 2, "unit_cost": 90}],
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[
            {"bom": "B", "line": 10, "component": "LEG", "quantity": 4},
            {"bom": "B", "line": 20, "component": "TOP", "quantity": 1},
            {"bom": "B", "line": 30, "component": "SCREW", "quantity": 7, "issue_method": "backflush"},
        ],
        purchases=[("PO-1", 10, "LEG", 20, "1.25"), ("PO-1", 20, "TOP", 9, 7), ("PO-1", 30, "GLUE", 5)],
        work_orders=[("WO-1", "DESK", 6)],
        components=[("WO-1", "LEG", "23.5"), ("WO-1", "TOP", 6), ("WO-1", "SCREW", 41)],
        subcontracts=[("SC-1", "PAINTED-TOP", 7)],
        sent=[("SC-1", "TOP", 8)],
        sales=[("SO-1", 10, "DESK", 9)],
    )  # fmt: skip


@examples(50)
@given(facts=st.lists(FACT, max_size=16))
def test_whatever_is_posted_balances_are_the_sum_of_moves_and_never_below_zero(facts):
    posting = posted(busy_plant(facts))
    stock = posting.world["stock"]
    assert (stock["quantity_micro"] >= 0).all()
    sums = stock.groupby(["item", "warehouse", "lot", "status"])["quantity_micro"].sum()
    moved = balances_of(posting.world["stock_moves"]).set_index(["item", "warehouse", "lot", "status"])[
        "quantity_micro"
    ]
    assert sums[sums != 0].to_dict() == moved.to_dict()
    assert posting.moves["number"].is_unique


@examples(50)
@given(facts=st.lists(FACT, max_size=16))
def test_issued_less_consumed_is_on_the_floor_and_sent_less_consumed_at_the_subcontractor(facts):
    posting = posted(busy_plant(facts))
    moves = posting.moves
    for status, table, column in (
        ("in_production", "work_order_components", "issued_quantity_micro"),
        ("at_subcontractor", "subcontract_order_components", "sent_quantity_micro"),
    ):
        for order, code, issued in posting.world[table][["order", "item", column]].itertuples(index=False):
            mine = moves[(moves["order"] == order) & (moves["item"] == code)]
            held = mine.loc[mine["status"] == status, "quantity_micro"].sum()
            consumptions = posting.consumptions
            spent = consumptions.loc[
                (consumptions["order"] == order) & (consumptions["item"] == code), "quantity_micro"
            ]
            assert issued - spent.sum() == held >= 0


@examples(50)
@given(facts=st.lists(FACT, max_size=16), cut=DAY)
def test_posting_in_two_parts_moves_the_same_as_posting_at_once(facts, cut):
    world = busy_plant(facts)
    whole = posted(world)
    day = pd.Timestamp(f"2026-01-{cut:02d}")
    names = ("receipts", "issues", "completions", "inspections", "shipments", "customer_returns")
    first = posted({**world, **{name: world[name][world[name]["date"] <= day] for name in names}})
    second = posted({**first.world, **{name: world[name][world[name]["date"] > day] for name in names}})
    same_frames(pd.concat([first.moves, second.moves]), whole.moves)
    same_frames(second.world["stock"], whole.world["stock"])
    same_frames(second.world["order_stock"], whole.world["order_stock"])
    for table in ("purchase_order_lines", "work_orders", "work_order_components", "subcontract_orders",
                  "subcontract_order_components", "sales_order_lines"):  # fmt: skip
        same_frames(second.world[table], whole.world[table])
    assert len(first.refused) + len(second.refused) == len(whole.refused)


@examples(25)
@given(facts=st.lists(FACT, max_size=10))
def test_events_sent_again_change_nothing(facts):
    world = busy_plant(facts)
    once = posted(world)
    names = ("receipts", "issues", "completions", "inspections", "shipments", "customer_returns")
    twice = {name: pd.concat([world[name], world[name].set_axis(world[name].index + 100)]) for name in names}
    same_frames(posted({**world, **twice}).moves, once.moves)


@examples(25)
@given(facts=st.lists(FACT, max_size=10))
def test_the_given_world_is_left_alone_and_the_result_is_the_same_every_time(facts):
    world = busy_plant(facts)
    before = {name: frame.copy() for name, frame in world.items()}
    one, other = posted(world), posted(world)
    same_frames(one.moves, other.moves)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(world[name], frame)


def two_levels(**tables):
    """A desk needs a top that is made of two screws; both are made today, tops after the desk by their number."""
    return plant(**{
        "items": [item("TOP", "make")],
        "stock": [{"item": "SCREW", "quantity": 20}],
        "work_orders": [("WO-A", "DESK", 5), ("WO-B", "TOP", 5)],
        "components": [("WO-A", "TOP", 5), ("WO-B", "SCREW", 10)],
        "issues": [on(5, "I-1", "WO-A", item="TOP", quantity=5), on(5, "I-2", "WO-B", item="SCREW", quantity=10)],
        "completions": [on(5, "C-1", "WO-A", quantity=5), on(5, "C-2", "WO-B", quantity=5)],
        **tables,
    })  # fmt: skip


def test_a_completion_uses_what_was_made_and_issued_on_the_same_day():
    posting = posted(two_levels())
    assert posting.refused.empty
    assert used(posting) == [("C-2", "SCREW", "10"), ("C-1", "TOP", "5")]
    assert stock_of(posting) == {("DESK", "available"): "5", ("SCREW", "available"): "10"}


def test_a_completion_waits_with_the_issue_that_waits_for_an_inspection():
    world = two_levels(items=[item("TOP", "make", inspect="yes")])
    posting = posted(world, hold=True)
    assert posting.refused.empty
    held = set(posting.held.itertuples(index=False, name=None))
    assert held == {("issues", "I-1"), ("completions", "C-1")}
    decided = {
        "inspections": [on(6, "Q-1", "WO-B", stage="finished", inspected_quantity=5, accepted_quantity=5)],
        "issues": [on(6, "I-1", "WO-A", item="TOP", quantity=5), on(5, "I-2", "WO-B", item="SCREW", quantity=10)],
        "completions": [on(6, "C-1", "WO-A", quantity=5), on(5, "C-2", "WO-B", quantity=5)],
    }
    posting = posted(two_levels(items=[item("TOP", "make", inspect="yes")], **decided))
    assert posting.refused.empty, posting.refused.to_string()
    assert used(posting) == [("C-2", "SCREW", "10"), ("C-1", "TOP", "5")]


def test_an_issue_that_is_refused_holds_up_no_completion():
    issue, made = on(5, "I-1", "WO-A", item="TOP", quantity=5), on(5, "C-1", "WO-A", quantity=5)
    bill = {"boms": [{"bom": "B", "item": "DESK"}],
            "bom_lines": [{"bom": "B", "line": 10, "component": "TOP", "quantity": 1}]}  # fmt: skip
    posting = posted(two_levels(issues=[issue], completions=[made], **bill))
    assert refusals(posting) == [("issues", 1, "quantity")]
    assert set(posting.posted.itertuples(index=False, name=None)) == {("completions", "C-1")}
