"""A plan made from an earlier one is the full run's, and only what a change reaches is planned anew."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_planning_properties import CODES, day, factories

from calculations import net_change
from calculations.material_planning import plan_frames, plan_inputs, solve
from calculations.net_change import replanned
from calculations.planning_inputs import planning_inputs
from calculations.policies import resolve
from calculations.substitution import Substitutions, planning_groups
from small_factory import factory
from support import examples

AS_OF = date(2026, 1, 5)
POLICIES = resolve({}, AS_OF)
RAW = ("raw_orders", "raw_moves", "raw_asked", "raw_served")


@pytest.fixture(autouse=True)
def even_small_plants(monkeypatch):
    """Plans plants of few items too, in which one change is a large share."""
    monkeypatch.setattr(net_change, "MOST_CHANGED", 1.0)


def read(world: dict) -> tuple:
    inputs = planning_inputs(world, AS_OF, POLICIES)
    groups = planning_groups(world, inputs.index)
    return inputs, groups, Substitutions(world, inputs, groups)


def assert_full_run(base_world: dict, world: dict) -> int | None:
    """The plan made from the base's is the full run's in every array and frame; gives how many items it planned."""
    found = replanned(plan_inputs(*read(base_world)), *read(world))
    if found is None:
        return None
    plan, count = found
    full = plan_inputs(*read(world))
    for name in RAW:
        for column, one, other in zip(
            getattr(full, name)._fields, getattr(full, name), getattr(plan, name), strict=True
        ):
            np.testing.assert_array_equal(one, other, err_msg=f"{name}.{column}")
    np.testing.assert_array_equal(full.move_count, plan.move_count)
    np.testing.assert_array_equal(full.asked_count, plan.asked_count)
    assert (full.substitutions, full.special) == (plan.substitutions, plan.special)
    wanted, frames = plan_frames(full, world), plan_frames(plan, world)
    for name, frame in wanted.items():
        pd.testing.assert_frame_equal(frame, frames[name])
    return count


@st.composite
def changes(draw):
    """What happens between two plans: an order more, fewer or other; stock, receipts, or how an item is ordered."""
    item = draw(st.sampled_from(CODES))
    kind = draw(st.sampled_from(["more", "fewer", "quantity", "stock", "receipt", "safety", "lot", "season"]))
    return kind, item, draw(st.integers(1, 40)), draw(st.integers(-5, 60))


def changed(parts: tuple, change: tuple) -> tuple:
    """The parts of the factory after the change."""
    bills, stock, orders, items, headers, purchase = parts
    kind, item, quantity, offset = change
    if kind == "more":
        orders = [*orders, (item, quantity, day(offset))]
    elif kind == "fewer":
        orders = orders[:-1]
    elif kind == "quantity" and orders:
        orders = [(orders[0][0], quantity, day(offset)), *orders[1:]]
    elif kind == "stock":
        stock = {**stock, item: stock[item] + quantity}
    elif kind == "receipt":
        line = {"order": "PO-1", "line": 9, "item": item, "quantity": quantity, "due_date": day(offset)}
        purchase = {**purchase, "purchase_order_lines": [*purchase["purchase_order_lines"], line]}
    elif kind == "safety":
        items = {**items, item: {**items[item], "safety_stock": quantity}}
    elif kind == "lot":
        items = {**items, item: {**items[item], "minimum_order_quantity": quantity}}
    elif kind == "season":
        level = {"item": item, "effective_from": day(offset), "quantity": quantity}
        purchase = {**purchase, "safety_stocks": [level]}
    return bills, stock, orders, items, headers, purchase


def world_of(parts: tuple, substitutes: list) -> dict:
    bills, stock, orders, items, headers, purchase = parts
    return factory(bills, stock, orders, items, headers, **purchase, substitutes=substitutes)


SUBSTITUTES = st.sampled_from([[], [{"component": "PART-1", "substitute": "PART-2", "priority": 1, "ratio": 2,
                                     "strategy": "mixed"}]])  # fmt: skip


@examples(60)
@given(factories(), changes(), SUBSTITUTES)
def test_any_change_gives_the_plan_of_the_full_run(parts, change, substitutes):
    before, after = (world_of(given, substitutes) for given in (parts, changed(parts, change)))
    assert assert_full_run(before, after) is not None


BILLS = {"DESK": {"TOP": 1, "LEG": 4}, "SHELF": {"BOARD": 2, "LEG": 2}, "TOP": {"WOOD": 2}, "BOARD": {"WOOD": 1}}
ORDERS = [("DESK", 10, "2026-02-02"), ("SHELF", 5, "2026-02-09")]


def test_no_change_plans_nothing():
    world = factory(BILLS, {}, ORDERS)
    assert assert_full_run(world, factory(BILLS, {}, ORDERS)) == 0


def test_a_changed_order_plans_its_item_and_what_goes_into_it():
    # 10 desks become 12: desk, top, leg and wood, not the shelf and its board
    more = [("DESK", 12, "2026-02-02"), ORDERS[1]]
    assert assert_full_run(factory(BILLS, {}, ORDERS), factory(BILLS, {}, more)) == 4


def test_what_stock_absorbs_is_followed_no_further():
    # 20 desks lie there: two more ordered take nothing that must be made
    more = [("DESK", 12, "2026-02-02"), ORDERS[1]]
    assert assert_full_run(factory(BILLS, {"DESK": 20}, ORDERS), factory(BILLS, {"DESK": 20}, more)) == 1


def test_a_first_order_before_all_others_moves_every_place():
    before = [("BOARD", 3, "2026-01-12"), *ORDERS]
    assert assert_full_run(factory(BILLS, {}, ORDERS), factory(BILLS, {}, before)) == 2


def test_one_order_more_moves_the_places_of_what_others_were_asked():
    # desks come before shelves: the shelf's own line is one place further on
    more = [*ORDERS, ("DESK", 1, "2026-03-02")]
    assert assert_full_run(factory(BILLS, {}, ORDERS), factory(BILLS, {}, more)) == 4


def test_a_level_with_phantoms_is_planned_as_a_whole():
    header = {"TOP": {"phantom": "yes"}}
    before = factory(BILLS, {}, ORDERS, headers=header)
    after = factory(BILLS, {}, [*ORDERS, ("LEG", 1, "2026-02-02")], headers=header)
    assert assert_full_run(before, after) >= 3


@pytest.mark.parametrize(
    ("bills", "items", "tables"),
    [
        ({**BILLS, "DESK": {"TOP": 1, "LEG": 3}}, {}, {}),
        (BILLS, {"LEG": {"lead_time_days": 9}}, {}),
        (BILLS, {}, {"calendar": [{"date": "2026-01-20", "working": "no"}]}),
        ({**BILLS, "SHELF": {"BOARD": 2}}, {}, {}),
    ],
)
def test_another_structure_lead_time_or_calendar_plans_everything(bills, items, tables):
    found = replanned(
        plan_inputs(*read(factory(BILLS, {}, ORDERS))), *read(factory(bills, {}, ORDERS, items, **tables))
    )
    assert found is None


def test_many_changes_plan_everything(monkeypatch):
    monkeypatch.setattr(net_change, "MOST_CHANGED", 1 / 7)
    more = [("DESK", 12, "2026-02-02"), ("SHELF", 6, "2026-02-09")]
    base = solve(factory(BILLS, {}, ORDERS), AS_OF, POLICIES)
    assert replanned(base, *read(factory(BILLS, {}, more))) is None
    # asked for the plan, one gets it all the same
    world = factory(BILLS, {}, more)
    one, other = solve(world, AS_OF, POLICIES, base), solve(world, AS_OF, POLICIES)
    assert one.raw_orders.quantity.tolist() == other.raw_orders.quantity.tolist()


def test_a_new_receipt_moves_the_places_of_those_behind_it():
    # LEG and WOOD have receipts of their own; BOARD, before both, gets one that its only need takes
    lines = [{"order": "PO-1", "line": 1, "item": "LEG", "quantity": 50, "due_date": "2026-01-12"},
             {"order": "PO-1", "line": 2, "item": "WOOD", "quantity": 9, "due_date": "2026-01-12"}]  # fmt: skip
    tables = {"suppliers": [{"supplier": "S", "name": "S"}],
              "purchase_orders": [{"order": "PO-1", "supplier": "S", "order_date": "2025-12-01"}]}  # fmt: skip
    before = factory(BILLS, {}, ORDERS, purchase_order_lines=lines, **tables)
    more = [*lines, {"order": "PO-1", "line": 3, "item": "BOARD", "quantity": 2, "due_date": "2026-01-12"}]
    after = factory(BILLS, {}, ORDERS, purchase_order_lines=more, **tables)
    # the board and the wood in it; the leg keeps its rows, with its receipt one place further on
    assert assert_full_run(before, after) == 2
