"""Previews of order changes on a table maker's world, with numbers one can check by hand.

Five TABLEs are wanted on Wednesday 28 January: five TOPs come with PO-1 on the 26th, of twenty LEGs eight lie in stock
and twelve have to be bought.
"""

from datetime import date

import pytest

from calculations.change_set import RefusedChanges
from calculations.order_change import digest, preview
from support import examples, frame_rows, world_of
from table_maker import AS_OF, TABLES
from tasks.simulation import what_if_tables

COSTS = {"TABLE": "60", "TOP": "30", "LEG": "2.50"}
ITEMS = [{**item, "standard_cost": COSTS[item["item"]]} for item in TABLES["items"]]
LINE = TABLES["sales_order_lines"][0]
WORK_ORDER = {"order": "WO-1", "item": "TABLE", "quantity": 5, "start_date": "2026-01-26", "due_date": "2026-01-28"}


def changed(*requests, reduce=(), policies=None, order="SO-1", **tables):
    world = world_of({**TABLES, "items": ITEMS, **tables})
    return preview(world, AS_OF, policies or {}, order, list(requests), what_if_tables(), set(world), reduce)


def supply(change):
    return {
        row["order"] or row["kind"]: (row["freed"], row["reducible"], row["bound"], row["cost"], row["remedy"])
        for row in frame_rows(change.frames["supply"])
    }


def said(change, about):
    rows = change.frames["sentences"]
    return rows.loc[rows["about"] == about, "sentence"].tolist()


def test_two_tables_less_free_two_tops_and_eight_legs_that_are_not_bought_yet():
    change = changed({"what": "quantity", "line": 10, "quantity": 3})
    assert supply(change) == {"PO-1": ("2", "2", "0", "0", "ask the supplier to reduce it")}
    (legs, tables) = frame_rows(change.frames["planned_orders"])
    assert (legs["item"], legs["quantity_before"], legs["quantity_after"]) == ("LEG", "12", "4")
    assert (tables["item"], tables["quantity_before"], tables["quantity_after"]) == ("TABLE", "5", "3")
    assert said(change, "order") == ["line 10: 5 → 3"]
    # eight legs at 2.50 that are not spent; the purchase order stands until somebody reduces it
    assert said(change, "cash") == ["money still to spend: −20 in 2026-01"]


def test_reducing_the_purchase_order_too_saves_its_money():
    change = changed({"what": "quantity", "line": 10, "quantity": 3}, reduce=["PO-1"])
    lines = change.branch.world["purchase_order_lines"]
    assert lines["quantity_micro"].tolist() == [3_000_000]
    assert said(change, "cash") == ["money still to spend: −80 in 2026-01"]


def test_a_cancelled_order_leaves_what_is_in_stock_and_says_what_it_is_worth():
    change = changed({"what": "cancel"})
    assert supply(change) == {
        "PO-1": ("5", "5", "0", "0", "ask the supplier to cancel it"),
        "stock": ("8", "0", "8", "20", "stays in stock"),
    }
    assert said(change, "cost") == ["bought or made already and not needed any more: worth 20"]
    assert said(change, "order") == ["line 10 is cancelled"]


def test_what_the_supplier_delivered_already_cannot_be_cancelled():
    bought = [{**TABLES["purchase_order_lines"][0], "received_quantity": 2}]
    stock = [*TABLES["stock"], {"item": "TOP", "quantity": 2}]
    change = changed({"what": "cancel"}, reduce=["all"], purchase_order_lines=bought, stock=stock)
    tops = [row for row in frame_rows(change.frames["supply"]) if row["item"] == "TOP"]
    assert sorted((row["kind"], row["freed"], row["bound"], row["cost"]) for row in tops) == [
        ("purchase_order", "3", "0", "0"), ("stock", "2", "2", "60"),
    ]  # fmt: skip
    assert change.branch.world["purchase_order_lines"]["quantity_micro"].tolist() == [2_000_000]


def test_a_work_order_that_is_not_begun_is_reduced_and_frees_its_parts_in_turn():
    # three of five tables fewer: the work order goes to two, and then two tops and eight legs are enough
    change = changed({"what": "quantity", "line": 10, "quantity": 2}, reduce=["all"], work_orders=[WORK_ORDER])
    made, bought = change.branch.world["work_orders"], change.branch.world["purchase_order_lines"]
    assert made["quantity_micro"].tolist() == [2_000_000]
    assert bought["quantity_micro"].tolist() == [2_000_000]
    assert supply(change) == {
        "PO-1": ("3", "0", "0", "0", "reduced by 3"),
        "WO-1": ("3", "0", "0", "0", "reduced by 3"),
    }


