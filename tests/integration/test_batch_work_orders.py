"""Work orders for many sales order lines: only what is not covered, each once, known to the next plan."""

from datetime import date

import pytest

from calculations.release_choices import Selection
from models.database import read_table, reading
from other_process import exit_codes, start
from stage_database import import_rows, stored_rows
from tasks.batch_work_orders import BadBatch, BatchRequest, make_work_orders, preview_work_orders
from tasks.material_planning import plan_materials
from tasks.order_release import preview_release, release_orders
from tasks.pegging import pegging
from tasks.tracing import trace

AS_OF = date(2026, 1, 5)
PLANT = {
    "customers": [{"customer": "HOTEL", "name": "Grand Hotel"}, {"customer": "INN", "name": "Inn"}],
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}],
    "items": [
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "lead_time_days": 2,
         "minimum_order_quantity": 12},
        {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy", "lead_time_days": 1},
        {"item": "LAMP", "name": "Lamp", "unit": "EA", "sourcing": "buy", "lead_time_days": 1},
    ],
    "supplier_items": [
        {"supplier": "WOOD", "item": "TOP", "price": 5},
        {"supplier": "WOOD", "item": "LAMP", "price": 9},
    ],
    "boms": [{"bom": "DESK", "item": "DESK"}],
    "bom_lines": [{"bom": "DESK", "line": 10, "component": "TOP", "quantity": 1}],
    "stock": [{"item": "DESK", "quantity": 4}],
    "sales_orders": [
        {"order": "SO-1", "customer": "HOTEL", "order_date": "2026-01-02"},
        {"order": "SO-2", "customer": "INN", "order_date": "2026-01-02"},
        {"order": "SO-3", "customer": "INN", "order_date": "2026-01-02"},
    ],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "DESK", "quantity": 10, "due_date": "2026-01-20"},
        {"order": "SO-1", "line": 20, "item": "LAMP", "quantity": 1, "due_date": "2026-01-20"},
        {"order": "SO-2", "line": 10, "item": "DESK", "quantity": 3, "due_date": "2026-01-22"},
        {"order": "SO-3", "line": 10, "item": "DESK", "quantity": 5, "due_date": "2026-03-02"},
    ],
}  # fmt: skip


@pytest.fixture
def plan(database, tmp_path):
    """Four desks in stock for SO-1; one suggestion of 12 for its other 6, for SO-2's 3 and 3 of SO-3's 5, one of 12."""
    import_rows(tmp_path, PLANT, AS_OF)
    plan_materials.fn(AS_OF)
    suggested = {row["number"]: row["quantity"] for row in stored_rows(database, "planned_orders")}
    assert {name: quantity for name, quantity in suggested.items() if "DESK" in name} == {
        "PLAN-DESK-1": "12", "PLAN-DESK-2": "12",
    }  # fmt: skip
    return database


def make(*lines: str, merge: str = "item", **policies) -> dict:
    return make_work_orders.fn(BatchRequest(tuple(lines), merge=merge), AS_OF, policies)


def make_both() -> None:
    try:
        make("SO-1/10", "SO-2/10")
    except BadBatch as error:
        raise SystemExit(3) from error


def works(database) -> list[tuple]:
    return [(row["order"], row["item"], row["quantity"], row["due_date"])
            for row in stored_rows(database, "work_orders")]  # fmt: skip


def test_what_stock_covers_is_not_made(plan):
    found = preview_work_orders(BatchRequest(("SO-1/10", "SO-2/10")), AS_OF)

    assert [
        (row["order"], row["open"], row["covered"], row["uncovered"], row["work_order"]) for row in found["lines"]
    ] == [
        ("SO-1", "10", "4", "6", "WO-2026-00001"),
        ("SO-2", "3", "0", "3", "WO-2026-00001"),
    ]
    assert works(plan) == []


def test_lines_of_an_item_and_window_share_a_work_order_or_have_one_each(plan):
    make("SO-1/10", "SO-2/10", "SO-3/10")
    assert works(plan) == [("WO-2026-00001", "DESK", "9", "2026-01-20"), ("WO-2026-00002", "DESK", "5", "2026-03-02")]
    assert [row["quantity"] for row in stored_rows(plan, "work_order_components")] == ["9", "5"]


def test_each_line_can_have_its_own(plan):
    make("SO-1/10", "SO-2/10", merge="line")

    assert [row[2] for row in works(plan)] == ["6", "3"]
    assert [(row["order"], row["work_order"], row["quantity"]) for row in stored_rows(plan, "work_order_demands")] == [
        ("SO-1", "WO-2026-00001", "6"),
        ("SO-2", "WO-2026-00002", "3"),
    ]


def test_the_same_lines_are_never_made_for_twice(plan):
    make("SO-1/10", "SO-2/10")
    again = make("SO-1/10", "SO-2/10")

    assert again["counts"]["work_orders"] == 0
    assert len(works(plan)) == 1
    with pytest.raises(BadBatch, match="SO-1/10: 1 asked for, 0 of 10 are not covered yet"):
        make("SO-1/10=1")
    assert make("SO-1/10=1", over_release_percent=10)["counts"]["work_orders"] == 1


def test_two_processes_make_it_once(plan):
    assert exit_codes(start(make_both), start(make_both)) == [0, 0]

    assert [row[2] for row in works(plan)] == ["9"]


