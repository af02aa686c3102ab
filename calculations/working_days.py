"""The plant's calendar: Monday to Friday, less holidays, plus worked weekends."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.errors import KitlineError


class NoWorkingDay(KitlineError):
    """The calendar leaves no working day within reach."""

    kind = "no_working_day"


DAY = "datetime64[D]"
# A plan may reach ten years ahead and its lead times further; a calendar that closes longer than this is a mistake.
REACH_DAYS = 366 * 30
# A plant that does not work for so long is a slip in the calendar: orders must not be moved across it.
LONGEST_CLOSURE = 365


def as_days(dates) -> np.ndarray:
    """Dates of any kind as numpy days."""
    return np.asarray(dates).astype(DAY)


@dataclass(frozen=True)
class CalendarTable:
    """A stretch of the calendar laid out for look-ups: days since 1970-01-01 as whole numbers.

    `place[day - first]` is the place in `days` of the working day on or before each day. `is_cut` says that a long
    closure lies among the days asked for, which the table does not cross.
    """

    first: int
    place: np.ndarray
    days: np.ndarray
    is_cut: bool = False

    def subtract(self, days: np.ndarray, count: np.ndarray) -> np.ndarray | None:
        """As `WorkingDays.subtract`; None where one of the results lies outside of the table."""
        offset = days - self.first
        if offset.min(initial=0) < 0 or offset.max(initial=0) >= len(self.place):
            return None
        place = self.place[offset] - count
        return self.days[place] if place.min(initial=0) >= 0 else None


class WorkingDays:
    """Working-day arithmetic over arrays of days.

    Args:
        calendar: columns date (datetime64) and working (bool): the differences from Monday–Friday.

    >>> days = WorkingDays(pd.DataFrame({"date": pd.to_datetime(["2026-01-01"]), "working": [False]}))
    >>> str(days.subtract("2026-01-02", 1))
    '2025-12-31'
    """

    def __init__(self, calendar: pd.DataFrame):
        dates = as_days(calendar["date"].to_numpy())
        working = calendar["working"].to_numpy(dtype=bool)
        self._closed = np.unique(dates[~working])
        self._opened = np.unique(dates[working & (_weekday(dates) >= 5)])
        self._calendar = np.busdaycalendar(weekmask="1111100", holidays=self._closed)
        self._table: np.ndarray | None = None
        self._origin = np.datetime64("1970-01-01")
        self._closures = _long_closures(self._closed, self._opened)

    def equals(self, other: "WorkingDays") -> bool:
        """Whether every day is worked or not worked in both."""
        return np.array_equal(self._closed, other._closed) and np.array_equal(self._opened, other._opened)

    def is_working(self, days) -> np.ndarray:
        """Whether each day is worked."""
        days = as_days(days)
        worked = np.is_busday(days, busdaycal=self._calendar)
        return worked | np.isin(days, self._opened) if len(self._opened) else worked

    def on_or_before(self, days) -> np.ndarray:
        """Each day itself if it is worked, else the working day before it."""
        return self._step(days, 0, "backward")

    def on_or_after(self, days) -> np.ndarray:
        """Each day itself if it is worked, else the working day after it."""
        return self._step(days, 0, "forward")

    def subtract(self, days, count) -> np.ndarray:
        """Each day moved back to a working day if it is none, then `count` working days back."""
        return self._step(days, -np.asarray(count, dtype=np.int64), "backward")

    def add(self, days, count) -> np.ndarray:
        """Each day moved on to a working day if it is none, then `count` working days on."""
        return self._step(days, np.asarray(count, dtype=np.int64), "forward")

    def between(self, start, end) -> np.ndarray:
        """Working days from start (included) to end (excluded); negative where end is earlier."""
        start, end = as_days(start), as_days(end)
        count = np.busday_count(start, end, busdaycal=self._calendar)
        if len(self._opened):
            count = count + np.searchsorted(self._opened, end) - np.searchsorted(self._opened, start)
        return count

    def table(self, first: int, last: int, steps: int) -> CalendarTable:
        """The days from `first` to `last`, and so many working days before them."""
        # a closed day costs at most a week's worth of search
        low = first - (steps * 7) // 5 - 2 * len(self._closed) - 14
        wanted = last
        for closure in self._closures:
            # nothing is moved across a long closure: what would be is left to `subtract`, which says so
            begin, end = (int(day.astype(np.int64)) for day in closure)
            low = max(low, end + 1) if end < first else low
            last = min(last, begin - 1) if end >= first else last
        every = np.arange(low, last + 1)
        worked = self.is_working(every.astype(DAY))
        return CalendarTable(low, np.cumsum(worked) - 1, every[worked], last < wanted)

    def _step(self, days, offset, roll: str) -> np.ndarray:
        days = as_days(days)
        moved = self._moved(days, offset, roll)
        for first, last in self._closures:
            if ((np.minimum(days, moved) <= last) & (np.maximum(days, moved) >= first)).any():
                raise NoWorkingDay(
                    f"the calendar has no working day from {first} to {last}; open those that are worked"
                )
        return moved

    def _moved(self, days: np.ndarray, offset, roll: str) -> np.ndarray:
        if not len(self._opened):
            try:
                return np.busday_offset(days, offset, roll=roll, busdaycal=self._calendar)
            except ValueError as error:
                raise NoWorkingDay(f"the calendar has no working day near {days}; open at least one") from error
        # numpy has no worked weekends: count positions in an explicit list of working days instead
        table = self._working_table(days, offset)
        side = "right" if roll == "backward" else "left"
        position = np.searchsorted(table, days, side=side) - (1 if roll == "backward" else 0) + offset
        if position.size and (position.min() < 0 or position.max() >= len(table)):
            raise NoWorkingDay("a date lies beyond the calendar's reach of thirty years; check dates and lead times")
        return table[position]

    def _working_table(self, days: np.ndarray, offset) -> np.ndarray:
        reach = 40 + 3 * int(np.max(np.abs(offset), initial=0)) + len(self._closed)
        first, last = (days.min() - reach, days.max() + reach) if days.size else (self._origin, self._origin)
        if self._table is None or first < self._first or last > self._last:
            self._first = min(first, self._first) if self._table is not None else first
            self._last = max(last, self._last) if self._table is not None else last
            if (self._last - self._first).astype(int) > 4 * REACH_DAYS:
                raise NoWorkingDay("dates are more than a century apart; check dates and lead times")
            every = np.arange(self._first, self._last + 1)
            self._table = every[self.is_working(every)]
        return self._table


def _long_closures(closed: np.ndarray, opened: np.ndarray) -> list[tuple[np.datetime64, np.datetime64]]:
    """First and last day of each stretch of at least `LONGEST_CLOSURE` days without a working day."""
    closed = closed[_weekday(closed) < 5]
    place = np.busday_count(np.datetime64("1970-01-01"), closed)
    runs = np.split(closed, np.flatnonzero(np.diff(place) > 1) + 1) if len(closed) else []
    found = []
    for run in runs:
        first, last = np.busday_offset(run[0], -1) + 1, np.busday_offset(run[-1], 1) - 1
        worked = np.searchsorted(opened, last, side="right") - np.searchsorted(opened, first)
        if (last - first).astype(int) + 1 >= LONGEST_CLOSURE and not worked:
            found.append((first, last))
    return found


def _weekday(days: np.ndarray) -> np.ndarray:
    # 1970-01-01 was a Thursday
    return (days.astype(np.int64) + 3) % 7