def test_kept_supply_keeps_what_it_needs():
    change = changed({"what": "quantity", "line": 10, "quantity": 2}, work_orders=[WORK_ORDER])
    # the work order still stands, so that only the tables of it are free
    assert supply(change) == {"WO-1": ("3", "3", "0", "0", "reduce it")}


def test_of_a_work_order_that_got_material_only_the_rest_is_free():
    # fourteen of twenty legs were issued: four tables are begun, because the fourth has two of its legs
    parts = [{"order": "WO-1", "item": "LEG", "quantity": 20, "issued_quantity": 14},
             {"order": "WO-1", "item": "TOP", "quantity": 5, "issued_quantity": 3}]  # fmt: skip
    change = changed({"what": "cancel"}, reduce=["all"], work_orders=[WORK_ORDER], work_order_components=parts)
    assert change.branch.world["work_orders"]["quantity_micro"].tolist() == [4_000_000]
    row = next(row for row in frame_rows(change.frames["supply"]) if row["order"] == "WO-1")
    assert (row["freed"], row["bound"], row["cost"]) == ("5", "4", "240")
    assert row["remedy"] == "reduced by 1; under way already: let it come to stock, or close it short"


def test_a_work_order_reduced_for_yield_still_brings_what_is_needed():
    # 25 started bring 20 good at 80 %; 13 are needed, and 13 ÷ 0.8 = 16.25 means 17 to start
    items = [{**item, "yield_rate": "0.8"} if item["item"] == "TABLE" else item for item in ITEMS]
    order = {**WORK_ORDER, "quantity": 25}
    lines = [{**LINE, "quantity": 20}]
    change = changed({"what": "quantity", "line": 10, "quantity": 13}, reduce=["WO-1"], items=items,
                     work_orders=[order], sales_order_lines=lines)  # fmt: skip
    assert change.branch.world["work_orders"]["quantity_micro"].tolist() == [17_000_000]


def test_a_rush_order_says_whose_delivery_it_takes():
    orders = [*TABLES["sales_orders"],
              {"order": "SO-2", "customer": "HOTEL", "order_date": "2026-01-02", "priority": 1}]  # fmt: skip
    lines = [LINE, {"order": "SO-2", "line": 10, "item": "TABLE", "quantity": 1, "due_date": "2026-01-30"}]
    # the hotel is served first on the day it shares with the shop, and six tables need a top more than PO-1 brings
    change = changed({"what": "date", "line": 10, "date": "2026-01-28"}, order="SO-2", sales_orders=orders,
                     sales_order_lines=lines)  # fmt: skip
    others = frame_rows(change.frames["order_lines"])
    assert [(row["order"], row["customer"], row["change"]) for row in others] == [("SO-1", "SHOP", "newly_late")]
    (sentence,) = said(change, "others")
    assert sentence.startswith("SO-1/10 of SHOP becomes late: 2026-01-28 → ")


def test_another_item_takes_the_list_price_and_another_line_the_next_number():
    change = changed({"what": "item", "line": 10, "item": "LEG"},
                     {"what": "add", "item": "TABLE", "quantity": 1, "date": "2026-03-02", "unit_price": "99"},
                     {"what": "add", "item": "TOP", "quantity": 2, "date": "2026-03-02"},
                     sales_order_lines=[{**LINE, "unit_price": "120"}])  # fmt: skip
    lines = frame_rows(change.branch.world["sales_order_lines"])
    assert [(row["line"], row["item"], row["quantity"], row["unit_price"]) for row in lines] == [
        (10, "LEG", "5", None), (20, "TABLE", "1", "99"), (30, "TOP", "2", None),
    ]  # fmt: skip
    assert [(row["line"], row["change"]) for row in frame_rows(change.frames["lines"])] == [
        (10, "changed"), (20, "added"), (30, "added"),
    ]  # fmt: skip


def test_the_rest_of_a_line_that_was_shipped_in_part_is_cancelled():
    change = changed({"what": "cancel"}, sales_order_lines=[{**LINE, "shipped_quantity": 2}])
    assert change.branch.world["sales_order_lines"]["quantity_micro"].tolist() == [2_000_000]