def test_the_next_plan_counts_them_and_suggests_nothing_again(plan):
    make("SO-1/10", "SO-2/10", "SO-3/10")
    assert [row for row in stored_rows(plan, "planned_orders") if row["item"] == "DESK"] == []

    plan_materials.fn(AS_OF)

    assert [row for row in stored_rows(plan, "planned_orders") if row["item"] == "DESK"] == []
    tops = [row["quantity"] for row in stored_rows(plan, "planned_orders") if row["item"] == "TOP"]
    assert sum(map(int, tops)) == 14
    assert make("SO-1/10", "SO-2/10", "SO-3/10")["counts"]["work_orders"] == 0


def test_a_suggestion_keeps_what_it_is_for_others(plan):
    make("SO-1/10")

    suggested = {row["number"]: row["quantity"] for row in stored_rows(plan, "planned_orders") if row["item"] == "DESK"}
    # of the twelve, six were for SO-1; SO-2 has three, and three of SO-3's five
    assert suggested["PLAN-DESK-1"] == "6"
    make("SO-2/10")
    make("SO-3/10")
    assert [row[2] for row in works(plan)] == ["6", "3", "5"]


def test_no_supply_serves_more_than_it_brings(plan):
    make("SO-1/10", "SO-3/10=2")

    with reading(plan) as connection:
        pegs = read_table(connection, "pegs")
    desks = pegs[pegs["item"] == "DESK"].groupby(["supply", "demand"])["quantity_micro"].sum() // 1_000_000
    # 4 from stock and 6 made for SO-1; two of SO-3's five are made, the plan's suggestion keeps the rest
    assert desks[desks.index.get_level_values("supply").str.startswith("WO-")].to_dict() == {
        ("WO-2026-00001", "SO-1"): 6, ("WO-2026-00002", "SO-3"): 2,
    }  # fmt: skip
    brings = {row["number"]: int(row["receipt_quantity"]) for row in stored_rows(plan, "planned_orders")}
    for supply, quantity in desks.groupby("supply").sum().items():
        if supply in brings:
            assert quantity <= brings[supply]
    assert desks.groupby("demand").sum()[["SO-1", "SO-2", "SO-3"]].to_dict() == {"SO-1": 10, "SO-2": 3, "SO-3": 5}


def test_what_was_made_in_a_batch_is_not_released_once_more(plan):
    make("SO-1/10", "SO-2/10", "SO-3/10")

    summary = release_orders.fn(AS_OF, None, date(2026, 12, 31), Selection(kinds=("production",)))

    assert summary["counts"]["released"] == 0
    assert sum(int(row[2]) for row in works(plan)) == 14


def test_trace_pegging_and_release_know_whom_they_serve(plan):
    make("SO-1/10", "SO-2/10")

    assert {"SO-1/10", "SO-2/10"} <= {step["number"] for step in trace("WO-2026-00001")}
    served = {row["number"]: row["quantity"] for row in pegging("WO-2026-00001")["trees"][0]["serves"]}
    assert served == {"SO-1/10": "6", "SO-2/10": "3"}
    release = preview_release(AS_OF, until=date(2026, 1, 30))
    tops = [row["serves"] for row in release["lines"] if row["item"] == "TOP"]
    assert "work order WO-2026-00001" in tops[0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("SO-1/20", "SO-1/20: LAMP is bought, not made; release what the plan suggests"),
        ("SO-1/30", "SO-1/30 is no open sales order line"),
        ("SO-9", "there is no open sales order SO-9"),
        ("SO-1/x", "SO-1/x is no sales order line"),
        ("SO-2/10=4", "SO-2/10: 4 asked for, 3 of 3 are not covered yet"),
        ("SO-2/10=0.5", "steps are 1"),
    ],
)
def test_what_cannot_be_made_is_named_and_nothing_is(plan, asked, said):
    with pytest.raises(BadBatch, match=said):
        make("SO-1/10", asked)
    assert works(plan) == []


def test_a_line_newer_than_the_plan_is_planned_first(plan, tmp_path):
    new = {"sales_orders": [{"order": "SO-4", "customer": "INN", "order_date": "2026-01-05"}],
           "sales_order_lines": [{"order": "SO-4", "line": 10, "item": "DESK", "quantity": 1,
                                  "due_date": "2026-02-02"}]}  # fmt: skip
    import_rows(tmp_path, new, AS_OF)

    with pytest.raises(BadBatch, match="SO-4/10 is newer than the last plan; plan first"):
        make("SO-4/10")


def test_all_open_lines_of_an_item_and_a_customer_are_chosen(plan, kitline):
    code, said, _ = kitline("batch", "--item", "DESK", "--customer", "INN", "--each", "--as-of", "2026-01-05")
    assert code == 0
    assert "SO-2/10 Inn: 3 DESK open for 2026-01-22, 0 covered, 3 not; 3 by WO-2026-00001" in said
    assert "fewer than the 12" in said
    assert works(plan) == []

    code, said, _ = kitline("batch", "--item", "DESK", "--customer", "INN", "--as-of", "2026-01-05", "--apply")
    assert (code, "2 work orders" in said) == (0, True)
    code, _, complaint = kitline("batch", "--as-of", "2026-01-05")
    assert (code, "name sales orders or lines" in complaint) == (1, True)


def test_the_form_only_shows_until_it_is_told_to_make(sqlite_database, tmp_path, prefect):
    from flows.batch_work_orders import batch_work_orders

    import_rows(tmp_path, PLANT, AS_OF)
    plan_materials.fn(AS_OF)

    said = batch_work_orders(lines=["SO-1/10"], as_of=AS_OF)["sentences"]
    assert said[0] == "1 lines, 1 of them not covered; work orders that would be made: 1. Nothing was written."
    assert works(sqlite_database) == []

    batch_work_orders(dry_run=False, lines=["SO-1/10"], as_of=AS_OF)
    assert [row[2] for row in works(sqlite_database)] == ["6"]
