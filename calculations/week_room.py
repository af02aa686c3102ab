"""Room in the weeks of the work centers: where the hours of orders fit, beside those already promised or begun."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO
from calculations.item_supply import firm_orders
from calculations.lead_times import USUAL_HOURS
from calculations.product_structure import ProductStructure
from calculations.working_days import DAY, WorkingDays

WEEK = 7
# 1970-01-01 was a Thursday: three days after a Monday
MONDAY = 3
# Ten years: beyond them a promise says nothing, and the search ends.
FARTHEST_WEEKS = 520

Booking = list[tuple[str, int, int]]


class WeekRoom:
    """Hours taken by work center and week; whole weeks, counted from 1970.

    An order has room in a week that has nothing else, or whose capacity holds its hours beside the others'. What is
    more than a week can do goes on in the weeks after it. Open work orders and firm suggestions to produce are there
    from the beginning, in the week in which they start.

    Args:
        world: operations, work_centers, work_orders, calendar and firm planned orders. structure: positions of items.
    """

    def __init__(self, world: dict, as_of: date, structure: ProductStructure):
        self._today = int(np.datetime64(as_of, "D").astype(np.int64))
        self._calendar = WorkingDays(world["calendar"])
        self._daily = dict(
            zip(
                world["work_centers"]["work_center"],
                world["work_centers"]["capacity_hours_micro"].tolist(),
                strict=True,
            )
        )
        self._operations = self._read_operations(world["operations"], structure)
        self._taken: dict[tuple[str, int], int] = {}
        self._capacity: dict[tuple[str, int], int] = {}
        for position, quantity, start in _begun(world, structure):
            self.book(position, quantity, max(start, self._today))

    def is_loaded(self, position: int) -> bool:
        """Whether making the item takes hours of a work center with a capacity."""
        return position in self._operations

    def start(self, position: int, quantity: int, day: int) -> tuple[int, str | None]:
        """The first day from `day` on in a week with room for so much of the item, and the work center it waits for."""
        hours = self._hours(position, quantity)
        full = None
        for week in range(_week(day), _week(day) + FARTHEST_WEEKS):
            lacking = next((center for center in hours if not self._has_room(center, week, hours[center])), None)
            if lacking is None:
                return (day, None) if week == _week(day) else (self._first_day(week), full)
            full = full or lacking
        return day, None

    def book(self, position: int, quantity: int, day: int) -> Booking:
        """Take the hours of an order that starts on the day; gives what was taken, to be released if need be."""
        return [
            taken
            for center, hours in self._hours(position, quantity).items()
            for taken in self._take(center, _week(day), hours)
        ]

    def book_all(self, positions: list[int], days: list[int], quantities: list[int]) -> None:
        """Take the hours of many orders at once, those of earlier weeks first."""
        found: dict[tuple[int, str], int] = {}
        for position, day, quantity in zip(positions, days, quantities, strict=True):
            for center, hours in self._hours(position, quantity).items():
                found[_week(day), center] = found.get((_week(day), center), 0) + hours
        for week, center in sorted(found):
            self._take(center, week, found[week, center])

    def release(self, booked: Booking) -> None:
        """Give back what was taken."""
        for center, week, hours in booked:
            self._taken[center, week] -= hours

    def _take(self, center: str, week: int, hours: int) -> Booking:
        booked: Booking = []
        last = week + FARTHEST_WEEKS
        while hours > 0:
            room = hours if week == last else self._room(center, week)
            taken = min(hours, max(room, 0))
            if taken:
                self._taken[center, week] = self._taken.get((center, week), 0) + taken
                booked.append((center, week, taken))
            hours, week = hours - taken, week + 1
        return booked

    def _hours(self, position: int, quantity: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for center, setup, run in self._operations.get(position, ()):
            found[center] = found.get(center, 0) + setup - (-run * quantity // MICRO)
        return {center: hours for center, hours in found.items() if hours > 0}

    def _has_room(self, center: str, week: int, hours: int) -> bool:
        taken, capacity = self._taken.get((center, week), 0), self._capacity_of(center, week)
        return capacity > 0 and (taken == 0 or taken + hours <= capacity)

    def _room(self, center: str, week: int) -> int:
        return self._capacity_of(center, week) - self._taken.get((center, week), 0)

    def _capacity_of(self, center: str, week: int) -> int:
        if (center, week) not in self._capacity:
            monday = week * WEEK - MONDAY
            first = np.datetime64(max(monday, self._today), "D")
            days = int(self._calendar.between(first, np.datetime64(monday + WEEK, "D")))
            self._capacity[center, week] = days * self._daily.get(center, USUAL_HOURS)
        return self._capacity[center, week]

    def _first_day(self, week: int) -> int:
        monday = np.datetime64(week * WEEK - MONDAY, "D")
        return int(self._calendar.on_or_after(monday).astype(DAY).astype(np.int64))

    def _read_operations(self, operations: pd.DataFrame, structure: ProductStructure) -> dict[int, list]:
        found: dict[int, list[tuple[str, int, int]]] = {}
        for position, center, setup, run in zip(
            structure.positions_of(operations["item"]).tolist(),
            operations["work_center"].tolist(),
            operations["setup_hours_micro"].to_numpy(dtype=np.int64).tolist(),
            operations["run_hours_per_unit_micro"].to_numpy(dtype=np.int64).tolist(),
            strict=True,
        ):
            if position >= 0 and self._daily.get(center, USUAL_HOURS) > 0 and structure.sourcing[position] == "make":
                found.setdefault(position, []).append((center, setup, run))
        return found


def _begun(world: dict, structure: ProductStructure) -> list[tuple[int, int, int]]:
    """Item, quantity still to make and start day of open work orders and firm suggestions, by start and number."""
    works = world["work_orders"]
    left = works["quantity_micro"] - works["completed_quantity_micro"] - works["scrapped_quantity_micro"]
    rows = [works[["item", "order"]].assign(quantity=left, start=works["start_date"])]
    planned = world.get("planned_orders")
    if planned is not None and len(planned):
        firm = firm_orders(planned)
        firm = firm[firm["kind"] == "production"]
        rows.append(pd.DataFrame({"item": firm["item"], "order": firm["number"], "quantity": firm["quantity_micro"],
                                  "start": firm["release_date"]}))  # fmt: skip
    begun = pd.concat(rows, ignore_index=True).sort_values(["start", "order"], kind="stable")
    days = begun["start"].to_numpy().astype(DAY).astype(np.int64).tolist()
    places = structure.positions_of(begun["item"]).tolist()
    return [row for row in zip(places, begun["quantity"].tolist(), days, strict=True) if row[0] >= 0 and row[1] > 0]


def _week(day: int) -> int:
    return (day + MONDAY) // WEEK