@pytest.mark.parametrize(
    ("request_", "lines", "message"),
    [
        ({"what": "quantity", "line": 10, "quantity": 1}, {"shipped_quantity": 2}, "2 of line 10 were shipped"),
        ({"what": "item", "line": 10, "item": "LEG"}, {"shipped_quantity": 2}, "cancel the rest and add a line"),
        ({"what": "cancel", "line": 10}, {"shipped_quantity": 5}, "what came back is a customer return"),
        ({"what": "cancel"}, {"shipped_quantity": 5}, "everything was shipped"),
        ({"what": "quantity", "line": 20, "quantity": 1}, {}, "the order has no line 20; it has 10"),
        ({"what": "quantity", "line": 10, "quantity": 0}, {}, "0"),
        ({"what": "quantity", "line": 10, "quantity": "many"}, {}, "many"),
        ({"what": "item", "line": 10, "item": "CHAIR"}, {}, "CHAIR"),
        ({"what": "date", "line": 10, "date": "2026-02-30"}, {}, "2026-02-30"),
        ({"what": "date", "date": "2026-02-03"}, {}, "line"),
        ({"what": "double", "line": 10}, {}, "no change of an order is called 'double'; choose one of quantity"),
        ({"what": "date", "line": 10, "date": "2026-02-03", "quantity": 3}, {}, "has no 'quantity'; it has line, date"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_the_remedy(request_, lines, message):
    with pytest.raises(RefusedChanges, match=message):
        changed(request_, sales_order_lines=[{**LINE, **lines}])


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(RefusedChanges) as refused:
        changed({"what": "quantity", "line": 20, "quantity": 1}, {"what": "quantity", "line": 10, "quantity": 4},
                {"what": "quantity", "line": 10, "quantity": 6})  # fmt: skip
    assert refused.value.refused["row"].tolist() == [1, 3]
    assert "asked about twice" in str(refused.value)


def test_an_order_that_is_not_open_cannot_be_changed():
    with pytest.raises(RefusedChanges, match="no open order is called SO-9"):
        changed({"what": "cancel"}, order="SO-9")
    with pytest.raises(RefusedChanges, match="say what is to be otherwise"):
        changed()


def test_the_frozen_fence_counts_working_days_and_looks_at_both_dates():
    # ten working days from Monday 5 January end on Monday the 19th
    fence = {"frozen_fence_days": 10}
    outside = changed({"what": "date", "line": 10, "date": "2026-02-02"}, policies=fence)
    assert (outside.fence_end, outside.inside_fence) == (date(2026, 1, 19), [])
    inside = changed({"what": "date", "line": 10, "date": "2026-01-19"}, policies=fence)
    assert inside.inside_fence == [10]
    assert said(inside, "fence") == ["inside the frozen fence until 2026-01-19: line 10; it needs approval"]
    wide = {"frozen_fence_days": 17}
    assert changed({"what": "date", "line": 10, "date": "2026-02-02"}, policies=wide).inside_fence == [10]
    assert changed({"what": "cancel"}, policies=wide).inside_fence == [10]
    assert changed({"what": "date", "line": 10, "date": "2026-02-02"}).fence_end is None


def test_a_digest_tells_another_order():
    world = world_of(TABLES)
    assert digest(world, "SO-1") == digest(world_of(TABLES), "SO-1")
    assert digest(world, "SO-1") != digest(world_of({**TABLES, "sales_order_lines": [{**LINE, "quantity": 6}]}), "SO-1")


def test_reducing_never_takes_what_somebody_still_needs():
    from hypothesis import given
    from hypothesis import strategies as st

    @examples(12)
    @given(st.integers(5, 9), st.integers(1, 5), st.integers(0, 12), st.integers(0, 9), st.integers(0, 8))
    def holds(ordered, wanted, legs, tops, of_others):
        others = {"order": "SO-2", "line": 10, "item": "TABLE", "quantity": of_others, "due_date": "2026-02-10"}
        tables = {
            "sales_orders": [*TABLES["sales_orders"],
                             {"order": "SO-2", "customer": "HOTEL", "order_date": "2026-01-02"}],
            "sales_order_lines": [{**LINE, "quantity": ordered}, *([others] if of_others else [])],
            "stock": [{"item": "LEG", "quantity": legs}] if legs else [],
            "purchase_order_lines": [{**TABLES["purchase_order_lines"][0], "quantity": tops}] if tops else [],
            "purchase_orders": TABLES["purchase_orders"] if tops else [],
            "work_orders": [{**WORK_ORDER, "quantity": 5}],
        }  # fmt: skip
        kept = changed({"what": "quantity", "line": 10, "quantity": wanted}, **tables)
        reduced = changed({"what": "quantity", "line": 10, "quantity": wanted}, reduce=["all"], **tables)
        # nobody comes later because supply was reduced, and nothing that is planned becomes more
        assert reduced.frames["order_lines"].equals(kept.frames["order_lines"])
        supply = reduced.frames["supply"]
        assert (supply["reducible_micro"] == 0).all()
        made = reduced.branch.world["work_orders"]["quantity_micro"].sum()
        assert made >= min(5, wanted + of_others) * 10**6

    holds()
