"""The plant's calendar."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.working_days import NoWorkingDay, WorkingDays


def calendar(**differences: bool) -> WorkingDays:
    days = [day.replace("_", "-").removeprefix("d") for day in differences]
    return WorkingDays(pd.DataFrame({"date": pd.Series(pd.to_datetime(days)), "working": list(differences.values())}))


PLAIN = calendar()
# Wednesday 2026-01-07 is a holiday, Saturday 2026-01-10 is worked
MIXED = calendar(d2026_01_07=False, d2026_01_10=True)


def test_a_lead_time_skips_the_weekend():
    assert str(PLAIN.subtract("2026-01-05", 1)) == "2026-01-02"
    assert str(PLAIN.add("2026-01-02", 1)) == "2026-01-05"


def test_a_date_that_is_no_working_day_is_moved_back_first():
    # Sunday → Friday the 9th, then two back, over the holiday on the 7th
    assert str(PLAIN.subtract("2026-01-11", 0)) == "2026-01-09"
    assert str(PLAIN.subtract("2026-01-11", 2)) == "2026-01-07"


def test_holidays_and_worked_weekends_count():
    assert str(MIXED.subtract("2026-01-08", 1)) == "2026-01-06"
    assert str(MIXED.add("2026-01-09", 1)) == "2026-01-10"
    assert MIXED.is_working(["2026-01-07", "2026-01-10", "2026-01-11"]).tolist() == [False, True, False]
    assert MIXED.between("2026-01-05", "2026-01-12") == 5


def test_arrays_take_a_lead_time_each():
    days = np.array(["2026-01-12", "2026-01-12"], dtype="datetime64[D]")
    assert MIXED.subtract(days, np.array([1, 4])).astype(str).tolist() == ["2026-01-10", "2026-01-06"]


@given(st.integers(-3000, 3000), st.integers(0, 300))
def test_worked_weekends_only_add_days_and_both_ways_agree(offset, count):
    day = np.datetime64("2026-01-05") + offset
    plain = WorkingDays(pd.DataFrame({"date": pd.to_datetime([]), "working": np.array([], dtype=bool)}))
    worked = calendar(d2026_01_10=True)
    for days in (plain, worked):
        start = days.on_or_after(day)
        assert days.subtract(days.add(start, count), count) == start
        assert days.between(start, days.add(start, count)) == count


def test_a_far_date_with_a_long_lead_time_is_still_reached():
    assert MIXED.add("2026-01-05", 2600) > np.datetime64("2035-12-01")


def test_no_date_is_moved_across_a_year_without_a_working_day():
    every = pd.date_range("2030-01-01", "2030-12-31")
    closed = WorkingDays(pd.DataFrame({"date": every, "working": np.zeros(len(every), dtype=bool)}))
    assert closed.is_working("2030-06-03") == np.False_
    assert str(closed.add("2029-12-28", 1)) == "2029-12-31"
    for move in (lambda: closed.add("2029-12-28", 2), lambda: closed.on_or_before("2030-06-01"),
                 lambda: closed.subtract("2031-01-02", 2)):  # fmt: skip
        with pytest.raises(NoWorkingDay, match="no working day from 2030-01-01 to 2030-12-31"):
            move()


def test_a_summer_without_work_and_a_year_with_one_worked_sunday_are_no_mistake():
    days = pd.date_range("2030-01-01", "2030-12-31")
    summer = WorkingDays(pd.DataFrame({"date": days[150:240], "working": np.zeros(90, dtype=bool)}))
    assert str(summer.add("2030-05-30", 1)) == "2030-08-29"
    one = WorkingDays(pd.DataFrame({"date": days, "working": days == "2030-06-02"}))
    assert [str(one.add("2029-12-31", count)) for count in (1, 2)] == ["2030-06-02", "2031-01-01"]


def test_dates_centuries_apart_are_refused():
    with pytest.raises(NoWorkingDay, match="century"):
        MIXED.add(np.array(["1970-01-01", "2199-01-01"], dtype="datetime64[D]"), 1)
