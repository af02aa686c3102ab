"""The factory's view of the masters (what is made where, inspected how) and of its own shelves."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO
from calculations.working_days import WorkingDays

World = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Plant:
    """Look-ups over the master data of a world.

    `items` by code; `operations` of an item as (work center, setup hours, run hours per unit); `plans` by item and
    stage; `issue_method` by item made and component, phantoms blown through; `substitutes` of a component by
    priority, with the micro-units of each that replace one unit.
    """

    items: dict[str, dict]
    operations: dict[str, list[tuple[str, float, float]]]
    capacity_hours: dict[str, float]
    plans: dict[tuple[str, str], list[dict]]
    issue_method: dict[tuple[str, str], str]
    substitutes: dict[str, list[tuple[str, int]]]
    painting_days: dict[str, int]
    suppliers: dict[str, dict]
    calendar: WorkingDays

    def is_working(self, day: date) -> bool:
        return bool(self.calendar.is_working(np.datetime64(day)))

    def after(self, day: date, working_days: int) -> date:
        return self.calendar.add(np.datetime64(day), working_days).astype(object)

    def before(self, day: date, working_days: int) -> date:
        return self.calendar.subtract(np.datetime64(day), working_days).astype(object)

    def lead_days(self, item: str) -> int:
        days = self.items[item]["lead_time_days"]
        return max(1, 1 if pd.isna(days) else int(days))

    def pick(self, component: str, quantity: int, shelves: "Shelves") -> list[tuple[str, int]] | None:
        """What to take for so much of a component: itself first, then its substitutes; None when all is not enough."""
        found, left = [], quantity
        for item, ratio in [(component, MICRO), *self.substitutes.get(component, [])]:
            part = min(left, shelves.free(item) * MICRO // ratio // self.step(component) * self.step(component))
            if part > 0:
                found.append((item, part * ratio // MICRO))
                left -= part
        return None if left else found

    def step(self, item: str) -> int:
        """The item's smallest quantity, in micro-units."""
        return 10 ** (6 - int(self.items[item]["decimals"]))


def plant_of(world: World) -> Plant:
    """The plant that these master tables describe."""
    operations: dict[str, list] = {}
    for row in world["operations"].to_dict("records"):
        hours = (row["work_center"], row["setup_hours_micro"] / MICRO, row["run_hours_per_unit_micro"] / MICRO)
        operations.setdefault(row["item"], []).append(hours)
    plans: dict[tuple[str, str], list] = {}
    for row in world["inspection_plans"].to_dict("records"):
        plans.setdefault((row["item"], row["stage"]), []).append(row)
    prices = world["supplier_items"]
    lead = prices[prices["lead_time_days"].notna()].drop_duplicates("item")
    return Plant(
        items={row["item"]: row for row in world["items"].to_dict("records")},
        operations=operations,
        capacity_hours={
            row["work_center"]: row["capacity_hours_micro"] / MICRO for row in world["work_centers"].to_dict("records")
        },
        plans=plans,
        issue_method=_issue_methods(world),
        substitutes={
            component: list(zip(rows["substitute"], rows["ratio_micro"].astype(int), strict=True))
            for component, rows in world["substitutes"].sort_values("priority").groupby("component")
        },
        painting_days=dict(zip(lead["item"], lead["lead_time_days"].astype(int), strict=True)),
        suppliers={row["supplier"]: row for row in world["suppliers"].to_dict("records")},
        calendar=WorkingDays(world["calendar"]),
    )


def _issue_methods(world: World) -> dict[tuple[str, str], str]:
    item_of = dict(zip(world["boms"]["bom"], world["boms"]["item"], strict=True))
    phantoms = set(world["boms"].loc[world["boms"]["phantom"], "item"])
    lines: dict[str, list[tuple[str, str]]] = {}
    for row in world["bom_lines"].to_dict("records"):
        lines.setdefault(item_of[row["bom"]], []).append((row["component"], row["issue_method"]))

    def blown_through(item: str) -> list[tuple[str, str]]:
        found = []
        for component, method in lines.get(item, []):
            found.append((component, method))
            found.extend(blown_through(component) if component in phantoms else [])
        return found

    return {(item, component): method for item in lines for component, method in blown_through(item)}


@dataclass
class Shelves:
    """What may be taken. What the factory makes itself may be taken from the next working day on."""

    _free: dict[str, int]
    # what is set aside for lines of sales orders
    _own: dict[tuple[str, int], int] = field(default_factory=dict)
    _tonight: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World) -> "Shelves":
        """The available and reserved stock of a world, lots and places added up."""
        stock = world["stock"]
        usable = stock[stock["status"] == "available"]
        shelves = cls({item: int(total) for item, total in usable.groupby("item")["quantity_micro"].sum().items()})
        reserved = stock[stock["status"] == "reserved"]
        if len(reserved):
            for (order, line), total in reserved.groupby(["order", "line"])["quantity_micro"].sum().items():
                shelves._own[order, int(line)] = int(total)
        return shelves

    def free(self, item: str) -> int:
        return self._free.get(item, 0)

    def own(self, order: str, line: int) -> int:
        """What is set aside for a line."""
        return self._own.get((order, line), 0)

    def free_for(self, order: str, line: int, item: str) -> int:
        """What may be shipped on a line: its own and what is free."""
        return self.own(order, line) + self.free(item)

    def ship(self, order: str, line: int, item: str, quantity_micro: int) -> None:
        """The line's own goods leave first."""
        own = min(self.own(order, line), quantity_micro)
        self._own[order, line] = self.own(order, line) - own
        self.take(item, quantity_micro - own)

    def take(self, item: str, quantity_micro: int) -> None:
        if quantity_micro > self.free(item):
            raise ValueError(f"{item}: {quantity_micro} wanted, {self.free(item)} on the shelf")
        self._free[item] = self.free(item) - quantity_micro

    def put(self, item: str, quantity_micro: int) -> None:
        """May be taken at once."""
        self._free[item] = self.free(item) + quantity_micro

    def put_tonight(self, item: str, quantity_micro: int) -> None:
        """May be taken tomorrow."""
        self._tonight[item] = self._tonight.get(item, 0) + quantity_micro

    def close_day(self) -> None:
        """The night falls."""
        for item, quantity in self._tonight.items():
            self.put(item, quantity)
        self._tonight.clear()
