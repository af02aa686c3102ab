"""Overhead finds its orders, and parts always sum to the whole."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.allocation import ALLOCATION_BASES, EmptyAllocationBase, allocate_pools, split_groups

POOL = ["pool", "scope", "basis", "amount", "origin"]
ORDERS = pd.DataFrame(
    {
        "order": ["W1", "W2", "W3", "S1"],
        "in_house": [True, True, True, False],
        "completed_quantity_micro": [100, 400, 500, 900],
        "labor_hours_micro": [300, 500, 200, 0],
        "machine_hours_micro": [0, 0, 7, 0],
        "material_cost": [52_000, 77_000, 110_000, 1],
        "standard_cost": [1, 1, 2, 1],
    }
)
HOURS = pd.DataFrame(
    {
        "order": ["W1", "W1", "W2", "W3"],
        "work_center": ["SAW", "BENCH", "SAW", "BENCH"],
        "labor_hours_micro": [100, 200, 500, 200],
        "machine_hours_micro": [0, 0, 0, 7],
    }
)


def shares(amount: int, basis: str, scope: str = "all") -> dict[str, int]:
    pools = pd.DataFrame([("rent", scope, basis, amount, "expenses:1")], columns=POOL)
    found = allocate_pools(pools, ORDERS, HOURS)
    return dict(zip(found["order"], found["amount"].tolist(), strict=True))


def test_the_same_pool_by_hours_and_by_units():
    # the case cost-07: 60,000 over 1,000 hours or 1,000 units
    assert shares(60_000, "labor_hours") == {"W1": 18_000, "W2": 30_000, "W3": 12_000}
    assert shares(60_000, "completed_quantity") == {"W1": 6_000, "W2": 24_000, "W3": 30_000}


def test_a_pool_by_cost_follows_the_cost():
    # the case cost-06: 0.45 for each unit of cost
    assert shares(107_550, "material_cost") == {"W1": 23_400, "W2": 34_650, "W3": 49_500}
    assert shares(8, "standard_cost") == {"W1": 2, "W2": 2, "W3": 4}


def test_a_work_centers_pool_falls_on_the_hours_worked_there():
    assert shares(60, "labor_hours", "work_center:SAW") == {"W1": 10, "W2": 50}
    assert shares(60, "completed_quantity", "work_center:BENCH") == {"W1": 10, "W3": 50}


def test_a_direct_expense_falls_on_its_order_only():
    assert shares(77, "direct", "order:S1") == {"S1": 77}


@pytest.mark.parametrize(
    ("basis", "scope"), [("machine_hours", "work_center:SAW"), ("direct", "all"), ("direct", "order:NONE")]
)
def test_a_pool_nobody_can_carry_is_named(basis, scope):
    with pytest.raises(EmptyAllocationBase, match=rf"rent \({basis}, scope {scope}\)"):
        shares(5, basis, scope)


def test_every_pool_without_a_base_is_named_at_once():
    rows = [("rent", "order:X", "direct", 5, "e:1"), ("power", "order:Y", "direct", 6, "e:2")]
    pools = pd.DataFrame(rows, columns=POOL)
    with pytest.raises(EmptyAllocationBase, match="rent.*power"):
        allocate_pools(pools, ORDERS, HOURS)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**13)), min_size=1, max_size=30),
    st.lists(st.integers(-(10**13), 10**13), min_size=4, max_size=4),
)
def test_parts_sum_to_their_total_and_stay_within_one_unit_of_fair(rows, totals):
    group, weights = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    parts = split_groups(totals, weights, group)
    for position, total in enumerate(totals):
        mine = group == position
        if mine.any():
            assert sum(parts[mine].tolist()) == total
            base = sum(weights[mine].tolist())
            if base:
                fair = [total * weight // base for weight in weights[mine].tolist()]
                assert all(low <= part <= low + 1 for part, low in zip(parts[mine].tolist(), fair, strict=True))


def test_large_amounts_are_split_as_small_ones_are():
    weights, group = [1, 1, 1, 5, 10], [0, 0, 0, 1, 1]
    small = split_groups([99, 30], weights, group)
    large = split_groups([99 * 10**15, 30 * 10**15], [weight * 10**6 for weight in weights], group)

    assert small.tolist() == [33, 33, 33, 10, 20]
    assert (large == small * 10**15).all()


def test_there_is_a_function_for_every_basis_an_expense_may_name():
    from models.facts import BASES

    assert set(BASES) == set(ALLOCATION_BASES)
