from calculations.picking import set_picks
from small_plant import MONTH_END, item, on, plant
from support import frame_rows


def picks(world, **policies):
    frames = set_picks(world, MONTH_END, policies)
    assert frames["refused"].empty
    sets = [
        (row["order"], row["pending_sets"], row["sets_from_stock"], row["sets"])
        for row in frame_rows(frames["pick_sets"])
    ]
    lines = [(row["item"], row["quantity"], row["returnable"]) for row in frame_rows(frames["pick_lines"])]
    return sets, lines


def test_the_proposal_is_the_smaller_of_what_is_pending_and_what_stock_allows():
    world = plant(
        stock=[{"item": "LEG", "quantity": 26}, {"item": "TOP", "quantity": 9}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40), ("WO-1", "TOP", 10)],
    )
    assert picks(world) == ([("WO-1", "10", "6", "6")], [("LEG", "24", "0"), ("TOP", "6", "0")])


def test_pending_sets_follow_the_line_that_was_issued_most():
    # 3 sets of legs and 5 of tops are out: 5 sets are open of tops, 7 of legs
    world = plant(
        stock=[{"item": "LEG", "quantity": 100}, {"item": "TOP", "quantity": 100}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40), ("WO-1", "TOP", 10)],
        issues=[on(5, "I-1", "WO-1", item="LEG", quantity=12), on(5, "I-2", "WO-1", item="TOP", quantity=5)],
    )
    assert picks(world) == ([("WO-1", "5", "22", "5")], [("LEG", "20", "12"), ("TOP", "5", "5")])


def test_sets_are_exact_where_a_set_is_no_round_number():
    # 10 ÷ (10 ÷ 6) is 6
    world = plant(
        stock=[{"item": "LEG", "quantity": 10}],
        work_orders=[("WO-1", "DESK", 6)],
        components=[("WO-1", "LEG", 10)],
    )
    assert picks(world)[0] == [("WO-1", "6", "6", "6")]


def test_backflushed_and_untracked_lines_are_not_picked_and_what_is_used_up_cannot_come_back():
    world = plant(
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[
            {"bom": "B", "line": 10, "component": "LEG", "quantity": 4},
            {"bom": "B", "line": 20, "component": "SCREW", "quantity": 8, "issue_method": "backflush"},
            {"bom": "B", "line": 30, "component": "TOP", "quantity": 1, "issue_method": "none"},
        ],
        stock=[{"item": "LEG", "quantity": 40}, {"item": "SCREW", "quantity": 80}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40), ("WO-1", "SCREW", 80), ("WO-1", "TOP", 10)],
        issues=[on(5, "I-1", "WO-1", item="LEG", quantity=24)],
        completions=[on(6, "C-1", "WO-1", quantity=5)],
    )
    assert picks(world) == ([("WO-1", "4", "4", "4")], [("LEG", "16", "4")])


def test_expired_stock_and_excluded_warehouses_make_no_sets_and_finished_orders_are_left_out():
    world = plant(
        items=[item("LEG", shelf_life_days=5)],
        stock=[
            {"item": "LEG", "quantity": 40, "lot": "OLD", "received_date": "2026-01-01"},
            {"item": "LEG", "quantity": 40, "lot": "NEW", "received_date": "2026-01-30", "warehouse": "QUAY"},
            {"item": "LEG", "quantity": 9, "lot": "NEW", "received_date": "2026-01-30"},
        ],
        work_orders=[("WO-1", "DESK", 10), ("WO-2", "DESK", 1)],
        components=[("WO-1", "LEG", 40), ("WO-2", "LEG", 4)],
        completions=[on(31, "C-1", "WO-2", quantity=1)],
    )
    assert picks(world, excluded_warehouses=["QUAY"])[0] == [("WO-1", "10", "1", "1")]


def test_an_order_without_component_rows_remembers_what_was_issued_to_it():
    world = plant(
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[
            {"bom": "B", "line": 10, "component": "LEG", "quantity": 4},
            {"bom": "B", "line": 20, "component": "TOP", "quantity": 1},
        ],
        stock=[{"item": "LEG", "quantity": 100}, {"item": "TOP", "quantity": 100}],
        work_orders=[("WO-1", "DESK", 10)],
        issues=[on(5, "I-1", "WO-1", item="LEG", quantity=12), on(5, "I-2", "WO-1", item="TOP", quantity=5)],
    )
    assert picks(world) == ([("WO-1", "5", "22", "5")], [("LEG", "20", "12"), ("TOP", "5", "5")])


def test_a_phantom_in_stock_is_picked_before_its_components():
    # 10 kits are needed, 4 lie there: 4 kits and the legs of 6 more
    bills = {
        "boms": [{"bom": "B", "item": "DESK"}, {"bom": "K", "item": "SCREW", "phantom": "yes"}],
        "bom_lines": [
            {"bom": "B", "line": 10, "component": "SCREW", "quantity": 1},
            {"bom": "K", "line": 10, "component": "LEG", "quantity": 4},
        ],
    }
    stock = [{"item": "SCREW", "quantity": 4}, {"item": "LEG", "quantity": 40}]
    world = plant(**bills, stock=stock, work_orders=[("WO-1", "DESK", 10)])

    assert picks(world) == ([("WO-1", "10", "10", "10")], [("LEG", "24", "0"), ("SCREW", "4", "0")])
    assert picks(world, phantom_stock="ignore")[1] == [("LEG", "40", "0")]
