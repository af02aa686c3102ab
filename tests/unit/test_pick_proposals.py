"""Picks of several orders from one shelf: what the first gets, the next does not see."""

import pytest

from calculations.exact import to_micro
from calculations.fact_posting import Engine
from calculations.pick_proposals import ImpossiblePick, open_orders, pick_proposals
from calculations.policies import resolve
from small_plant import MONTH_END, item, on, plant, posted
from support import frame_rows


def picked(world, orders=(), how="sets", sets=None, warehouse="", **policies):
    posting = posted(world, **policies)
    assert posting.refused.empty, posting.refused.to_string()
    engine = Engine(posting.world, resolve(policies, MONTH_END))
    numbers = list(orders) or open_orders(engine, posting.world)
    asked = None if sets is None else to_micro(sets)
    frames = pick_proposals(engine, numbers, how, asked, MONTH_END, warehouse)
    orders = [(row["order"], row["pending_sets"], row["possible_sets"], row["sets"], row["limited_by"])
              for row in frame_rows(frames["orders"])]  # fmt: skip
    lines = [(row["order"], row["item"], row["quantity"], row["missing"]) for row in frame_rows(frames["lines"])]
    return orders, lines


def desks(**tables):
    return plant(**{
        "stock": [{"item": "LEG", "quantity": 50}, {"item": "TOP", "quantity": 9}],
        "work_orders": [("WO-1", "DESK", 10), ("WO-2", "DESK", 5)],
        "components": [("WO-1", "LEG", 40), ("WO-1", "TOP", 10), ("WO-2", "LEG", 20), ("WO-2", "TOP", 5)],
        **tables,
    })  # fmt: skip


def test_the_second_order_gets_what_the_first_leaves():
    # 9 sets for the first by its tops; 50 − 36 legs are left but no top
    orders, lines = picked(desks())
    assert orders == [("WO-1", "10", "9", "9", "TOP"), ("WO-2", "5", "0", "0", "TOP")]
    assert lines == [("WO-1", "LEG", "36", "4"), ("WO-1", "TOP", "9", "1"),
                     ("WO-2", "LEG", "0", "20"), ("WO-2", "TOP", "0", "5")]  # fmt: skip


def test_orders_are_served_in_the_sequence_asked_for():
    orders, lines = picked(desks(), ["WO-2", "WO-1"])
    # 5 sets for the second take 20 legs and 5 tops; 4 tops make 4 sets
    assert orders == [("WO-2", "5", "9", "5", ""), ("WO-1", "10", "4", "4", "TOP")]
    assert [line[2] for line in lines] == ["20", "5", "16", "4"]


def test_as_many_sets_as_asked_and_never_more_than_can_be():
    assert picked(desks(), ["WO-1"], sets="3")[1] == [("WO-1", "LEG", "12", "28"), ("WO-1", "TOP", "3", "7")]
    with pytest.raises(ImpossiblePick, match="10 sets cannot be picked, only 9 can: 9 of TOP are usable"):
        picked(desks(), ["WO-1"], sets="10")
    with pytest.raises(ImpossiblePick, match=r"WO-1: 1\.5 sets make no whole DESK"):
        picked(desks(), ["WO-1"], sets="1.5")
    with pytest.raises(ImpossiblePick, match="WO-2: 6 sets cannot be picked, only 5 can of 5"):
        picked(desks(), ["WO-2"], sets="6")


def test_the_rest_is_what_is_open_as_far_as_stock_goes():
    # legs suffice for both, tops for the first but one
    lines = picked(desks(stock=[{"item": "LEG", "quantity": 60}, {"item": "TOP", "quantity": 9}]), how="rest")[1]
    assert lines == [("WO-1", "LEG", "40", "0"), ("WO-1", "TOP", "9", "1"),
                     ("WO-2", "LEG", "20", "0"), ("WO-2", "TOP", "0", "5")]  # fmt: skip


def test_only_complete_sets_come_back_or_everything():
    issued = [on(5, "I-1", "WO-1", item="LEG", quantity=14), on(5, "I-2", "WO-1", item="TOP", quantity=5)]
    world = desks(issues=issued, completions=[on(6, "C-1", "WO-1", quantity=2)])
    # 14 − 8 legs and 5 − 2 tops are left: one set and two legs, two tops over
    assert picked(world, ["WO-1"], "return_sets") == (
        [("WO-1", "1", "1", "1", "")], [("WO-1", "LEG", "-4", "0"), ("WO-1", "TOP", "-1", "0")],
    )  # fmt: skip
    assert picked(world, ["WO-1"], "return_rest")[1] == [("WO-1", "LEG", "-6", "0"), ("WO-1", "TOP", "-3", "0")]
    with pytest.raises(ImpossiblePick, match="2 sets cannot be returned, only 1"):
        picked(world, ["WO-1"], "return_sets", sets="2")


def test_a_substitute_on_the_floor_comes_back_with_the_rest():
    world = desks(
        substitutes=[{"component": "TOP", "substitute": "PAINTED-TOP", "ratio": 1, "priority": 1}],
        stock=[{"item": "PAINTED-TOP", "quantity": 2}],
        issues=[on(5, "I-1", "WO-1", item="PAINTED-TOP", quantity=2)],
    )
    assert picked(world, ["WO-1"], "return_rest")[1] == [("WO-1", "PAINTED-TOP", "-2", "0")]


def test_backflushed_components_expired_lots_and_other_warehouses_are_left():
    world = desks(
        items=[item("LEG", shelf_life_days=5)],
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[
            {"bom": "B", "line": 10, "component": "LEG", "quantity": 4},
            {"bom": "B", "line": 20, "component": "TOP", "quantity": 1, "issue_method": "backflush"},
        ],
        stock=[
            {"item": "LEG", "quantity": 40, "lot": "OLD", "received_date": "2026-01-01"},
            {"item": "LEG", "quantity": 9, "lot": "NEW", "received_date": "2026-01-30"},
            {"item": "LEG", "quantity": 8, "lot": "NEW", "received_date": "2026-01-30", "warehouse": "QUAY"},
        ],
    )
    assert picked(world, ["WO-1"])[1] == [("WO-1", "LEG", "16", "24")]
    assert picked(world, ["WO-1"], warehouse="QUAY")[1] == [("WO-1", "LEG", "8", "32")]


def test_material_goes_to_a_subcontractor_the_same_way():
    world = plant(
        stock=[{"item": "TOP", "quantity": 7}],
        subcontracts=[("SC-1", "PAINTED-TOP", 10)],
        sent=[("SC-1", "TOP", 10)],
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=2)],
    )
    assert picked(world, ["SC-1"]) == ([("SC-1", "8", "5", "5", "TOP")], [("SC-1", "TOP", "5", "3")])
    assert picked(world, ["SC-1"], "return_rest")[1] == [("SC-1", "TOP", "-2", "0")]


def test_finished_orders_are_not_proposed_and_strange_ones_are_named():
    world = desks(
        stock=[{"item": "LEG", "quantity": 60}, {"item": "TOP", "quantity": 15}],
        issues=[on(5, "I-1", "WO-2", item="LEG", quantity=20), on(5, "I-2", "WO-2", item="TOP", quantity=5)],
        completions=[on(6, "C-1", "WO-2", quantity=5)],
    )
    assert [order[0] for order in picked(world)[0]] == ["WO-1"]
    with pytest.raises(ImpossiblePick, match="no open work or subcontract order WO-9"):
        picked(world, ["WO-9"])
