"""Forecast consumption: same day, then backward, then forward; nothing counted twice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from calculations.forecast_consumption import unconsumed_forecast
from plans import gross
from small_factory import factory


def left(forecast: dict[int, int], orders: list[tuple[int, int]], backward: int = 30, forward: int = 30) -> list[int]:
    days, quantities = np.array(sorted(forecast)), np.array([forecast[day] for day in sorted(forecast)])
    item = np.zeros(len(days), dtype=np.int64)
    day, quantity = (np.array(column, dtype=np.int64) for column in zip(*orders, strict=True))
    return unconsumed_forecast(item, days, quantities, np.zeros(len(day), dtype=np.int64), day, quantity, backward,
                               forward).tolist()  # fmt: skip


def test_an_order_takes_the_forecast_of_its_own_day_first():
    assert left({10: 50, 20: 50, 30: 50}, [(20, 40)]) == [50, 10, 50]


def test_then_the_nearest_earlier_forecast_before_any_later_one():
    assert left({10: 50, 15: 50, 25: 50}, [(20, 70)]) == [30, 0, 50]


def test_then_the_nearest_later_one_and_what_no_forecast_covers_is_extra():
    assert left({10: 50, 25: 50, 40: 50}, [(20, 120)]) == [0, 0, 30]
    assert left({10: 50}, [(20, 80)]) == [0]


def test_the_windows_are_calendar_days_with_both_ends_included():
    assert left({10: 50}, [(40, 20)]) == [30]
    assert left({10: 50}, [(41, 20)]) == [50]
    assert left({40: 50}, [(10, 20)]) == [30]
    assert left({41: 50}, [(10, 20)]) == [50]
    assert left({10: 50, 40: 50}, [(20, 20)], backward=0) == [50, 30]


def test_what_one_order_took_no_other_order_takes_again():
    assert left({10: 50}, [(10, 30), (11, 30)]) == [0]
    assert left({10: 50, 12: 50}, [(11, 30), (11, 30)]) == [0, 40]


@given(
    forecast=st.dictionaries(st.integers(0, 60), st.integers(0, 50), min_size=1, max_size=8),
    orders=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 50)), min_size=1, max_size=8),
    window=st.integers(0, 40),
)
def test_never_more_is_consumed_than_ordered_nor_than_forecast(forecast, orders, window):
    after = left(forecast, orders, window, window)
    before = [forecast[day] for day in sorted(forecast)]
    assert all(0 <= rest <= whole for rest, whole in zip(after, before, strict=True))
    assert sum(before) - sum(after) <= sum(quantity for _, quantity in orders)


def test_the_plan_counts_orders_and_the_rest_of_the_forecast():
    forecasts = [{"item": "BIKE", "date": "2026-02-02", "quantity": 100}]
    world = factory({}, {}, [("BIKE", 30, "2026-02-09")], forecasts=forecasts)
    assert gross(world, "BIKE") == [("2026-02-02", "70"), ("2026-02-09", "30")]
    assert gross(world, "BIKE", forecast_backward_days=5) == [("2026-02-02", "100"), ("2026-02-09", "30")]
