"""Pegging: first supply to first demand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.errors import QuantityOverflow
from calculations.pegging import peg


def pegs(supplies: list[tuple[int, int]], demands: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    sides = [np.array(side, dtype=np.int64).reshape(-1, 2).T for side in (supplies, demands)]
    found = peg(*sides[0], *sides[1])
    return list(zip(*(part.tolist() for part in found), strict=True))


def test_the_first_supply_serves_the_first_demand():
    assert pegs([(0, 10), (0, 40)], [(0, 30), (0, 20)]) == [(0, 0, 10), (1, 0, 20), (1, 1, 20)]


def test_items_do_not_serve_each_other():
    assert pegs([(0, 10), (2, 5)], [(0, 4), (1, 7), (2, 9)]) == [(0, 0, 4), (1, 2, 5)]


def test_surplus_and_uncovered_demand_stay_without_a_peg():
    assert pegs([(0, 10)], [(0, 4)]) == [(0, 0, 4)]
    assert pegs([], [(0, 4)]) == []
    assert pegs([(0, 4)], []) == []


def test_a_debt_of_stock_is_paid_before_demand():
    # 3 pieces are missing in stock: of the 10 that come, 7 serve
    assert pegs([(0, -3), (0, 10)], [(0, 7)]) == [(1, 0, 7)]


def test_demands_of_nothing_get_nothing():
    assert pegs([(0, 4)], [(0, 0), (0, 4)]) == [(0, 1, 4)]


def test_quantities_beyond_exact_numbers_are_refused_and_do_not_wrap():
    with pytest.raises(QuantityOverflow):
        pegs([(0, 2**62), (0, 2**62)], [(0, 1)])


rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=12)


@given(supplies=rows, demands=rows)
def test_pegged_is_what_both_sides_have_in_common(supplies, demands):
    supplies, demands = sorted(supplies, key=lambda row: row[0]), sorted(demands, key=lambda row: row[0])
    found = pegs(supplies, demands)
    for item in range(4):
        supplied = sum(quantity for of, quantity in supplies if of == item)
        demanded = sum(quantity for of, quantity in demands if of == item)
        assert sum(q for supply, _, q in found if supplies[supply][0] == item) == min(supplied, demanded)
    for side, place in ((supplies, 0), (demands, 1)):
        for row, (_, quantity) in enumerate(side):
            assert sum(peg[2] for peg in found if peg[place] == row) <= quantity
    assert all(supplies[supply][0] == demands[demand][0] for supply, demand, _ in found)
