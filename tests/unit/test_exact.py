"""Exact arithmetic: nothing wraps, nothing is lost, everything rounds as the books want it."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.errors import InvalidNumber, QuantityOverflow
from calculations.exact import (
    MICRO,
    from_micro,
    micro_text,
    minor_unit,
    multiply_divide,
    round_down_to,
    round_half_up,
    round_up_to,
    split_by_largest_remainder,
    step_of,
    to_micro,
)

LARGEST = 2**63 - 1
whole = st.integers(-(10**15), 10**15)


@given(st.integers(-LARGEST, LARGEST))
def test_a_number_survives_the_way_to_text_and_back(micro):
    assert to_micro(micro_text(micro)) == micro
    assert from_micro(micro) * MICRO == micro


@pytest.mark.parametrize("text", ["", "12,5", "1e", "abc", "NaN", "Infinity", "--1"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(InvalidNumber):
        to_micro(text)


def test_a_seventh_decimal_is_refused_and_not_rounded_away():
    with pytest.raises(InvalidNumber, match="six decimals"):
        to_micro("0.1234567")


def test_a_number_beyond_64_bits_is_refused():
    with pytest.raises(QuantityOverflow):
        to_micro("9223372036855")


@given(whole, st.integers(-(10**12), 10**12), st.integers(1, 10**12))
def test_products_equal_python_fractions_however_large(a, numerator, denominator):
    exact = Fraction(a * numerator, denominator)
    if abs(exact) > LARGEST // 2:
        return
    assert multiply_divide(a, numerator, denominator, "down") == exact.__floor__()
    assert multiply_divide(a, numerator, denominator, "up") == exact.__ceil__()
    half_up = int((abs(exact) + Fraction(1, 2)).__floor__()) * (-1 if exact < 0 else 1)
    assert multiply_divide(a, numerator, denominator) == half_up


def test_an_overflowing_product_raises_and_does_not_wrap():
    with pytest.raises(QuantityOverflow):
        multiply_divide([1, 10**18], 10**9, 1)


def test_a_scalar_mixed_with_large_rows_keeps_the_small_rows_exact():
    assert multiply_divide([3, 10**17], 10**6, 10**6).tolist() == [3, 10**17]


def test_three_times_a_third_is_one_and_not_two():
    third = to_micro("0.333334")
    assert round_up_to(3 * third - 1, 1, step_of(0)) == MICRO
    assert round_up_to(3 * to_micro("0.333333"), 1, step_of(0)) == MICRO


def test_an_item_counted_in_single_micro_units_is_rounded_up_plainly():
    assert round_up_to(5, 3, step_of(6)) == 2
    assert round_up_to(2, 1, step_of(6)) == 2


@given(st.integers(0, 10**15), st.integers(1, 10**6), st.integers(0, 6))
def test_rounding_up_loses_at_most_the_tolerance_and_adds_less_than_a_step(numerator, denominator, decimals):
    step = step_of(decimals)
    rounded = int(round_up_to(numerator, denominator, step))
    value = Fraction(numerator, denominator)
    assert rounded % step == 0
    assert value - 1 <= rounded < value + step


@given(st.integers(0, 10**15), st.integers(1, 10**6), st.integers(0, 6))
def test_rounding_down_never_promises_more_than_there_is(numerator, denominator, decimals):
    step = step_of(decimals)
    rounded = int(round_down_to(numerator, denominator, step))
    assert 0 <= Fraction(numerator, denominator) - rounded < step + 1


@given(st.integers(-(10**13), 10**13))
def test_cents_round_as_decimal_rounds_half_up(amount):
    expected = (Decimal(amount) / MICRO).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert from_micro(int(minor_unit(amount))) == expected


def test_ten_divided_by_five_thirds_is_six_sets():
    assert round_down_to(10 * MICRO * 3, 5, step_of(0)) == 6 * MICRO


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=30),
    st.sampled_from([1, 10, 10_000]),
)
def test_the_parts_of_a_split_sum_to_the_whole(total, weights, step):
    parts = split_by_largest_remainder(total, weights, step)
    assert sum(parts) == total
    assert all(part * total >= 0 for part in parts)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_each_part_is_within_one_step_of_its_exact_share(total, weights):
    for part, weight in zip(split_by_largest_remainder(total, weights), weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


def test_a_split_without_weights_is_equal_and_without_parts_an_error():
    assert split_by_largest_remainder(10, [0, 0, 0]) == [4, 3, 3]
    with pytest.raises(ValueError, match="nothing to split"):
        split_by_largest_remainder(1, [])
    with pytest.raises(ValueError, match="negative"):
        split_by_largest_remainder(1, [2, -1])


def test_half_up_on_arrays_with_steps():
    assert round_half_up(np.array([25, 35, -25]), 1, 10).tolist() == [30, 40, -30]
